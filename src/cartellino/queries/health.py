"""Rows of health as they are stored: reports of problems, probes, changes and announcements."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from cartellino.availability.rows import Announcement, Change, Probe, Problem
from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.times import Instant, show_instant

Sent = Problem | Probe | Change | Announcement
"""A row of health that was sent to us; events are in the log."""

KINDS: Mapping[str, type[Sent]] = MappingProxyType(
    {"problem": Problem, "probe": Probe, "change": Change, "announcement": Announcement}
)
"""Every kind by its name in the database, which stays when a class is renamed."""

_NAMES = {kind: name for name, kind in KINDS.items()}
_AT_ONCE = 500


class Key(NamedTuple):
    """What names a row: its source, its kind and its id."""

    source: str
    kind: str
    id: str


def key_of(source: str, row: Sent) -> Key:
    """Return what names a row of a source."""
    return Key(source, _NAMES[type(row)], row.id)


def stored(rows: Rows, since: Instant, until: Instant) -> Iterator[tuple[Key, Sent]]:
    """Yield the rows of a span of time, the earliest first."""
    health = tables.health.c
    span = sa.select(tables.health).where(health.at >= since, health.at < until).order_by(health.at)
    for row in rows.execute(span):
        yield Key(row.source, row.kind, row.id), msgspec.convert(row.row, KINDS[row.kind])


def earliest(rows: Rows) -> Instant | None:
    """Return the time of the earliest row."""
    first: Instant | None = rows.scalar(sa.select(sa.func.min(tables.health.c.at)))
    return first


def known(rows: Rows, keys: Iterable[Key]) -> set[Key]:
    """Return those of some keys that are stored already."""
    by_source: dict[tuple[str, str], list[str]] = {}
    for key in keys:
        by_source.setdefault((key.source, key.kind), []).append(key.id)
    return {key for (source, kind), ids in by_source.items() for key in _known_of(rows, source, kind, ids)}


def _known_of(rows: Rows, source: str, kind: str, ids: Collection[str]) -> Iterator[Key]:
    health, listed = tables.health.c, list(ids)
    for begin in range(0, len(listed), _AT_ONCE):
        among = health.id.in_(listed[begin : begin + _AT_ONCE])
        for identity in rows.scalars(sa.select(health.id).where(health.source == source, health.kind == kind, among)):
            yield Key(source, kind, identity)


def reported_by(rows: Rows, subject: str) -> list[dict[str, Any]]:
    """Return the problems that an account reported, by its pseudonym."""
    health = tables.health.c
    asked = sa.select(health.at, health.row).where(health.reporter == subject).order_by(health.at)
    return [{"time": show_instant(row.at), **_without(row.row, "reporter", "time")} for row in rows.execute(asked)]


def _without(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}
