"""What is stored of business senders: facts in order, and the latest snapshot of the state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from cartellino.senders.facts import Fact, read
from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.times import Instant

_FACTS = tables.sender_facts
_PAGE = 10_000


def facts_after(rows: Rows, number: int) -> Iterator[tuple[int, Fact]]:
    """Yield the facts after a number, in order."""
    while True:
        query = sa.select(_FACTS.c.number, _FACTS.c.fact).where(_FACTS.c.number > number).order_by(_FACTS.c.number)
        page = rows.execute(query.limit(_PAGE)).all()
        if not page:
            return
        for row in page:
            yield row.number, read(row.fact)
        number = page[-1].number


def facts_of(rows: Rows, kinds: Sequence[str], since: Instant, most: int = 10_000) -> list[Fact]:
    """Return the latest facts of some kinds since an instant, the oldest first."""
    query = sa.select(_FACTS.c.fact).where(_FACTS.c.kind.in_(kinds), _FACTS.c.at >= since)
    page = rows.scalars(query.order_by(_FACTS.c.number.desc()).limit(most)).all()
    return [read(fact) for fact in reversed(page)]


def last(rows: Rows) -> int:
    """Return the number of the last fact; 0 if there is none."""
    return rows.scalar(sa.select(sa.func.max(_FACTS.c.number))) or 0


def snapshot(rows: Rows, layout: str) -> tuple[int, bytes] | None:
    """Return the latest snapshot of a layout with the number of the last fact in it."""
    table = tables.sender_snapshots
    row = rows.execute(sa.select(table.c.number, table.c.state).where(table.c.layout == layout)).one_or_none()
    return None if row is None else (row.number, row.state)
