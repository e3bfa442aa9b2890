"""Blind looks: a person says whether a decision is right, without knowing what became of it or what others said.

Two kinds are mixed, and nobody can tell them apart: decisions that were drawn by chance (the audit, from which the
precision of rules is known), and golden ones, whose answer is known, from which it is known how well people look.
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
"""What is not shown of a decision: what became of it."""

LOOKED = "looked at"
"""What the ledger says of a look: not what was answered, and the same of both kinds, or they were blind no more."""

ONE_IN = 5
"""About every so many looks is a golden one, while there are any."""


def drawn(rows: Rows, many: int) -> list[dict[str, Any]]:
    """Return decisions that were drawn and that nobody has looked at, the oldest first."""
    audits, decided = tables.audits.c, tables.decisions.c
    waiting = sa.select(audits.decision_id).where(audits.right.is_(None)).order_by(audits.drawn_at).limit(many)
    names = [row.decision_id for row in rows.execute(waiting)]
    found = rows.execute(sa.select(decided.decision_id, decided.record).where(decided.decision_id.in_(names)))
    records = {one.decision_id: one.record for one in found}
    return [_blind(records[one]) for one in names if one in records]


def following(rows: Rows, by: Actor) -> dict[str, Any] | None:
    """Return the next decision for a person to look at, `None` when there is none."""
    audits = drawn(rows, 1)
    known = _golden_for(rows, by)
    if known is None or not audits:
        return audits[0] if audits else known
    turn = int(fingerprint(f"{by} {audits[0]['decision_id']}")[:8], 16)
    return known if turn % ONE_IN == 0 else audits[0]


def waiting(rows: Rows, by: Actor | None = None) -> int:
    """Return how many decisions wait for a look: drawn ones, and for a person the golden ones as well."""
    chance = rows.scalar(sa.select(sa.func.count()).where(tables.audits.c.right.is_(None))) or 0
    answered = sa.select(tables.looks.c.decision_id).where(tables.looks.c.by == by)
    golden = tables.golden.c
    mine = sa.select(sa.func.count()).where(golden.decision_id.not_in(answered), golden.made_by != by)
    return chance + ((rows.scalar(mine) or 0) if by else 0)


def judge(unit: UnitOfWork, decision: str, *, right: bool) -> None:
    """Say whether a decision is right. It changes nothing for the account.

    Raises `NotNow` when it was answered already, `BadArgument` when nobody asked.
    """
    if unit.read(sa.select(tables.golden).where(tables.golden.c.decision_id == decision)):
        given = tables.looks.c
        if unit.read(sa.select(given.at).where(given.decision_id == decision, given.by == unit.by)):
            raise NotNow("somebody has looked at it already")  # the same words: nobody can tell the two apart
        unit.add(tables.looks, {"decision_id": decision, "by": unit.by, "right": right, "at": unit.now})
        unit.record(LOOKED, decision)
        return
    mine = tables.audits.c.decision_id == decision
    found = unit.read(sa.select(tables.audits).where(mine))
    if not found:
        raise BadArgument(f"there is no look at `{decision}`: it was not drawn")
    if found[0].right is not None:
        raise NotNow("somebody has looked at it already")
    unit.change(sa.update(tables.audits).where(mine).values(right=right, judged_at=unit.now, judged_by=unit.by))
    unit.record(LOOKED, decision)


def make_golden(unit: UnitOfWork, decision: str, *, right: bool, why: str) -> None:
    """Make a decision golden: its answer is known. It leaves the audit, if it was drawn and nobody has looked.

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
    """Return by person how often their answers to golden decisions were the known ones."""
    golden, given = tables.golden.c, tables.looks.c
    same = sa.func.sum(sa.case((given.right == golden.right, 1), else_=0))
    asked = sa.select(given.by, same, sa.func.count()).join(tables.golden, golden.decision_id == given.decision_id)
    return {by: Share(int(hits), int(of)) for by, hits, of in rows.execute(asked.group_by(given.by))}


def _golden_for(rows: Rows, by: Actor) -> dict[str, Any] | None:
    golden, given = tables.golden.c, tables.looks.c
    answered = sa.select(given.decision_id).where(given.by == by)
    asked = sa.select(golden.decision_id).where(golden.decision_id.not_in(answered), golden.made_by != by)
    known = rows.scalar(asked.order_by(golden.made_at).limit(1))
    if known is None:
        return None
    record = rows.scalar(sa.select(tables.decisions.c.record).where(tables.decisions.c.decision_id == known))
    return None if record is None else _blind(record)


def _blind(record: dict[str, Any]) -> dict[str, Any]:
    return {name: held for name, held in record.items() if name not in HIDDEN}
