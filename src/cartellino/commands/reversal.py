"""Reversal: a decision is taken back with everything that followed from it, and those concerned get notices.

A reviewer who finds one decision wrong often sees that others about the same person were wrong for the same cause.
`alike` returns those, and the reviewer's choice of them is reversed in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from cartellino.commands import case_log
from cartellino.commands.consequences import sanction_record
from cartellino.commands.notices import notify_bearers, remaining, send_sanction_event
from cartellino.commands.report_outcomes import learn_outcome
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.enforcement.acts import Overturn
from cartellino.enforcement.standing import Sanction
from cartellino.enforcement.standings import Standings
from cartellino.notices.facts import Facts, Shape
from cartellino.pipeline.live_view import LiveView
from cartellino.policies.ladder import Rung
from cartellino.queries.appealable import is_undone
from cartellino.queries.standing import next_on, next_step
from cartellino.storage import tables
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.ids import DecisionId, sanction_id
from cartellino.vocabulary.refusals import BadArgument, NotFound
from cartellino.vocabulary.times import Instant, show_instant


@dataclass(frozen=True)
class Alike:
    """Another decision about the same person by the same rule and cause, which can be reversed as well."""

    person: AccountRef
    sanction: Sanction
    in_force: bool

    def record(self) -> dict[str, Any]:
        """Return it as API answers and console pages show it."""
        sanction = self.sanction
        return {
            "decision_id": sanction.decision,
            "sanction_id": sanction.id,
            "service": self.person[0],
            "account": self.person[1],
            "at": show_instant(sanction.starts_at),
            "kind": sanction.action.kind,
            "strike": sanction.strike,
            "in_force": self.in_force,
        }


def alike(register: Standings, decision: str, now: Instant) -> list[Alike]:
    """Return the person's other decisions by the same rule and cause as this one, the latest first.

    Included are decisions whose strike was not revoked, and sanctions in force that gave no strike. The cause is the
    rule's reason code; a person has all accounts that are linked.
    """
    try:
        person, this = register.owner(sanction_id(DecisionId(decision))), _sanction(register, decision)
    except NotFound:
        return []  # a review, or a held decision, has no sanction
    others = [
        Alike(account, sanction, sanction.in_force(now))
        for account in (person, *register.linked(person))
        for sanction in register.standing(account).sanctions
        if sanction.decision != decision and _is_alike(sanction, this) and _stands(register, account, sanction, now)
    ]
    return sorted(others, key=lambda other: -other.sanction.starts_at)


def stands(live: LiveView, decision: str) -> bool:
    """Say whether a decision has an effect that could be reversed: it is held, or its sanction was not undone."""
    if live.is_held(decision):
        return True
    try:
        sanction = _sanction(live.standings, decision)
    except NotFound:
        return False
    return not is_undone(live.standings, live.standings.owner(sanction.id), sanction)


def _sanction(register: Standings, decision: str) -> Sanction:
    return register.sanction(sanction_id(DecisionId(decision)))


def _is_alike(other: Sanction, this: Sanction) -> bool:
    is_whole = other.id == sanction_id(other.decision)  # not the short limit of a held decision
    return is_whole and (other.rule, other.wording.code) == (this.rule, this.wording.code)


def _stands(register: Standings, account: AccountRef, sanction: Sanction, now: Instant) -> bool:
    strikes = [strike for strike in register.standing(account).strikes if strike.decision == sanction.decision]
    return not all(strike.revoked for strike in strikes) if strikes else sanction.limits(now)


def overturn(unit: UnitOfWork, decisions: Sequence[sa.Row[Any]], reason: str) -> None:
    """Reverse decisions with all that followed from them, close the open cases about them, and send notices."""
    register = unit.route.sequencer.register
    owners = [AccountRef(decision.service, decision.account) for decision in decisions]
    persons = dict.fromkeys(account for owner in owners for account in (owner, *register.linked(owner)))
    before = {sanction.id: sanction for person in persons for sanction in register.standing(person).sanctions}
    for decision in decisions:
        unit.act(Overturn, reason, decision=DecisionId(decision.decision_id))
    gone = {decision.decision_id for decision in decisions}
    for person in persons:
        for after in register.standing(person).sanctions:
            if after.decision not in gone:
                _tell_change(unit, person, before[after.id], after)
    told, limited = set[AccountRef](), _limited(before.values(), gone, unit.now)
    for decision in decisions:
        told.update(_tell_reversal(unit, decision, reason, told, limited))
    _close_cases(unit, gone, reason)


def _limited(sanctions: Iterable[Sanction], gone: Collection[str], now: Instant) -> tuple[Instant, Instant]:
    """Return from when until when sanctions that are taken back limited somebody; equal where they did not."""
    spans = [
        (sanction.starts_at, min(end for end in _ends(sanction, now) if end is not None))
        for sanction in sanctions
        if sanction.decision in gone and sanction.action.kind != "warning"
    ]
    spans = [(begun, over) for begun, over in spans if over > begun]
    return (min(begun for begun, _ in spans), max(over for _, over in spans)) if spans else (0, 0)


def _ends(sanction: Sanction, now: Instant) -> tuple[Instant | None, ...]:
    return now, sanction.action.ends_at, sanction.lifted_at, sanction.expired_at, sanction.replaced_at


def _tell_reversal(
    unit: UnitOfWork,
    decision: sa.Row[Any],
    reason: str,
    told: Collection[AccountRef],
    limited: tuple[Instant, Instant],
) -> list[AccountRef]:
    """Send the notices of a reversal, one to an account at most (`told` have theirs); return who got one.

    `limited` is from when until when what is taken back had limited the person.
    """
    owner, sequencer = AccountRef(decision.service, decision.account), unit.route.sequencer
    kind = _kind(sequencer.register, decision)

    def said(bearer: AccountRef) -> Facts:
        step, remains = next_step(sequencer.whole(*bearer), sequencer.ladders, unit.now), remaining(unit, bearer)
        return Facts(
            shape="reversed", at=unit.now, code=decision.code, said=reason, topic=kind, remains=remains,
            limited_from=limited[0], limited_until=limited[1], **_step(step),
        )  # fmt: skip

    now_told = notify_bearers(unit, owner, decision.sanction_id, said, decision.decision_id, excluding=told)
    data = {"sanction_id": decision.sanction_id, "decision_id": decision.decision_id}
    send_sanction_event(unit, "sanction.overturned", owner, decision.sanction_id, data)
    learn_outcome(unit, *owner, right=False, until=decision.at)
    return now_told


def _tell_change(unit: UnitOfWork, person: AccountRef, before: Sanction, after: Sanction) -> None:
    """Send the notices of another sanction that a reversal changed: restored, lifted or made milder.

    Webhooks hear of every change, holders only of sanctions that are in force before or after it.
    """
    if after == before:
        return
    if before.replaced_by is not None and after.replaced_by is None:
        shape: Shape = "restored"
    else:
        shape = "lifted" if after.lifted_at != before.lifted_at else "milder"
    send_sanction_event(unit, f"sanction.{shape}", person, after.id, sanction_record(after))
    if not after.is_left(unit.now) and not before.is_left(unit.now):
        return
    ladder, is_gone = unit.live.ladders.get(after.ladder or ""), shape == "lifted"
    holds, ends_at = ("", None) if is_gone else (after.action.kind, after.action.ends_at)

    def said(bearer: AccountRef) -> Facts:
        step = next_on(unit.live.whole(*bearer), ladder, unit.now) if ladder is not None else None
        remains = remaining(unit, bearer, after.id)
        return Facts(
            shape=shape, at=unit.now, code=after.wording.code, topic=before.action.kind, ends_at=ends_at,
            holds=holds, scope=after.action.scope, remains=remains, **_step(step),
        )  # fmt: skip

    notify_bearers(unit, person, after.id, said, after.decision)


def _kind(register: Standings, decision: sa.Row[Any]) -> str:
    """Return the kind of a decision's sanction, or an empty string if the decision is only held."""
    try:
        return _sanction(register, decision.decision_id).action.kind
    except NotFound:
        return ""


def _step(rung: Rung | None) -> dict[str, Any]:
    return {} if rung is None else {"next_kind": rung.kind, "next_lasts": rung.lasts}


def _close_cases(unit: UnitOfWork, decisions: Collection[str], reason: str) -> None:
    """Close the open cases about reversed decisions."""
    cases = tables.cases.c
    for row in unit.read(sa.select(tables.cases).where(cases.closed_at.is_(None), cases.decision_id.in_(decisions))):
        case_log.close(unit, row.case_id, row.kind, AccountRef(row.service, row.account), "reversed", reason)


def rows_of(unit: UnitOfWork, also: Collection[str], offered: Sequence[Alike]) -> list[sa.Row[Any]]:
    """Return the rows of the decisions that were ticked.

    Raises `BadArgument` for one that was not offered.
    """
    names: Mapping[str, Alike] = {str(other.sanction.decision): other for other in offered}
    for decision in also:
        if decision not in names:
            raise BadArgument(
                f"`{decision}` is no other decision about this person by the same rule and cause that stands"
            )
    return unit.read(sa.select(tables.decisions).where(tables.decisions.c.decision_id.in_(list(also))))


__all__ = ["Alike", "alike", "overturn", "rows_of", "stands"]
