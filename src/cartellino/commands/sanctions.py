"""Sanctions that end: when their time is up, or earlier by an operator, with a notice and a row of the ledger."""

from __future__ import annotations

from cartellino.appeals.hearing import NotNow
from cartellino.commands.consequences import sanction_record
from cartellino.commands.notices import notify_bearers, remaining, send_sanction_event
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.enforcement.acts import Expire, Lift, Shorten
from cartellino.enforcement.standing import Sanction
from cartellino.notices.facts import Facts
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.ids import SanctionId
from cartellino.vocabulary.times import Instant, duration

SOONER = ("1h", "6h", "24h", "3d", "7d")
"""Times from now at which a sanction may be made to end, as the console offers them."""


def end_due(unit: UnitOfWork) -> None:
    """Expire the sanctions whose end has passed, each exactly once."""
    register = unit.route.sequencer.register
    for identity in register.due(unit.now):
        owner, sanction = register.owner(identity), register.sanction(identity)
        unit.act(Expire, "it came to its end", sanction=identity)
        send_sanction_event(unit, "sanction.expired", owner, identity, sanction_record(sanction))


def sooner(ends_at: Instant | None, now: Instant) -> list[str]:
    """Return which of the offered ends are earlier than `ends_at`, all of them if that is `None`.

    >>> sooner(25 * 3_600_000, 0), sooner(None, 0) == list(SOONER)
    (['1h', '6h', '24h'], True)
    """
    return [length for length in SOONER if ends_at is None or now + duration(length) < ends_at]


def lift(unit: UnitOfWork, sanction: str, reason: str) -> str:
    """End a sanction now, and return how the account stands; its strike stays.

    Raises `NotFound` when there is no such sanction, `NotNow` when it is over.
    """
    person, standing = _standing(unit, sanction)
    unit.act(Lift, reason, sanction=standing.id)

    def said(bearer: AccountRef) -> Facts:
        remains = remaining(unit, bearer, standing.id)
        return Facts(shape="lifted", at=unit.now, said=reason, topic=standing.action.kind, remains=remains)

    notify_bearers(unit, person, sanction, said)
    send_sanction_event(unit, "sanction.lifted", person, sanction, {"sanction_id": sanction})
    return unit.route.sequencer.whole(*person).name(unit.now)


def shorten(unit: UnitOfWork, sanction: str, ends_at: Instant, reason: str) -> None:
    """Let a sanction end earlier.

    Raises `NotFound` when there is no such sanction, `NotNow` when it is over, or when `ends_at` is not earlier.
    """
    person, standing = _standing(unit, sanction)
    if standing.action.kind == "warning":
        raise NotNow("a warning has no end that could be earlier; it can be lifted")
    if ends_at <= unit.now or (standing.action.ends_at is not None and ends_at >= standing.action.ends_at):
        raise NotNow("`ends_at` lies in the future and before the end that it has now")
    unit.act(Shorten, reason, sanction=standing.id, ends_at=ends_at)

    def said(bearer: AccountRef) -> Facts:
        remains, kind = remaining(unit, bearer, standing.id), standing.action.kind
        return Facts(
            shape="shortened", at=unit.now, said=reason, topic=kind, holds=kind, ends_at=ends_at, remains=remains
        )

    notify_bearers(unit, person, sanction, said)
    send_sanction_event(unit, "sanction.shortened", person, sanction, {"sanction_id": sanction, "ends_at": ends_at})


def _standing(unit: UnitOfWork, sanction: str) -> tuple[AccountRef, Sanction]:
    """Return a sanction and the account that has it.

    Raises `NotFound` when there is none, `NotNow` when it is over: it is not ended twice, nor announced twice.
    """
    register = unit.route.sequencer.register
    person, standing = register.owner(SanctionId(sanction)), register.sanction(SanctionId(sanction))
    if not standing.is_left(unit.now):
        raise NotNow(f"the {standing.action.kind} is over; there is nothing left of it that could be ended")
    return person, standing
