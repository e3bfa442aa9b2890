"""Rows of the ledger about people and keys, which are changed beside the writer.

A change writes down what was done in its own transaction; the writer carries that over into the ledger, each row once.
So no change is without its row, also when the writer cannot work just then, and the command line can write rows while
the service runs.
"""

from __future__ import annotations

import sqlalchemy as sa

from cartellino.enforcement.acts import Record
from cartellino.service.desk import Desk
from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.times import MINUTE, Instant, show_instant

AT_ONCE = 200
"""Rows that are carried over in one piece of work."""


def add(rows: Rows, at: Instant, by: str, what: str, subject: str, why: str = "") -> None:
    """Write down what was done to whom, by whom and why; the ledger has it a little later."""
    record = {"at": at, "by": by, "what": what, "subject": subject, "why": why}
    rows.execute(sa.insert(tables.unrecorded).values(**record))


def carry_over(desk: Desk) -> int:
    """Write into the ledger what was written down, oldest first; return how many rows."""
    waiting = desk.read(sa.select(tables.unrecorded).order_by(tables.unrecorded.c.number).limit(AT_ONCE))
    for one in waiting:
        late = f" (done at {show_instant(one.at)})" if desk.now > one.at + MINUTE else ""
        desk.by = one.by
        desk.act(Record, f"{one.why}{late}".strip(), what=one.what, subject=one.subject)
        desk.change(sa.delete(tables.unrecorded).where(tables.unrecorded.c.number == one.number))
    return len(waiting)
