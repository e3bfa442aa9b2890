"""What the service would have said: levels and causes from rows alone, in whatever order and batches they came.

>>> list(replay([]))
[]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from cartellino.availability.baseline import BUCKET, PER_DAY
from cartellino.availability.monitor import Moment, Monitor
from cartellino.availability.rows import Change, Row
from cartellino.vocabulary.times import Instant

LONGEST_GAP = 14 * PER_DAY
"""Buckets without any row after which the past is another matter: what was known is forgotten and begun anew."""


def place(row: Row) -> tuple[Instant, str, str, bytes]:
    """Return what rows are ordered by: their time; at the same instant kind, id and content."""
    return row.time, type(row).__name__, row.id, msgspec.json.encode(row)


def identity_of(row: Row) -> tuple[str, str, str]:
    """Return what makes a row the same row: its kind and id, of a change also its source, within which ids are unique.

    Other rows do not name the source that they come from.
    """
    return type(row).__name__, row.source if isinstance(row, Change) else "", row.id


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Return rows by time, each once; of rows with the same identity the earliest counts."""
    found: dict[tuple[str, str, str], Row] = {}
    for row in rows:
        identity = identity_of(row)
        before = found.setdefault(identity, row)
        if before is not row and place(row) < place(before):
            found[identity] = row
    return sorted(found.values(), key=place)


class Stream:
    """Rows in their order, and the buckets that end between them."""

    def __init__(self) -> None:
        self.monitor = Monitor()
        self._bucket = self._latest = -1

    @property
    def has_begun(self) -> bool:
        """Whether there was a row."""
        return self._latest >= 0

    def take(self, row: Row) -> list[Moment]:
        """Take a row; return what the buckets have brought that ended before it."""
        at = row.time // BUCKET
        moments = self.close_until(at) if self.has_begun and at > self._bucket else []
        if self.has_begun and at - self._latest > LONGEST_GAP:
            self.monitor = _anew(self.monitor)
        self._bucket = max(self._bucket, at)
        self._latest = max(self._latest, at)
        self.monitor.take(row)
        return moments

    def close_until(self, bucket: int) -> list[Moment]:
        """End every bucket before one; a day of them where nothing has come for too long, which leaves nothing."""
        end = bucket if bucket - self._latest <= LONGEST_GAP else min(bucket, self._latest + PER_DAY)
        moments = [self.monitor.close(number) for number in range(self._bucket, end)]
        self._bucket = max(self._bucket, bucket)
        return moments

    def end(self) -> list[Moment]:
        """End the bucket of the latest row."""
        return self.close_until(self._latest + 1) if self.has_begun else []


def replay(rows: Iterable[Row]) -> Iterator[Moment]:
    """Yield what every quarter of an hour from the first row to the last has brought."""
    stream = Stream()
    for row in in_order(rows):
        yield from stream.take(row)
    yield from stream.end()


def _anew(before: Monitor) -> Monitor:
    """Return a monitor that keeps what stands whatever the gap: announcements."""
    monitor = Monitor()
    for one in before.announcements:
        monitor.take(one)
    return monitor
