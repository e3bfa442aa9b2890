"""Blind review: a person judges whether a decision is right, without seeing its outcome or what others judged.

Two kinds of decision are mixed and indistinguishable to the reviewer: those drawn at random (the audit, which measures
the precision of rules), and golden ones, whose correct answer is known, which measure how reliable reviewers are.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from cartellino.appeals.hearing import NotNow
from cartellino.commands.names import fingerprint
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.enforcement.acts import Record
from cartellino.learning.precision import Share
from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.actors import Actor
from cartellino.vocabulary.refusals import BadArgument

HIDDEN = ("strike", "next_step", "mode", "note")
"""Fields of a decision's record that are not shown to a reviewer, since they tell its outcome."""

LOOKED = "looked at"
"""What the ledger records of a review: the same words for both kinds and without the answer, to keep it blind."""

ONE_IN = 5
"""On average one review in so many shows a golden decision, while there are any left."""


def drawn(rows: Rows, many: int) -> list[dict[str, Any]]:
    """Return up to `many` drawn decisions that nobody has judged, the oldest first."""
    audits, decisions = tables.audits.c, tables.decisions.c
    waiting = sa.select(audits.decision_id).where(audits.right.is_(None)).order_by(audits.drawn_at).limit(many)
    names = [row.decision_id for row in rows.execute(waiting)]
    asked = sa.select(decisions.decision_id, decisions.record).where(decisions.decision_id.in_(names))
    records = {row.decision_id: row.record for row in rows.execute(asked)}
    return [_blind(records[name]) for name in names if name in records]


def following(rows: Rows, by: Actor) -> dict[str, Any] | None:
    """Return the next decision for a person to review, or `None` when there is none."""
    audits = drawn(rows, 1)
    known = _golden_for(rows, by)
    if known is None or not audits:
        return audits[0] if audits else known
    turn = int(fingerprint(f"{by} {audits[0]['decision_id']}")[:8], 16)
    return known if turn % ONE_IN == 0 else audits[0]


def waiting(rows: Rows, by: Actor | None = None) -> int:
    """Return how many decisions wait for review: the drawn ones, and for a given person the golden ones as well."""
    chance = rows.scalar(sa.select(sa.func.count()).where(tables.audits.c.right.is_(None))) or 0
    answered = sa.select(tables.looks.c.decision_id).where(tables.looks.c.by == by)
    golden = tables.golden.c
    unanswered = sa.select(sa.func.count()).where(golden.decision_id.not_in(answered), golden.made_by != by)
    return chance + ((rows.scalar(unanswered) or 0) if by else 0)


def judge(unit: UnitOfWork, decision: str, *, right: bool) -> None:
    """Record whether a decision is right. Nothing changes for the account.

    Raises `NotNow` when it was judged already, `BadArgument` when it is neither drawn nor golden.
    """
    if unit.read(sa.select(tables.golden).where(tables.golden.c.decision_id == decision)):
        looks = tables.looks.c
        if unit.read(sa.select(looks.at).where(looks.decision_id == decision, looks.by == unit.by)):
            raise NotNow("somebody has looked at it already")  # the same words: nobody can tell the two apart
        unit.add(tables.looks, {"decision_id": decision, "by": unit.by, "right": right, "at": unit.now})
        unit.record(LOOKED, decision)
        return
    of_decision = tables.audits.c.decision_id == decision
    audits = unit.read(sa.select(tables.audits).where(of_decision))
    if not audits:
        raise BadArgument(f"there is no look at `{decision}`: it was not drawn")
    if audits[0].right is not None:
        raise NotNow("somebody has looked at it already")
    unit.change(sa.update(tables.audits).where(of_decision).values(right=right, judged_at=unit.now, judged_by=unit.by))
    unit.record(LOOKED, decision)


def make_golden(unit: UnitOfWork, decision: str, *, right: bool, why: str) -> None:
    """Make a decision golden, with its known answer. It leaves the audit if it was drawn and nobody has judged it.

    Raises `BadArgument` when there is no such decision.
    """
    if not unit.read(sa.select(tables.decisions.c.at).where(tables.decisions.c.decision_id == decision)):
        raise BadArgument(f"there is no decision `{decision}`")
    made = {"decision_id": decision, "right": right, "made_at": unit.now, "made_by": unit.by, "why": why}
    unit.put(tables.golden, made)
    audits = tables.audits.c
    unit.change(sa.delete(tables.audits).where(audits.decision_id == decision, audits.right.is_(None)))
    unit.act(Record, why, what=f"golden: {'right' if right else 'wrong'}", subject=decision)


def agreement(rows: Rows) -> dict[str, Share]:
    """Return for each reviewer the share of golden decisions that they answered correctly."""
    golden, looks = tables.golden.c, tables.looks.c
    same = sa.func.sum(sa.case((looks.right == golden.right, 1), else_=0))
    asked = sa.select(looks.by, same, sa.func.count()).join(tables.golden, golden.decision_id == looks.decision_id)
    return {by: Share(int(hits), int(of)) for by, hits, of in rows.execute(asked.group_by(looks.by))}


def _golden_for(rows: Rows, by: Actor) -> dict[str, Any] | None:
    golden, looks = tables.golden.c, tables.looks.c
    answered = sa.select(looks.decision_id).where(looks.by == by)
    asked = sa.select(golden.decision_id).where(golden.decision_id.not_in(answered), golden.made_by != by)
    known = rows.scalar(asked.order_by(golden.made_at).limit(1))
    if known is None:
        return None
    record = rows.scalar(sa.select(tables.decisions.c.record).where(tables.decisions.c.decision_id == known))
    return None if record is None else _blind(record)


def _blind(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in HIDDEN}
