"""Violations of the platform's policy: the ladder of warnings and restrictions, and what is told of each rung."""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec

from cartellino.senders.platform import platform
from cartellino.simulator.cloud.business import Account, Number, Stop
from cartellino.simulator.cloud.payloads import day_of, tell_account
from cartellino.simulator.cloud.world import World
from cartellino.vocabulary.times import DAY, SECOND, Duration, duration

BEGINS, REPLIES = "RESTRICTED_BIZ_INITIATED_MESSAGING", "RESTRICTED_CUSTOMER_INITIATED_MESSAGING"
NO_NUMBERS, NO_UTILITY = "RESTRICTED_ADD_PHONE_NUMBER_ACTION", "RESTRICTED_UTILITY_TEMPLATES"


class Rung(msgspec.Struct, frozen=True):
    """One step of the ladder with its length, if it has one."""

    step: str
    stops: str
    lasting: Duration | None


def ladder() -> list[Rung]:
    """Return every rung in its order.

    >>> [rung.step for rung in ladder()]
    ['warning', 'block', 'block', 'block', 'block', 'block', 'lock', 'disabled']
    """
    return [
        Rung(step.step, step.stops, length)
        for step in platform().violations.ladder
        for length in (step.lasting or (None,))
    ]


def consider(world: World, number: Number) -> None:
    """Raise a violation when enough people blocked or reported what was sent since the last one."""
    guessed, account = world.thresholds, world.account_of(number)
    found = number.feedback.sums(world.now)
    again = number.since_strike >= guessed.strike_least and found.share >= guessed.strike_share
    # So many people mind that a warning is not enough, whenever it was sent.
    grave = account.strikes == 1 and found.bad >= guessed.grave_least and found.share >= guessed.grave_share
    if again or grave:
        violate(world, account, "SPAM")


def violate(world: World, account: Account, violation: str) -> None:
    """Climb a rung and tell of it."""
    forgotten = world.thresholds.strikes_forgotten_after
    if account.struck_at is not None and world.now - account.struck_at > forgotten:
        account.strikes = 0
    rungs = ladder()
    rung = rungs[min(account.strikes, len(rungs) - 1)]
    account.strikes, account.struck_at = account.strikes + 1, world.now
    for number in world.numbers.values():
        if number.account == account.id:
            number.since_strike = 0.0
    tell_account(world, account.id, {"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": violation}})
    _carry_out(world, account, rung)


def _carry_out(world: World, account: Account, rung: Rung) -> None:
    if rung.lasting is not None:
        kinds = (BEGINS, NO_NUMBERS) if rung.stops == "business_initiated" else (BEGINS, REPLIES, NO_NUMBERS)
        restrict(world, account, kinds, rung.lasting)
    elif rung.step in ("lock", "disabled"):
        account.state = "locked" if rung.step == "lock" else "disabled"
        state, at = ("SCHEDULE_FOR_DISABLE", world.now + 30 * DAY) if rung.step == "lock" else ("DISABLE", world.now)
        ban: dict[str, Any] = {"waba_ban_state": state, "waba_ban_date": day_of(at)}
        tell_account(world, account.id, {"event": "DISABLED_UPDATE", "ban_info": ban})


def restrict(world: World, account: Account, kinds: tuple[str, ...], lasting: Duration) -> None:
    """Put restrictions in force for a while, and tell of them."""
    until = world.now + lasting
    account.stops = [stop for stop in account.in_force(world.now) if stop.kind not in kinds]
    account.stops += [Stop(kind, until) for kind in kinds]
    told = [
        {"restriction_type": kind, "expiration": until // SECOND,
         "remediation": "Write only to people who agreed, and ask for a review in Business Support Home."}
        for kind in kinds
    ]  # fmt: skip
    tell_account(world, account.id, {"event": "ACCOUNT_RESTRICTION", "restriction_info": told})


def reinstate(world: World, account: Account) -> None:
    """Take a lock or restrictions back, as a review does whose outcome is `reversed`."""
    was_stopped = account.state != "active" or bool(account.in_force(world.now))
    account.state, account.stops = "active", []
    account.strikes = max(0, account.strikes - 1)
    if was_stopped:
        ban = {"waba_ban_state": "REINSTATE", "waba_ban_date": day_of(world.now)}
        tell_account(world, account.id, {"event": "DISABLED_UPDATE", "ban_info": ban})


def review(world: World, account: Account, outcome: str) -> None:
    """File a request for a review, which is decided as somebody says, after the platform's time."""
    if outcome == "reversed":
        world.later(platform().violations.review, partial(reinstate, world, account))


def misuse(world: World, account: Account) -> None:
    """Count a template filed as utility that advertises: a warning, then restrictions that grow longer."""
    account.misused += 1
    if account.misused < world.thresholds.misuse_warned:
        return
    rungs = platform().violations.misuse
    account.misuse_rung = min(account.misuse_rung + 1, len(rungs) - 1)
    rung = rungs[account.misuse_rung]
    if rung == "warning":
        warned = {"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "UTILITY_CATEGORY_ABUSE"}}
        tell_account(world, account.id, warned)
        return
    restrict(world, account, (NO_UTILITY,), duration(rung))
