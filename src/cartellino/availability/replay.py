"""What the service would have said: levels and causes from rows alone, in whatever order and batches they came.

>>> list(replay([]))
[]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from cartellino.availability.baseline import BUCKET, PER_DAY
from cartellino.availability.monitor import Moment, Monitor
from cartellino.availability.rows import Row

LONGEST_GAP = 14 * PER_DAY
"""Buckets without any row after which the past is another matter: what was known is forgotten and begun anew."""


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Return rows by time, each id of a kind once.

    Rows that say the same instant come by kind and id; of rows with the same id the earliest counts.
    """
    found: dict[tuple[str, str], Row] = {}
    for row in rows:
        held = found.setdefault((type(row).__name__, row.id), row)
        if held is not row and _place(row) < _place(held):
            found[type(row).__name__, row.id] = row
    return [row for _, row in sorted(found.items(), key=lambda one: (one[1].time, *one[0]))]


def _place(row: Row) -> tuple[int, bytes]:
    return row.time, msgspec.json.encode(row)


def replay(rows: Iterable[Row]) -> Iterator[Moment]:
    """Yield what every quarter of an hour from the first row to the last has brought."""
    monitor, bucket = Monitor(), -1
    for row in in_order(rows):
        at = row.time // BUCKET
        if bucket < 0:
            bucket = at
        if at - bucket > LONGEST_GAP:
            yield from _until(monitor, bucket, bucket + PER_DAY)
            monitor, bucket = _anew(monitor), at
        yield from _until(monitor, bucket, at)
        bucket = max(bucket, at)
        monitor.take(row)
    if bucket >= 0:
        yield monitor.close(bucket)


def _until(monitor: Monitor, bucket: int, end: int) -> Iterator[Moment]:
    for one in range(bucket, end):
        yield monitor.close(one)


def _anew(before: Monitor) -> Monitor:
    """Return a monitor that keeps what stands whatever the gap: announcements."""
    monitor = Monitor()
    for one in before.announcements:
        monitor.take(one)
    return monitor
