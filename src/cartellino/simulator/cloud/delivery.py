"""The way of a message that was accepted: sent, delivered, read; or why it failed."""

from __future__ import annotations

from functools import partial

from cartellino.senders.platform import platform
from cartellino.simulator.cloud import quality
from cartellino.simulator.cloud.chance import drawn
from cartellino.simulator.cloud.errors import GraphError, error_of
from cartellino.simulator.cloud.messages import Message
from cartellino.simulator.cloud.moods import react
from cartellino.simulator.cloud.payloads import tell_status
from cartellino.simulator.cloud.people import Recipient
from cartellino.simulator.cloud.pricing import count_service, free_left, pricing
from cartellino.simulator.cloud.world import World
from cartellino.vocabulary.times import Duration, show_instant


def begin(world: World, message: Message) -> None:
    """Let a message go out."""
    world.later(1, partial(_sent, world, message))


def _within(world: World, most: Duration, *names: object) -> Duration:
    """Draw a time of a quarter up to the most."""
    return max(1, int(most * (0.25 + 0.75 * drawn(world.seed, *names))))


def _sent(world: World, message: Message) -> None:
    if message.status != "accepted":
        return
    person = world.somebody(message.person)
    why = _fails(world, message, person)
    if why is not None:
        fail(world, message, why)
        return
    if _is_unpaid(world, message):
        return
    number, thread = world.numbers[message.number], world.thread(message)
    _told(world, message, "sent", pricing(number, thread, message, world.now))
    if thread.has_blocked:
        return
    person.received_count += 1
    wait = _within(world, world.thresholds.delivered_within, "delivered", person.wa_id, person.received_count)
    world.later(wait, partial(_delivered, world, message, person.received_count))


def _is_unpaid(world: World, message: Message) -> bool:
    """Without a way to pay, what costs something is accepted, and nothing more is ever heard of it."""
    number = world.numbers[message.number]
    if world.account_of(number).has_payment:
        return False
    return message.template is not None or free_left(number, world.now) <= 0


def _fails(world: World, message: Message, person: Recipient) -> GraphError | None:
    """Return why the message does not reach the person, if so."""
    thread = world.thread(message)
    if message.fails is not None:
        return message.fails
    if not person.on_whatsapp or thread.has_blocked:
        return error_of(131026)
    if message.template is None and world.now >= thread.open_until:
        return error_of(131047)
    if message.template is None or message.category != "marketing":
        return None
    if thread.stopped_marketing:
        return error_of(131050)
    if person.in_experiment:
        return error_of(130472)
    return error_of(131049) if message.began and _is_held(world, person) else None


def _is_held(world: World, person: Recipient) -> bool:
    """Whether the platform spares a person another marketing template."""
    limits, guessed, now = platform().marketing, world.thresholds, world.now
    if person.country in limits.no_marketing:
        return True
    if person.country in limits.no_limit_by_person:
        return False
    if now < person.held_until:
        person.retries += 1
        if person.retries >= guessed.retries_punished:
            person.held_until = now + limits.wait
        return True
    person.marketing = [at for at in person.marketing if at > now - guessed.marketing_over]
    span = guessed.marketing_most - guessed.marketing_fewest + 1
    most = guessed.marketing_fewest + int(drawn(world.seed, "inbox", person.wa_id) * span)
    if len(person.marketing) < most:
        return False
    person.held_until, person.retries = now + limits.wait, 0
    return True


def fail(world: World, message: Message, why: GraphError) -> None:
    """Tell that a message failed; whom it was to reach is not counted."""
    number = world.numbers[message.number]
    message.status = "failed"
    if message.began:
        world.portfolio_of(number).give_back(message.person, message.at)
    number.refusals[str(why.code)] = number.refusals.get(str(why.code), 0) + 1
    number.statuses["failed"] = number.statuses.get("failed", 0) + 1
    tell_status(world, number, world.somebody(message.person), message, "failed", error=why)


def _delivered(world: World, message: Message, turn: int) -> None:
    number, person, thread = world.numbers[message.number], world.somebody(message.person), world.thread(message)
    if thread.has_blocked:
        return
    price = pricing(number, thread, message, world.now)
    if message.category == "service":
        count_service(number, world.now)
    if message.category == "marketing" and message.began:
        person.marketing.append(world.now)
    if message.began:
        world.portfolio_of(number).reached[person.wa_id] = world.now
    person.received.append({
        "id": message.id, "from": number.id, "type": message.kind, "at": show_instant(world.now),
        "category": message.category, message.kind: message.content.get("contacts", message.content),
    })  # fmt: skip
    _told(world, message, "delivered", price)
    quality.delivered(world, message)
    _read_perhaps(world, message, person, turn)
    react(world, message, person, turn)


def _read_perhaps(world: World, message: Message, person: Recipient, turn: int) -> None:
    share = world.thresholds.read_share * (0.2 if person.mood == "ignores" else 1.0)
    if person.mood != "answers" and drawn(world.seed, "reads", person.wa_id, turn) >= share:
        return
    wait = _within(world, world.thresholds.read_within, "read", person.wa_id, turn)
    world.later(wait, partial(_read, world, message))


def _read(world: World, message: Message) -> None:
    if message.status == "delivered":
        _told(world, message, "read", None)
        quality.was_read(world, message)
        if message.kind == "audio":
            _told(world, message, "played", None)


def _told(world: World, message: Message, status: str, price: dict[str, object] | None) -> None:
    number = world.numbers[message.number]
    message.status = status
    number.statuses[status] = number.statuses.get(status, 0) + 1
    tell_status(world, number, world.somebody(message.person), message, status, pricing=price)
