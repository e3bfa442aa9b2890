"""How numbers and templates are rated by what comes back, and what follows for templates."""

from __future__ import annotations

from functools import partial

from cartellino.senders.platform import platform
from cartellino.simulator.cloud import strikes
from cartellino.simulator.cloud.business import Number
from cartellino.simulator.cloud.feedback import Feedback, Summary
from cartellino.simulator.cloud.messages import Message
from cartellino.simulator.cloud.payloads import tell_template, tell_template_quality
from cartellino.simulator.cloud.templates import Template
from cartellino.simulator.cloud.world import World
from cartellino.vocabulary.times import Instant


def delivered(world: World, message: Message) -> None:
    """Count a message that reached somebody; only what the business began is rated."""
    number = world.numbers[message.number]
    if not message.began:
        return
    for held in _held(number.feedback, message):
        held.hour(world.now).delivered += 1


def was_read(world: World, message: Message) -> None:
    """Count a message that was read."""
    if message.began:
        for held in _held(world.numbers[message.number].feedback, message):
            held.hour(world.now).read += 1


def complained(world: World, number: Number, message: Message | None, weight: float) -> None:
    """Count a block or a report, rate anew, and see whether the policy is violated."""
    template = message.template if message else None
    for held in (number.feedback,) if template is None else (number.feedback, template.feedback):
        held.hour(world.now).bad += weight
    if message is None or number.struck_since(message.at, world.account_of(number).struck_at):
        number.since_strike += weight
    rate(world)
    strikes.consider(world, number)
    if template is not None:
        _pause_perhaps(world, number.account, template)


def _held(own: Feedback, message: Message) -> tuple[Feedback, ...]:
    return (own,) if message.template is None else (own, message.template.feedback)


def rate(world: World) -> None:
    """Rate every number and template by what came back until now."""
    for number in world.numbers.values():
        number.quality = rating(world, number.feedback.sums(world.now), "GREEN")
    for account in world.accounts.values():
        for template in account.templates.values():
            _rate_template(world, account.id, template)


def rating(world: World, found: Summary, unknown: str) -> str:
    """Return the colour of what came back."""
    guessed = world.thresholds
    if found.bad >= guessed.red_least and found.share >= guessed.red_share:
        return "RED"
    if found.bad >= guessed.yellow_least and found.share >= guessed.yellow_share:
        return "YELLOW"
    return "GREEN" if found.delivered else unknown


def _rate_template(world: World, account: str, template: Template) -> None:
    guessed, found = world.thresholds, template.feedback.sums(world.now)
    rated = rating(world, found, "UNKNOWN")
    if (
        rated == "GREEN"
        and found.delivered >= guessed.unread_least
        and found.read < found.delivered * guessed.unread_share
    ):
        rated = "YELLOW"
    if rated != template.quality:
        before, template.quality, template.rated_at = template.quality, rated, world.now
        tell_template_quality(world, account, template, before)


def is_bad(world: World, template: Template) -> bool:
    """Whether a template is so bad that it is paused."""
    found, guessed = template.feedback.sums(world.now), world.thresholds
    return found.share >= guessed.template_pause_share and found.bad >= guessed.template_pause_least


def _pause_perhaps(world: World, account: str, template: Template) -> None:
    if template.status == "APPROVED" and template.quality == "RED" and is_bad(world, template):
        pause(world, account, template)


def pause(world: World, account: str, template: Template) -> None:
    """Pause a template for a while; after the last pause it is disabled."""
    pauses = platform().templates.pauses
    if template.pauses >= len(pauses):
        template.status = "DISABLED"
        tell_template(
            world, account, template, "DISABLED", disable_info={"disable_date": world.now // 1_000},
            other_info={"title": "DISABLED", "description": "Its quality was low again after it had been paused."},
        )  # fmt: skip
        return
    length = pauses[template.pauses]
    title = ("FIRST_PAUSE", "SECOND_PAUSE")[min(template.pauses, 1)]
    template.status, template.pauses = "PAUSED", template.pauses + 1
    until = world.now + length
    tell_template(
        world, account, template, "PAUSED",
        other_info={"title": title, "description": f"Its quality is low; it rests for {length // 3_600_000} hours."},
    )  # fmt: skip
    world.agenda.enter(until, partial(unpause, world, account, template, until))


def unpause(world: World, account: str, template: Template, until: Instant) -> None:
    """End a pause; the template begins anew with no feedback."""
    if template.status != "PAUSED":
        return
    template.status, template.feedback = "APPROVED", Feedback()
    tell_template(
        world, account, template, "APPROVED", other_info={"title": "UNPAUSE", "description": "The pause is over."}
    )
    _rate_template(world, account, template)
