"""Pending acts: a change to rows about people, keys or legal holds leaves its act in the same transaction.

The service carries the act out next. So every change has its row in the ledger, even when the process is killed between
the two, or when another process (a command that runs beside the service) made the change.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from cartellino.commands.projection import KIND_OF, KINDS
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.enforcement.acts import Act, Record
from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.actors import Actor
from cartellino.vocabulary.times import Instant


def leave(rows: Rows, kind: type[Act], at: Instant, by: Actor, why: str, **data: Any) -> None:
    """Leave an act to be carried out, in the transaction of the change that it records."""
    record = {"at": at, "by": by, "why": why, "kind": KIND_OF[kind], "data": data}
    rows.execute(sa.insert(tables.pending_acts).values(**record))


def leave_record(rows: Rows, at: Instant, by: Actor, what: str, subject: str, why: str = "") -> None:
    """Leave a row of the ledger to be written."""
    leave(rows, Record, at, by, why, what=what, subject=subject)


def carry_out(unit: UnitOfWork) -> int:
    """Carry out the pending acts in their order; return how many there were."""
    waiting = unit.read(sa.select(tables.pending_acts).order_by(tables.pending_acts.c.number))
    for row in waiting:
        unit.act(KINDS[row.kind], row.why, at=row.at, by=Actor(row.by), **row.data)
        unit.change(sa.delete(tables.pending_acts).where(tables.pending_acts.c.number == row.number))
    return len(waiting)
