"""Lets an intake know the rows of a log: those of finished segments by the files beside them, the others by reading.

A file is written when a segment is finished, from what the intake had in memory. It is derived from its segment: where
it is missing, torn or of other rows, it is made anew by reading the segment, and if it cannot be written, it is kept in
memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from cartellino.events.intake import DISORDER
from cartellino.events.logged import LOGGED
from cartellino.kernel.arrays import Array, growing, grown, zeros
from cartellino.kernel.columns import integers
from cartellino.pipeline.indexed_log import IndexedLog
from cartellino.pipeline.known_rows import FinishedRows
from cartellino.storage.digest_file import Heard, SegmentDigests, read_digests, write_digests
from cartellino.storage.faults import WriteFailed
from cartellino.storage.files import Files
from cartellino.storage.segments import SegmentLog

if TYPE_CHECKING:
    from cartellino.pipeline.intake import Arrivals

_ROWS_OF_A_BLOCK = 32
"""Rows for each block of 64 bytes of a filter: two bytes a row."""

_MANY = 1 << 16
"""Rows of a source from which on those before its last minute are dropped."""


class SourceRows(NamedTuple):
    """Rows of one source, as they are in the log: their digests, and the codes of their ids, their times, and their
    digests without what the service stamped.
    """

    source: str
    digests: Array
    ids: Array
    times: Array
    marks: Array


class _Recent:
    """The rows of a source in the minute before its latest time."""

    def __init__(self) -> None:
        self._latest = 0
        self._parts: list[Array] = []
        self._size = 0

    def add(self, rows: SourceRows) -> None:
        self._latest = max(self._latest, int(rows.times.max()))
        at = np.flatnonzero(rows.times >= self._latest - DISORDER)
        self._parts.append(np.stack([rows.ids[at], rows.times[at], rows.marks[at]], axis=1))
        self._size += len(at)
        if self._size > _MANY:
            self._parts = [self._now()]
            self._size = min(len(self._parts[0]), _MANY // 2)  # so that a busy minute is not copied for each batch

    def heard(self, name: str) -> Heard:
        return Heard(name, self._latest, self._now())

    def _now(self) -> Array:
        rows = np.concatenate(self._parts)
        return np.ascontiguousarray(rows[rows[:, 1] >= self._latest - DISORDER])


class _Growing:
    """What will be in the file of a segment: its first number, and the number behind its last row so far."""

    def __init__(self, first: int) -> None:
        self.first = self.due = first
        # One array that grows in place: many small ones that stay would let the rest of the memory fray.
        self._digests, self._size = growing(_MANY, 1, np.int64), 0
        self._sources: dict[str, _Recent] = {}
        self._earliest, self._latest = 1, 0

    def add(self, rows: SourceRows) -> None:
        earliest, latest = int(rows.times.min()), int(rows.times.max())
        is_first, end = self._size == 0, self._size + len(rows.digests)
        self._earliest = earliest if is_first else min(self._earliest, earliest)
        self._latest = latest if is_first else max(self._latest, latest)
        self._digests = grown(self._digests, end)
        self._digests[self._size : end, 0] = rows.digests
        self._size = end
        self._sources.setdefault(rows.source, _Recent()).add(rows)

    def finished(self, arrivals: Arrivals) -> SegmentDigests:
        ordered = np.sort(self._digests[: self._size, 0])
        blocks = zeros(-(-len(ordered) // _ROWS_OF_A_BLOCK), 8, np.int64)
        with np.errstate(over="ignore"):
            arrivals.core.fill_filter(ordered, blocks)
        ordered.flags.writeable = blocks.flags.writeable = False  # as those of a file are
        sources = [recent.heard(name) for name, recent in self._sources.items()]
        return SegmentDigests(self._earliest, self._latest, ordered, blocks, sources)


class LogDigests:
    """The digests of one log, for one intake."""

    def __init__(self, arrivals: Arrivals, events: IndexedLog, folder: Path, files: Files) -> None:
        """`folder` is that of the log's segments."""
        self._arrivals, self._events, self._folder, self._files = arrivals, events, folder, files
        self._sample = arrivals.sample()
        self._growing = _Growing(1)

    @property
    def _log(self) -> SegmentLog:
        return self._events.log

    def begin(self) -> None:
        """Let the intake know all rows of the log; only the segment that grows is read, and those without a file."""
        for first, last in self._log.finished():
            rows = self._of_finished(first, last)
            for heard in rows.digests.sources:
                self._arrivals.hear(heard)
            self._arrivals.known.finished.append(rows)
        self._growing = _Growing(self._log.growing)
        for batch in self._log.read_between(self._growing.first, self._log.last):
            for rows_of_source in self._read(self._growing, batch):
                self._arrivals.learn(rows_of_source)

    def logged(self, parts: list[SourceRows], first: int, last: int) -> None:
        """Take rows that were just appended to the log, with the numbers `first` to `last`."""
        if self._log.growing > self._growing.first:
            self._finish()
        if self._growing.due == first:  # else it is read from the segment when that is finished
            self._growing.due = last + 1
            for part in parts:
                self._growing.add(part)

    def _finish(self) -> None:
        """Write the files of what is finished since, and let the rows leave the intake's memory."""
        for first, last in self._log.finished():
            if first >= self._growing.first:
                whole = first == self._growing.first and self._growing.due == last + 1
                digests = self._growing.finished(self._arrivals) if whole else self._made(first, last)
                self._write(first, last, digests)
                self._arrivals.forget_finished(FinishedRows(digests))
        self._growing = _Growing(self._log.growing)

    def _of_finished(self, first: int, last: int) -> FinishedRows:
        stamp = self._log.segment(first).stamp(last)
        digests = read_digests(self._files, self._folder, stamp, self._sample)
        if digests is None:
            return FinishedRows(self._made_and_written(first, last))
        return FinishedRows(digests, partial(self._made_and_written, first, last))

    def _made_and_written(self, first: int, last: int) -> SegmentDigests:
        digests = self._made(first, last)
        self._write(first, last, digests)
        return digests

    def _made(self, first: int, last: int) -> SegmentDigests:
        """Make the digests of a segment from its rows."""
        made = _Growing(first)
        for batch in self._log.read_between(first, last):
            for _ in self._read(made, batch):
                pass
        return made.finished(self._arrivals)

    def _write(self, first: int, last: int, digests: SegmentDigests) -> None:
        with suppress(WriteFailed, OSError):
            stamp = self._log.segment(first).stamp(last)
            write_digests(self._files, self._folder, stamp, self._sample, digests)

    def _read(self, segment: _Growing, batch: pa.RecordBatch) -> Iterator[SourceRows]:
        """Add rows of the log, and yield them by source."""
        for rows in by_source(self._arrivals, batch.select(LOGGED.names), batch.column("source")):
            segment.add(rows)
            yield rows
        segment.due = batch.column("sequence")[-1].as_py() + 1


def by_source(arrivals: Arrivals, batch: pa.RecordBatch, sources: pa.Array) -> Iterator[SourceRows]:
    """Yield rows of the log, with the source of each, by source."""
    if not batch.num_rows:
        return
    named = sources.dictionary_encode()
    if len(named.dictionary) == 1:
        yield arrivals.rows_of(named.dictionary[0].as_py(), batch)
        return
    numbers = named.indices.to_numpy()
    for number, name in enumerate(named.dictionary.to_pylist()):
        yield arrivals.rows_of(name, batch.take(pa.array(np.flatnonzero(numbers == number))))


def times_of(batch: pa.RecordBatch) -> Array:
    """Return the times of rows in ms, as an array of their own."""
    return np.array(integers(batch.column("time")))
