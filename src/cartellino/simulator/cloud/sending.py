"""May this be sent? Every check of the platform in its order, and what a message that passes them counts for."""

from __future__ import annotations

from typing import Any

import msgspec

from cartellino.senders.platform import platform
from cartellino.simulator.cloud import delivery, pacing
from cartellino.simulator.cloud.business import Account, Number
from cartellino.simulator.cloud.errors import GraphError, error_of
from cartellino.simulator.cloud.filling import check_parameters
from cartellino.simulator.cloud.messages import Message, Outcome
from cartellino.simulator.cloud.people import Recipient
from cartellino.simulator.cloud.templates import Template
from cartellino.simulator.cloud.world import World


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a client wants to send, already found to be well formed."""

    person: str
    kind: str
    content: dict[str, Any]
    opaque: str | None = None
    answers: str | None = None
    by_bsuid: bool = False
    lite: bool = False


def send(world: World, number: Number, wish: Wish) -> Outcome:
    """Accept a message.

    Raises `GraphError` when the platform refuses it at once; what fails afterwards is told by webhook.
    """
    try:
        return _judged(world, number, wish)
    except GraphError as error:
        number.refusals[str(error.code)] = number.refusals.get(str(error.code), 0) + 1
        raise


def _judged(world: World, number: Number, wish: Wish) -> Outcome:
    forced = _forced(world)
    person, account = world.somebody(wish.person), world.account_of(number)
    _check_number(world, number, account)
    _check_person(number, person)
    template = _template(account, wish) if wish.kind == "template" else None
    _check_restrictions(world, account, template)
    if template is not None:
        _check_template(number, account, template, wish)
    _check_pace(world, number, person)
    category: str = template.category if template else "service"
    began = template is not None and world.now >= person.thread(number.id).open_until
    portfolio = world.portfolio_of(number)
    if began and portfolio.refused(person.wa_id, world.now):
        raise error_of(
            131048, f"The portfolio has written first to as many people as {portfolio.tier} allows in 24 hours."
        )
    message = Message(
        world.new_wamid(), number.id, person.wa_id, world.now, wish.kind, category, wish.content, began, template,
        wish.opaque, wish.answers, wish.lite, fails=forced,
    )  # fmt: skip
    return _accept(world, number, person, message)


def _accept(world: World, number: Number, person: Recipient, message: Message) -> Outcome:
    person.thread(number.id).pairing.take(world.now, platform().pair)
    number.take(world.now)
    number.messages += 1
    world.remember(message)
    if message.began:
        world.portfolio_of(number).take(person.wa_id, world.now)
    if message.template is not None and pacing.holds(world, number, message.template):
        pacing.hold(world, message)
        return Outcome(message, "held_for_quality_assessment")
    delivery.begin(world, message)
    return Outcome(message, "accepted")


ASYNCHRONOUS = frozenset({130472, 131026, 131047, 131049, 131050})
"""Codes that come as the status `failed` after a message was accepted."""


def _forced(world: World) -> GraphError | None:
    """Take the next error that somebody asked for; return it if it comes only after the message was accepted."""
    if not world.forced:
        return None
    error = error_of(world.forced.popleft())
    if error.code not in ASYNCHRONOUS:
        raise error
    return error


def _check_number(world: World, number: Number, account: Account) -> None:
    if not number.is_registered:
        raise error_of(133010)
    if account.state != "active":
        raise error_of(131031, f"The WhatsApp Business Account is {account.state} for violating a platform policy.")
    if world.now < number.maintained_until:
        raise error_of(131057)
    if not number.name_approved:
        raise error_of(131037)


def _check_person(number: Number, person: Recipient) -> None:
    if person.wa_id == number.digits:
        raise error_of(131021, "The number of the recipient is that of the sender.")
    if number.is_test and not person.is_allowed:
        raise error_of(131030)
    if person.thread(number.id).is_blocked:
        raise error_of(130403)
    if person.country in number.barred_countries:
        raise error_of(130497, f"The account may not write to people in {person.country}.")


def _check_restrictions(world: World, account: Account, template: Template | None) -> None:
    """Templates need leave to begin conversations, all else leave to reply."""
    stop = account.stopped("business_initiated" if template else "replies", world.now)
    if stop is not None:
        raise error_of(368, f"The account is under {stop.kind} for violating a platform policy.")
    if template and template.category == "utility" and account.stopped("new_utility_templates", world.now):
        raise error_of(131064)


def _template(account: Account, wish: Wish) -> Template:
    name, language = wish.content["name"], wish.content["language"]["code"]
    template = account.templates.get(f"{name}/{language}")
    if template is None:
        known = [held.language for held in account.templates.values() if held.name == name]
        why = f"has no translation into {language}; it has {', '.join(known)}" if known else "does not exist"
        raise error_of(132001, f"template name ({name}) {why}")
    if template.status == "PAUSED":
        raise error_of(132015)
    if template.status == "DISABLED":
        raise error_of(132016)
    if template.status != "APPROVED":
        raise error_of(132001, f"template name ({name}) in {language} is {template.status}, not APPROVED")
    return template


def _check_template(number: Number, account: Account, template: Template, wish: Wish) -> None:
    if wish.by_bsuid and template.category == "authentication":
        raise error_of(131062)
    if template.category == "marketing" and number.no_cloud_marketing and not wish.lite:
        raise error_of(131063)
    if wish.lite and template.category != "marketing":
        raise error_of(134100, f"{template.name} is {template.category}; send it by /messages", http=400)
    check_parameters(template, wish.content.get("components") or [])
    flow = account.flows.get(str(wish.content.get("flow_id", "")))
    if flow is not None and flow["status"] == "BLOCKED":
        raise error_of(132068)


def _check_pace(world: World, number: Number, person: Recipient) -> None:
    if number.is_too_fast(world.now):
        raise error_of(130429)
    if person.thread(number.id).pairing.refused(world.now, platform().pair):
        raise error_of(131056)
