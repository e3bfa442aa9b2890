"""`/_sim`: the clock, the truth about numbers, and what is made to happen on demand."""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar

import msgspec

from cartellino.senders.platform import platform
from cartellino.simulator.cloud import beginning, growth, payloads, strikes
from cartellino.simulator.cloud.business import Account, Number
from cartellino.simulator.cloud.errors import error_of, unknown_node, wrong
from cartellino.simulator.cloud.face import templates
from cartellino.simulator.cloud.face.calls import Answer, Call, text_of
from cartellino.simulator.cloud.face.courier import Wishes
from cartellino.simulator.cloud.face.hub import Hub
from cartellino.simulator.cloud.people import wa_id_of
from cartellino.simulator.cloud.templates import Template
from cartellino.simulator.cloud.world import World
from cartellino.vocabulary.times import DAY, SECOND, duration, show_instant

_Kind = TypeVar("_Kind")

FURTHEST = 400 * DAY
"""Most that time moves in one call."""

SETTLED_WITHIN = 10.0
"""Seconds for which a call waits until webhooks are delivered."""


def overview(hub: Hub, call: Call) -> Answer:
    """Say what there is."""
    world = hub.world
    return Answer({
        "now": show_instant(world.now), "seed": world.seed, "numbers": list(world.numbers),
        "accounts": list(world.accounts), "portfolios": list(world.portfolios), "app": beginning.APP,
        "token": beginning.TOKEN, "app_secret": beginning.APP_SECRET, "verify_token": beginning.VERIFY_TOKEN,
        "recipients": len(world.people), "media": len(hub.files), "webhooks": _webhooks(hub),
    })  # fmt: skip


