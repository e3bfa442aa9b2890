"""Orders of authorities, as they are stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from cartellino.appeals.orders import Entry, Held, Order, latest_first
from cartellino.storage import tables
from cartellino.storage.database import Rows


def by_id(rows: Rows, order: str) -> Held | None:
    """Return an order."""
    found = _folded(rows.execute(_entries().where(tables.order_entries.c.order_id == order)))
    return found[0] if found else None


def every(rows: Rows) -> list[Held]:
    """Return all orders: those in force first, then the latest."""
    return latest_first(_folded(rows.execute(_entries())))


def _entries() -> sa.Select[Any]:
    return sa.select(tables.order_entries).order_by(tables.order_entries.c.number)


def _folded(rows: Iterable[sa.Row[Any]]) -> list[Held]:
    found: dict[str, list[sa.Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.order_id, []).append(row)
    return [
        Held(id=identity, order=msgspec.convert(_latest(lines), Order),
             timeline=tuple(Entry(line.at, line.state, line.by, line.note, _refused(line)) for line in lines))
        for identity, lines in found.items()
    ]  # fmt: skip


def _latest(lines: Sequence[sa.Row[Any]]) -> dict[str, Any]:
    """Return the order as it was read last: a person may say what a mail asks for."""
    written: list[dict[str, Any]] = [line.data for line in lines if line.data is not None and "country" in line.data]
    return written[-1]


def _refused(line: sa.Row[Any]) -> tuple[str, ...]:
    return tuple(line.data["refused"]) if line.data is not None and "refused" in line.data else ()
