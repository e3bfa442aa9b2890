"""Incidents, as their timelines are stored."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import sqlalchemy as sa

from cartellino.availability.incident import Entry, Incident, Scope, worst_first
from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.times import Instant


def by_id(rows: Rows, incident: str) -> Incident | None:
    """Return an incident."""
    found = _folded(rows.execute(_entries().where(tables.incident_entries.c.incident_id == incident)))
    return found[0] if found else None


def running(rows: Rows) -> list[Incident]:
    """Return the incidents that are not over, the severest first."""
    entries = tables.incident_entries.c
    last = sa.select(sa.func.max(entries.number)).group_by(entries.incident_id)
    lasting = sa.select(entries.incident_id).where(entries.number.in_(last), entries.state.not_in(_OVER))
    return worst_first(_folded(rows.execute(_entries().where(entries.incident_id.in_(lasting)))))


def since(rows: Rows, at: Instant) -> list[Incident]:
    """Return the incidents of which anything was written since an instant, as `worst_first` has them."""
    entries = tables.incident_entries.c
    lately = sa.select(entries.incident_id).where(entries.at >= at)
    return worst_first(_folded(rows.execute(_entries().where(entries.incident_id.in_(lately)))))


_OVER = ("resolved", "post_mortem")


def _entries() -> sa.Select[Any]:
    return sa.select(tables.incident_entries).order_by(tables.incident_entries.c.number)


def _folded(rows: Iterable[sa.Row[Any]]) -> list[Incident]:
    found: dict[str, list[sa.Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.incident_id, []).append(row)
    return [
        Incident(id=identity, service=lines[0].service, timeline=tuple(map(_entry, lines)))
        for identity, lines in found.items()
    ]


def _entry(row: sa.Row[Any]) -> Entry:
    scope = None if row.scope is None else msgspec.convert(row.scope, Scope)
    return Entry(row.at, row.state, row.by, row.note, scope, row.public)