def clock(hub: Hub, call: Call) -> Answer:
    """Say what time it is."""
    return Answer({"now": show_instant(hub.world.now), "timestamp": hub.world.now // SECOND})


async def advance(hub: Hub, call: Call) -> Answer:
    """Move time on; with `settle` the answer waits until the webhooks are delivered."""
    data = call.data()
    by = _span(data, "advance")
    if by > FURTHEST:
        raise wrong("advance", "at most 400d in one call")
    hub.advance(by)
    if data.get("settle"):
        await settled(hub)
    return clock(hub, call)


def _span(data: dict[str, Any], name: str) -> int:
    try:
        return duration(text_of(data, name, 20))
    except ValueError as error:
        raise wrong(name, str(error)) from None


async def settled(hub: Hub) -> bool:
    """Wait until every webhook is delivered, but not for ever."""
    until = asyncio.get_running_loop().time() + SETTLED_WITHIN
    while hub.courier.pending and asyncio.get_running_loop().time() < until:
        await asyncio.sleep(0.01)
    return not hub.courier.pending


def number(hub: Hub, call: Call, number_id: str) -> Answer:
    """Say the truth about a number."""
    return Answer(_truth(hub, _number(hub, call, number_id)))


def numbers(hub: Hub, call: Call) -> Answer:
    """Say the truth about all numbers."""
    return Answer({"numbers": [_truth(hub, one) for one in hub.world.numbers.values()]})


def _number(hub: Hub, call: Call, number_id: str) -> Number:
    found = hub.world.numbers.get(number_id)
    if found is None:
        raise unknown_node(call.method, number_id)
    return found


def _truth(hub: Hub, held: Number) -> dict[str, Any]:
    world = hub.world
    account, portfolio, now = world.account_of(held), world.portfolio_of(held), world.now
    found = held.feedback.sums(now)
    return {
        "id": held.id, "messages": held.messages, "blocks": held.blocks, "reports": held.reports,
        "opt_outs": held.opt_outs, "quality": held.quality, "tier": portfolio.tier,
        "restrictions": _restrictions(account, now),
        "state": account.state, "strikes": account.strikes, "began_24h": portfolio.used(now),
        "limit_24h": platform().tiers.levels[portfolio.tier], "statuses": held.statuses, "errors": held.refusals,
        "bad_share": round(found.share, 4), "registered": held.is_registered, "payment": account.has_payment,
        "account": account.id, "portfolio": portfolio.id, "service_this_month": held.service_month[1],
        "templates": {key: {"status": one.status, "quality": one.quality, "category": one.category}
                      for key, one in account.templates.items()},
    }  # fmt: skip


def _restrictions(account: Account, now: int) -> list[dict[str, Any]]:
    held = [_restriction(stop.kind, stop.until) for stop in account.in_force(now)]
    return held + ([_restriction(f"ACCOUNT_{account.state.upper()}", None)] if account.state != "active" else [])


def _restriction(kind: str, until: int | None) -> dict[str, Any]:
    return {"restriction_type": kind, "expiration": until // SECOND if until is not None else None,
            "until": show_instant(until) if until is not None else None}  # fmt: skip


class Change(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What can be changed about a number."""

    payment: bool | None = None
    registered: bool | None = None
    test_number: bool | None = None
    name_approved: bool | None = None
    ai_provider: bool | None = None
    no_cloud_marketing: bool | None = None
    verified: bool | None = None
    tier: str | None = None
    speed: str | None = None
    barred_countries: list[str] | None = None
    maintenance: str | None = None
    misuse: bool | None = None
    standby: bool | None = None


def change(hub: Hub, call: Call, number_id: str) -> Answer:
    """Change what is otherwise computed, or what the platform's people would."""
    held = _number(hub, call, number_id)
    asked = converted(call, Change)
    world = hub.world
    account, portfolio = world.account_of(held), world.portfolio_of(held)
    for name, kept in (("registered", "is_registered"), ("test_number", "is_test"), ("name_approved", "name_approved"),
                       ("ai_provider", "is_ai_provider"), ("no_cloud_marketing", "no_cloud_marketing"),
                       ("standby", "is_standby")):  # fmt: skip
        if getattr(asked, name) is not None:
            setattr(held, kept, getattr(asked, name))
    account.has_payment = account.has_payment if asked.payment is None else asked.payment
    portfolio.is_verified = portfolio.is_verified if asked.verified is None else asked.verified
    held.barred_countries = (
        held.barred_countries if asked.barred_countries is None else frozenset(asked.barred_countries)
    )
    _change_limits(hub, held, asked)
    if asked.misuse:
        strikes.misuse(world, account)
    return Answer(_truth(hub, held))


def _change_limits(hub: Hub, held: Number, asked: Change) -> None:
    if asked.tier is not None:
        if asked.tier not in platform().tiers.levels:
            raise wrong("tier", f"one of {', '.join(platform().tiers.levels)}")
        growth.set_tier(hub.world, hub.world.portfolio_of(held), asked.tier)
    if asked.speed is not None:
        if asked.speed not in ("ordinary", "raised", "coexistence"):
            raise wrong("speed", "one of ordinary, raised, coexistence")
        held.speed = asked.speed  # type: ignore[assignment]
    if asked.maintenance is not None:
        held.maintained_until = hub.world.now + _span({"maintenance": asked.maintenance}, "maintenance")


def make_number(hub: Hub, call: Call) -> Answer:
    """Make another number, of the same business or of an account and a portfolio of its own."""
    data, world = call.data(), hub.world
    number_id, display = text_of(data, "id", 20), text_of(data, "display_phone_number", 30)
    if (
        not number_id.isdigit()
        or number_id in world.numbers
        or wa_id_of(display) is None
        or len(world.numbers) >= 1_000
    ):
        raise wrong("id", "digits that no other number has, and a display_phone_number")
    portfolio = text_of(data, "portfolio", 20, needed=False) or beginning.PORTFOLIO
    account = text_of(data, "account", 20, needed=False) or beginning.ACCOUNT
    if account not in world.accounts:
        beginning.open_account(world, account, portfolio)
    made = Number(number_id, account, display, token=text_of(data, "token", 200, needed=False) or beginning.TOKEN)
    world.numbers[number_id] = made
    return Answer(_truth(hub, made))


def act(hub: Hub, call: Call, number_id: str, what: str) -> Answer:
    """Let the platform find a violation, restrict, or decide a review."""
    held, data, world = _number(hub, call, number_id), call.data(), hub.world
    account = world.account_of(held)
    if what == "violate":
        strikes.violate(world, account, text_of(data, "type", 60, needed=False) or "SPAM")
    elif what == "restrict":
        strikes.restrict(world, account, _kinds(data), _span(data, "for"))
    elif what == "review":
        strikes.review(world, account, text_of(data, "outcome", 20, needed=False) or "reversed")
    elif what == "tell":
        _tell(world, held, data)
    elif what == "reinstate":
        strikes.reinstate(world, account)
    else:
        raise unknown_node(call.method, what)
    return Answer(_truth(hub, held))


def _tell(world: World, held: Number, data: dict[str, Any]) -> None:
    """Tell anything by webhook, such as what the platform has not thought of yet."""
    value, field = data.get("value"), text_of(data, "field", 100)
    if not isinstance(value, dict):
        raise wrong("value", "an object, as it stands in a webhook")
    payloads.tell_account(world, held.account, value, field)


def _kinds(data: dict[str, Any]) -> tuple[str, ...]:
    kinds, known = data.get("kinds", [strikes.BEGINS]), platform().restrictions
    if not isinstance(kinds, list) or not kinds or not all(kind in known for kind in map(str, kinds)):
        raise wrong("kinds", f"some of {', '.join(known)}")
    return tuple(map(str, kinds))


def fail(hub: Hub, call: Call) -> Answer:
    """Let the next messages fail with a code."""
    data = call.data()
    code, times = data.get("code"), data.get("times", 1)
    if not isinstance(code, int) or isinstance(code, bool) or not 0 <= code < 10**8:
        raise wrong("code", "a number, such as 130429")
    if not isinstance(times, int) or isinstance(times, bool) or not 0 <= times <= 100_000:
        raise wrong("times", "a number up to 100000; 0 takes all back")
    if times == 0:
        hub.world.forced.clear()
    hub.world.forced.extend([code] * times)
    return Answer({"pending": len(hub.world.forced), "error": error_of(code).body("sim")["error"]})


def thresholds(hub: Hub, call: Call) -> Answer:
    """Show what is guessed about the platform, or change some of it."""
    if call.method == "POST":
        try:
            hub.world.thresholds = hub.world.thresholds.changed(call.data())
        except (msgspec.ValidationError, ValueError) as error:
            raise error_of(100, str(error)) from None
    return Answer(hub.world.thresholds.shown())


async def webhooks(hub: Hub, call: Call) -> Answer:
    """Show how webhooks are told, or change it."""
    if call.method == "POST":
        held = {name: getattr(hub.courier.wishes, name) for name in Wishes.__struct_fields__}
        try:
            hub.courier.change(msgspec.convert(held | call.data(), Wishes))
        except (msgspec.ValidationError, ValueError) as error:
            raise error_of(100, str(error)) from None
    return Answer(_webhooks(hub))


def _webhooks(hub: Hub) -> dict[str, Any]:
    wishes: dict[str, Any] = msgspec.to_builtins(hub.courier.wishes)
    wishes.update(hub.courier.told)
    return wishes | {"pending": hub.courier.pending, "last_failure": hub.courier.last_failure}


async def handshake(hub: Hub, call: Call) -> Answer:
    """Ask the receiver of webhooks for the challenge, as the platform does."""
    url = hub.courier.wishes.url
    if url is None:
        raise error_of(100, "There is no receiver; name one with --webhooks or POST /_sim/webhooks.")
    failure = await hub.courier.shake_hands(url, beginning.VERIFY_TOKEN)
    return Answer({"ok": not failure, "failure": failure or None})


class Rated(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What can be changed about a template."""

    status: str | None = None
    category: str | None = None


def change_template(hub: Hub, call: Call, template_id: str) -> Answer:
    """Change a template as the platform would."""
    template = templates.with_id(hub, template_id) or _named(hub, template_id)
    if template is None:
        raise unknown_node(call.method, template_id)
    asked = converted(call, Rated)
    if asked.status is not None:
        if asked.status not in ("APPROVED", "PENDING", "REJECTED", "PAUSED", "DISABLED", "IN_APPEAL"):
            raise wrong("status", "one of APPROVED, PENDING, REJECTED, PAUSED, DISABLED, IN_APPEAL")
        template.status = asked.status
    return Answer(template.shown())


def _named(hub: Hub, name: str) -> Template | None:
    accounts: list[Account] = list(hub.world.accounts.values())
    return next((one for account in accounts for one in account.templates.values() if one.name == name), None)


def converted(call: Call, kind: type[_Kind]) -> _Kind:
    """Return the parameters of a call as a struct.

    Raises `GraphError`, which says what is wrong and where.
    """
    try:
        return msgspec.convert(call.data(), kind)
    except msgspec.ValidationError as error:
        raise error_of(100, str(error)) from None
