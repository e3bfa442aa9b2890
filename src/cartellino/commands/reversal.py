"""Taking decisions back: everything that followed is repaired, and whom it concerns is told, in one transaction.

A reviewer who finds one decision wrong often sees that others of the same person were wrong for the same cause. They
are offered (`alike`), and what is ticked is taken back together with it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from cartellino.commands import case_log
from cartellino.commands.consequences import sanction_record
from cartellino.commands.notices import remaining, send_to_bearers, tell_bearers
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
from cartellino.vocabulary.refusals import BadArgument
from cartellino.vocabulary.times import Instant, show_instant


@dataclass(frozen=True)
class Alike:
    """Another decision about the same person by the same rule and cause, that can be taken back as well."""

    person: AccountRef
    sanction: Sanction
    in_force: bool

    def record(self) -> dict[str, Any]:
        """Return it as answers and pages show it."""
        held = self.sanction
        return {
            "decision_id": held.decision,
            "sanction_id": held.id,
            "service": self.person[0],
            "account": self.person[1],
            "at": show_instant(held.starts_at),
            "kind": held.action.kind,
            "strike": held.strike,
            "in_force": self.in_force,
        }


def alike(register: Standings, decision: str, now: Instant) -> list[Alike]:
    """Return the person's other decisions by the rule and cause of one, the latest first.

    They are strikes that were not taken back, and what holds without being a strike. A cause is what the code of a rule
    tells; a person has all accounts that are linked.
    """
    try:
        person, this = register.owner(sanction_id(DecisionId(decision))), _sanction(register, decision)
    except BadArgument:
        return []  # a review, or what is held: there is no sanction
    found = [
        Alike(account, one, one.in_force(now))
        for account in (person, *register.linked(person))
        for one in register.standing(account).sanctions
        if one.decision != decision and _is_alike(one, this) and _stands(register, account, one, now)
    ]
    return sorted(found, key=lambda one: -one.sanction.starts_at)


def stands(live: LiveView, decision: str) -> bool:
    """Say whether a decision has an effect that could be taken back: it is held, or has not been taken back."""
    if live.is_held(decision):
        return True
    try:
        sanction = _sanction(live.standings, decision)
    except BadArgument:
        return False
    return not is_undone(live.standings, live.standings.owner(sanction.id), sanction)


def _sanction(register: Standings, decision: str) -> Sanction:
    return register.sanction(sanction_id(DecisionId(decision)))


def _is_alike(one: Sanction, this: Sanction) -> bool:
    is_whole = one.id == sanction_id(one.decision)  # and not the short limit of what is held
    return is_whole and (one.rule, one.wording.code) == (this.rule, this.wording.code)


def _stands(register: Standings, account: AccountRef, one: Sanction, now: Instant) -> bool:
    strikes = [strike for strike in register.standing(account).strikes if strike.decision == one.decision]
    return not all(strike.revoked for strike in strikes) if strikes else one.in_force(now)


def overturn(unit: UnitOfWork, decisions: Sequence[sa.Row[Any]], reason: str) -> None:
    """Take decisions back with all that followed, close what is open about them, and tell whom it concerns."""
    register = unit.route.sequencer.register
    owners = [AccountRef(decision.service, decision.account) for decision in decisions]
    persons = dict.fromkeys(account for owner in owners for account in (owner, *register.linked(owner)))
    before = {one.id: one for person in persons for one in register.standing(person).sanctions}
    for decision in decisions:
        unit.act(Overturn, reason, decision=DecisionId(decision.decision_id))
    gone = {one.decision_id for one in decisions}
    for person in persons:
        for one in register.standing(person).sanctions:
            if one.decision not in gone:
                _tell_change(unit, person, before[one.id], one)
    told = set[AccountRef]()
    for decision in decisions:
        told.update(_tell_reversal(unit, decision, reason, told))
    _close_cases(unit, gone, reason)


def _tell_reversal(
    unit: UnitOfWork, decision: sa.Row[Any], reason: str, told: Collection[AccountRef]
) -> list[AccountRef]:
    """Say that a decision was taken back, once to each account, however many of its decisions were; return to which."""
    owner, sequencer = AccountRef(decision.service, decision.account), unit.route.sequencer
    kind = _kind(sequencer.register, decision)

    def said(bearer: AccountRef) -> Facts:
        step, remains = next_step(sequencer.whole(*bearer), sequencer.ladders, unit.now), remaining(unit, bearer)
        return Facts(
            shape="reversed", at=unit.now, code=decision.code, said=reason, topic=kind, remains=remains, **_step(step)
        )

    now_told = tell_bearers(unit, owner, decision.sanction_id, said, decision.decision_id, but=told)
    data = {"sanction_id": decision.sanction_id, "decision_id": decision.decision_id}
    send_to_bearers(unit, "sanction.overturned", owner, decision.sanction_id, data)
    learn_outcome(unit, *owner, right=False, until=decision.at)
    return now_told


def _tell_change(unit: UnitOfWork, person: AccountRef, before: Sanction, after: Sanction) -> None:
    """Tell what became of another sanction: it holds again, is gone, or was made milder. What was over stays so."""
    if after == before:
        return
    holds, held = after.stands(unit.now), before.stands(unit.now)
    if before.replaced_by is not None and after.replaced_by is None:
        shape: Shape = "restored"
    else:
        shape = "lifted" if after.lifted_at != before.lifted_at else "milder"
    send_to_bearers(unit, f"sanction.{shape}", person, after.id, sanction_record(after))
    if not holds and not held:
        return
    ladder, ends_at = unit.live.ladders.get(after.ladder or ""), None if shape == "lifted" else after.action.ends_at

    def said(bearer: AccountRef) -> Facts:
        step = next_on(unit.live.whole(*bearer), ladder, unit.now) if ladder is not None else None
        remains = remaining(unit, bearer, after.id)
        return Facts(
            shape=shape, at=unit.now, code=after.wording.code, topic=before.action.kind, ends_at=ends_at,
            remains=remains, **_step(step),
        )  # fmt: skip

    tell_bearers(unit, person, after.id, said, after.decision)


def _kind(register: Standings, decision: sa.Row[Any]) -> str:
    """Return the kind of a decision's sanction; nothing of what is only held."""
    try:
        return _sanction(register, decision.decision_id).action.kind
    except BadArgument:
        return ""


def _step(rung: Rung | None) -> dict[str, Any]:
    return {} if rung is None else {"next_kind": rung.kind, "next_lasts": rung.lasts}


def _close_cases(unit: UnitOfWork, decisions: Collection[str], reason: str) -> None:
    """Close the cases that are open about decisions which are taken back."""
    cases = tables.cases.c
    for row in unit.read(sa.select(tables.cases).where(cases.closed_at.is_(None), cases.decision_id.in_(decisions))):
        case_log.close(unit, row.case_id, row.kind, AccountRef(row.service, row.account), "reversed", reason)


def rows_of(unit: UnitOfWork, also: Collection[str], offered: Sequence[Alike]) -> list[sa.Row[Any]]:
    """Return the rows of the decisions that were ticked.

    Raises `BadArgument` for one that was not offered.
    """
    names: Mapping[str, Alike] = {str(one.sanction.decision): one for one in offered}
    for one in also:
        if one not in names:
            raise BadArgument(f"`{one}` is no other decision about this person by the same rule and cause that stands")
    return unit.read(sa.select(tables.decisions).where(tables.decisions.c.decision_id.in_(list(also))))


__all__ = ["Alike", "alike", "overturn", "rows_of", "stands"]
