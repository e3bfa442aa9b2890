"""Rows of health: stored once, and forgotten when they no longer say what is usual."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec
import sqlalchemy as sa

from cartellino.availability.rows import Announcement, Problem
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.queries import health
from cartellino.queries.health import Key, Sent
from cartellino.storage import tables
from cartellino.vocabulary.times import DAY, Duration

KEPT: Duration = 42 * DAY
"""How long rows are kept: six weeks say what is usual in an hour of the week. Announcements are kept for good."""


def fresh(unit: UnitOfWork, rows: Sequence[tuple[Key, Sent]]) -> list[tuple[Key, Sent]]:
    """Return the rows that are not stored yet, each key once."""
    first: dict[Key, Sent] = {}
    for key, row in rows:
        first.setdefault(key, row)
    known = unit.ask(partial(health.known, keys=first))
    return [(key, row) for key, row in first.items() if key not in known]


def store(unit: UnitOfWork, rows: Sequence[tuple[Key, Sent]]) -> None:
    """Store rows. An announcement is an act of an operator, and has its row in the ledger."""
    unit.add(tables.health, *(_record(key, row) for key, row in rows))
    for _, row in rows:
        if isinstance(row, Announcement):
            what = "announced" if row.withdraws is None else "announcement withdrawn"
            unit.record(what, row.country, f"{', '.join(row.features)}: {row.authority} ({row.source})")


def forget(unit: UnitOfWork) -> None:
    """Delete rows older than `KEPT`, but for announcements and what accounts under a legal hold reported."""
    rows, holds = tables.health.c, sa.select(tables.holds.c.subject)
    old = sa.and_(rows.at < unit.now - KEPT, rows.kind != "announcement")
    free = sa.or_(rows.reporter.is_(None), rows.reporter.not_in(holds))
    unit.change(sa.delete(tables.health).where(old, free))


def _record(key: Key, row: Sent) -> dict[str, Any]:
    return {
        **key._asdict(),
        "at": row.time,
        "service": row.service or "" if not isinstance(row, Announcement) else "",
        "country": getattr(row, "country", ""),
        "reporter": row.reporter if isinstance(row, Problem) else None,
        "row": msgspec.to_builtins(row),
    }
