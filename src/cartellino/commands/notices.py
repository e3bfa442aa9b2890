"""Stores notices and announces those that are due now; `service.scheduler.announce_due` announces the others later.

A webhook message announces a notice; the messenger's service then fetches the notice and shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

import msgspec
import sqlalchemy as sa

from cartellino.commands.names import notice_code, random_id
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.notices.facts import ENDED, WORDING_VERSION, Facts
from cartellino.policies.ladder import SEVERITY
from cartellino.queries import notices
from cartellino.storage import tables
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.ids import SanctionId, fraction
from cartellino.vocabulary.refusals import NotFound
from cartellino.vocabulary.times import HOUR, MINUTE, Duration, Instant

DELAY: tuple[Duration, Duration] = (10 * MINUTE, 2 * HOUR)
"""The shortest and the longest delay of a notice that follows from reports, in ms."""


def delayed(now: Instant, salt: str, seed: str) -> Instant:
    """Return when a delayed notice is due.

    The delay is pseudo-random, derived from `seed`, so that its time does not reveal which report led to it. `salt` is
    the installation's secret: whoever knows the seed, such as the id of a decision, cannot compute the delay.
    """
    least, most = DELAY
    return now + least + int(fraction(salt, "delay", seed) * (most - least))


def remaining(unit: UnitOfWork, person: AccountRef, *excluding: SanctionId) -> tuple[str, ...]:
    """Return the kinds of the sanctions in force for an account, except those in `excluding`, the most severe first."""
    standing = unit.route.sequencer.whole(*person)
    kinds = {sanction.action.kind for sanction in standing.in_force(unit.now) if sanction.id not in excluding}
    return tuple(sorted(kinds, key=lambda kind: SEVERITY[kind], reverse=True))


def store_notice(
    unit: UnitOfWork, facts: Facts, service: str, account: str, sanction: str = "", decision: str = "", due: Instant = 0
) -> str:
    """Store a notice, announce it unless it is due later, and return its id.

    `due` is when to announce it; the default 0 means now.
    """
    notice = random_id("n")
    unit.put(
        tables.notices,
        {
            "notice_id": notice,
            "sanction_id": sanction,
            "decision_id": decision,
            "service": service,
            "account": account,
            "shape": facts.shape,
            "words": WORDING_VERSION,
            "code": notice_code(),
            "facts": msgspec.to_builtins(facts),
            "made_at": unit.now,
            "due_at": max(due, unit.now),
            "delivered_at": None,
            "delivered_by": None,
            "seen_at": None,
            "announced": due <= unit.now,
        },
    )
    if due <= unit.now:
        send_notice_event(unit, notice, service, account, facts.shape)
    return notice


def notify_bearers(
    unit: UnitOfWork, owner: AccountRef, sanction: str, facts_for: Callable[[AccountRef], Facts], decision: str = "",
    due: Instant = 0, excluding: Collection[AccountRef] = (),
) -> list[AccountRef]:  # fmt: skip
    """Notify the owner of a sanction, and the linked accounts that it applies to, except those in `excluding`.

    Return the accounts that were notified. `facts_for` returns the facts for an account; `due` is when to announce the
    notices, at the earliest (0: now).
    """
    bearers = [bearer for bearer in (owner, *_linked_bearers(unit, owner, sanction)) if bearer not in excluding]
    for bearer in bearers:
        facts = msgspec.structs.replace(facts_for(bearer), linked=bearer != owner)
        pending = unit.ask(partial(notices.unannounced, sanction=sanction, person=bearer))
        if pending is not None:
            facts = _with_reason(facts, msgspec.convert(pending.facts, Facts))
        # It must not appear before the delayed notice of the sanction, or its time would give the reporter away.
        store_notice(unit, facts, *bearer, sanction, decision, max(due, pending.due_at if pending is not None else 0))
    return bearers


def _with_reason(facts: Facts, imposed: Facts) -> Facts:
    """Add reason and clause to the notice of an end, since the notice of the sanction was not announced yet."""
    about = {"reason": imposed.reason, "clause": imposed.clause} if facts.shape in ENDED else {}
    return msgspec.structs.replace(facts, **about)


def send_sanction_event(unit: UnitOfWork, kind: str, owner: AccountRef, sanction: str, data: dict[str, Any]) -> None:
    """Send a webhook message about a sanction for each account it applies to; for linked ones it names the owner."""
    unit.send(kind, *owner, data)
    for account in _linked_bearers(unit, owner, sanction):
        unit.send(kind, *account, {**data, "linked_service": owner[0], "linked_account": owner[1]})


def _linked_bearers(unit: UnitOfWork, owner: AccountRef, sanction: str) -> list[AccountRef]:
    return [account for account in unit.live.standings.linked(owner) if unit.live.bears(*account, sanction)]


def send_notice_event(unit: UnitOfWork, notice: str, service: str, account: str, shape: str) -> None:
    """Queue the webhook message `notice`, which announces a notice for an account."""
    unit.send("notice", service, account, {"notice_id": notice, "shape": shape})


def record_receipt(unit: UnitOfWork, notice: str, channel: str, *, seen: bool) -> bool:
    """Record that a notice was delivered, and seen if `seen`; return whether that changed anything.

    Only the first delivery and the first view are recorded. `channel` is how it was delivered.

    Raises `NotFound` when there is no such notice.
    """
    row = unit.ask(lambda rows: notices.by_id(rows, notice))
    if row is None:
        raise NotFound(f"there is no notice `{notice}`")
    values: dict[str, Any] = {}
    if row.delivered_at is None:
        values |= {"delivered_at": unit.now, "delivered_by": channel}
    if seen and row.seen_at is None:
        values["seen_at"] = unit.now
    if values:
        unit.change(sa.update(tables.notices).where(tables.notices.c.notice_id == notice).values(**values))
    return bool(values)
