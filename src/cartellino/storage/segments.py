"""The event log: an append-only sequence of batches, each durable when `append` returns.

It is a folder of segments (see `segment`), each an Arrow IPC stream that DuckDB, Polars and Spark can read. One process
writes, any number may read. A writer locks the folder while it writes, and first checks that the log is as it left it,
so that a second writer, or retention that rewrites a segment, can delay an append but never damage the log.

>>> import tempfile
>>> schema = pa.schema([("sequence", pa.int64()), ("kind", pa.string())])
>>> log = SegmentLog(Path(tempfile.mkdtemp()), schema)
>>> log.append(pa.record_batch([pa.array([1, 2, 3]), pa.array(["read", "read", "blocked"])], schema=schema))
>>> log.last, [batch.column("sequence").to_pylist() for batch in log.read(after=1)]
(3, [[2, 3]])
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from cartellino.storage.columns import check_readable, check_types, conform, narrowed, used_in
from cartellino.storage.faults import DamagedLog
from cartellino.storage.files import DISK, Files
from cartellino.storage.forms import Forms, Number, encoded, form_for, numbered, plain
from cartellino.storage.frames import Scratch, seal_batch, seal_schema
from cartellino.storage.growing import cut, grow, make_folder
from cartellino.storage.segment import Segment, begins, name_of
from cartellino.vocabulary.refusals import BadArgument

ROLL = 160 * 1024 * 1024
"""Size of a segment in bytes, above which a new one is begun: about a million events, whose digests are in memory."""


class _Tail(NamedTuple):
    """The segment that grows: its first number, the offset behind its last whole frame, the last number of the log."""

    begin: int
    end: int
    last: int
    schema: pa.Schema | None = None
    """The columns that it stores; `None` if it has none yet, or others than this log."""


class SegmentLog:
    """A folder of segments, created with the first batch. Two threads must not append at the same time."""

    def __init__(
        self,
        folder: Path,
        schema: pa.Schema,
        files: Files = DISK,
        *,
        roll: int = ROLL,
        compression: str | None = None,
        forms: Forms | None = None,
        number: Number = numbered,
    ) -> None:
        """Open a log: check its last segment, and cut off what was never acknowledged.

        `schema` begins with `sequence`, int64, and has no dictionary types; `roll` is the size of a segment in bytes;
        `compression` is `None`, `"lz4"` or `"zstd"`; `forms` are the types with which new segments store columns, where
        their values allow it, and `number` makes dictionaries. Raises `DamagedLog` if acknowledged rows are damaged,
        `BadArgument` if the schema is not allowed.
        """
        check_types(schema)
        self._folder, self._schema, self._files = folder, schema, files
        self._roll, self._compression, self._forms = roll, compression, forms or {}
        self._number = number
        self._scratch = Scratch()
        self._tail = _Tail(1, 0, 0)
        self._used = frozenset[str]()  # columns that this object has written a value of, in the segment that grows
        self._tried = 0  # the size of the growing segment after the latest attempt to write, even a failed one
        if begins(files, folder):
            with files.lock(folder):
                self._reopen()

    @property
    def schema(self) -> pa.Schema:
        """The columns of every batch."""
        return self._schema

    @property
    def last(self) -> int:
        """The sequence number of the last durable row, 0 if there is none."""
        return self._tail.last

    def finished(self) -> list[tuple[int, int]]:
        """Return the first and last number of every segment to which nothing will be added."""
        return [span for span in self.spans() if span[0] < self._tail.begin]

    @property
    def growing(self) -> int:
        """The first number of the segment to which the next rows are added."""
        return self._tail.begin

    def segment(self, first: int) -> Segment:
        """Return the segment that begins with a number."""
        return Segment(self._files, self._folder, first)

    def append(self, batch: pa.RecordBatch) -> None:
        """Append a batch as one frame, which is durable when this returns; a batch without rows is ignored.

        Raises `BadArgument` if its columns are not those of the log or its numbers do not continue from `last`;
        `DiskFull` or `WriteFailed` if it cannot be written. Then the log is unchanged, and the same batch may be
        appended again.
        """
        if batch.num_rows == 0:
            return
        if self._tail.end == 0:
            make_folder(self._files, self._folder)
        with self._files.lock(self._folder):
            self._notice_changes()
            self._check(batch)
            self._write(batch)

    def read(self, after: int = 0) -> Iterator[pa.RecordBatch]:
        """Yield the rows with a number above `after`, oldest first, without copying them.

        Raises `DamagedLog` at the first damaged frame.
        """
        return self.read_between(after + 1, self.last)

    def read_between(self, first: int, last: int) -> Iterator[pa.RecordBatch]:
        """Yield the rows numbered `first` to `last`, as `read` does; only the batches that contain them are read."""
        for begin, end in self.spans(max(first, 1), min(last, self.last)):
            segment = self.segment(begin)
            yield from self._rows(segment, max(first, 1), min(last, end))

    def spans(self, first: int = 1, last: int | None = None) -> list[tuple[int, int]]:
        """Return the first and last number of every segment that overlaps `first` to `last`.

        Raises `DamagedLog` if the log begins later than `first`.
        """
        last = self.last if last is None else last
        if first > last:
            return []
        numbers = begins(self._files, self._folder)
        if not numbers or numbers[0] > first:
            raise DamagedLog(self._folder / name_of(first), 0, f"rows from {first} on are missing")
        ends = [number - 1 for number in numbers[1:]] + [self.last]
        spans = list(zip(numbers, ends, strict=True))[bisect_right(numbers, first) - 1 :]
        return [span for span in spans if span[0] <= last]

    def _rows(self, segment: Segment, first: int, last: int) -> Iterator[pa.RecordBatch]:
        schema = segment.schema()
        check_readable(schema, self._schema, segment.path)
        for frame in segment.frames(last):
            if frame.last >= first:
                batch = _between(conform(segment.batch(frame, schema), self._schema), first, last)
                if batch.num_rows:
                    yield batch

    def _check(self, batch: pa.RecordBatch) -> None:
        if not batch.schema.equals(self._schema):
            raise BadArgument(f"the columns of a batch are not those of the log in {self._folder}")
        numbers, due = batch.column(0), self.last + 1
        if numbers.null_count or not np.array_equal(numbers, np.arange(due, due + batch.num_rows)):
            raise BadArgument(
                f"the log in {self._folder} goes on with row {due}, and a batch has to number its rows from there, "
                f"one by one; this one begins with {numbers[0]}"
            )

    def _write(self, batch: pa.RecordBatch) -> None:
        last, used = self.last + batch.num_rows, self._used | used_in(batch)
        tail, rows = self._fitting(batch, used)
        frame = self._frame(rows)
        if tail.begin <= self.last and tail.end + len(frame) > self._roll:
            tail, rows = self._new_tail(batch, used)
            frame = self._frame(rows)
        self._used = used if tail.begin == self._tail.begin else used_in(batch)
        tail = self._tail = self._begun(tail)
        end = self._grow(tail, frame)
        self._tail = tail._replace(end=end, last=last)  # one assignment, since a signal may come between any two

    def _frame(self, rows: pa.RecordBatch) -> memoryview:
        return seal_batch(rows, self.last + 1, self.last + rows.num_rows, self._compression, self._scratch)

    def _fitting(self, batch: pa.RecordBatch, used: frozenset[str]) -> tuple[_Tail, pa.RecordBatch]:
        """Return the segment with the rows as it stores them, or a new, empty one: if it lacks a column, or the
        values of a column do not fit its form.

        A segment that has no rows yet, since its first frame could not be written, is begun anew.
        """
        names = frozenset(self._tail.schema.names) if self._tail.schema is not None else frozenset[str]()
        if self._tail.schema is not None and used <= names:
            rows = encoded(batch, self._tail.schema, self._number)
            if rows is not None:
                return self._tail, rows
        if self._tail.begin > self.last and self._tail.end:
            cut(self._files, self._folder / name_of(self._tail.begin), 0)
        return self._new_tail(batch, names | used)

    def _new_tail(self, batch: pa.RecordBatch, names: frozenset[str]) -> tuple[_Tail, pa.RecordBatch]:
        """Return a new, empty segment for columns of these names, and the rows as it stores them."""
        schema = form_for(batch, narrowed(self._schema, names), self._forms, self._number)
        return _Tail(self.last + 1, 0, self.last, schema), encoded(batch, schema, self._number)

    def _begun(self, tail: _Tail) -> _Tail:
        """Write the schema of a new segment, if `tail` is one.

        It is synced by itself: a disk may write the pages of one sync in any order, and after a crash a whole batch
        behind a broken schema would be taken for damage.
        """
        if tail.end or tail.schema is None:
            return tail
        return tail._replace(end=self._grow(tail, seal_schema(tail.schema, tail.begin)))

    def _grow(self, tail: _Tail, frame: memoryview) -> int:
        path = self._folder / name_of(tail.begin)
        self._tried = tail.end + len(frame)
        try:
            return grow(self._files, path, tail.end, frame)
        except BaseException:
            self._tried = self._files.size(path)  # including what could not be truncated
            raise

    def _notice_changes(self) -> None:
        """Open the log again if it is not as this object left it."""
        size = self._files.size(self._folder / name_of(self._tail.begin))
        if begins(self._files, self._folder)[-1:] > [self._tail.begin]:
            self._reopen()
        elif self._tail.end < size <= self._tried:  # a write failed, and so did truncating what it had written
            cut(self._files, self._folder / name_of(self._tail.begin), self._tail.end)
        elif size != self._tail.end:
            self._reopen()

    def _reopen(self) -> None:
        """Verify the last segment, cut off what was never acknowledged, and continue after it."""
        segment = Segment(self._files, self._folder, begins(self._files, self._folder)[-1])
        end = segment.end()
        if end.last < self.last:
            raise DamagedLog(segment.path, end.offset, f"row {self.last} had been written and is missing")
        cut(self._files, segment.path, end.offset)
        schema = segment.schema() if end.offset else None
        ours = schema is not None and plain(schema, self._schema).equals(
            narrowed(self._schema, frozenset(schema.names))
        )
        self._tail = _Tail(segment.first, end.offset, end.last, schema if ours else None)
        self._used = frozenset()


class Checked(NamedTuple):
    """The number of rows in a log, its last sequence number, and the number of unacknowledged bytes behind it."""

    rows: int
    last: int
    torn: int


def check(folder: Path, files: Files = DISK) -> Checked:
    """Read a whole log and verify every checksum, without changing anything; it may be written to meanwhile.

    Raises `DamagedLog` if acknowledged rows are damaged.
    """
    numbers = begins(files, folder)
    if numbers and numbers[0] != 1:
        raise DamagedLog(folder / name_of(1), 0, "rows from 1 on are missing")
    rows, last, torn = 0, 0, 0
    for number, following in zip(numbers, [*numbers[1:], None], strict=False):
        segment = Segment(files, folder, number)
        end = segment.end() if following is None else None
        last = end.last if end is not None else (following or 1) - 1
        torn = segment.size - end.offset if end is not None else 0
        if last >= number:
            schema = segment.schema()
            rows += sum(segment.batch(frame, schema).num_rows for frame in segment.frames(last))
    return Checked(rows, last, torn)


def _between(batch: pa.RecordBatch, first: int, last: int) -> pa.RecordBatch:
    """Return the rows numbered `first` to `last`; retention may have left gaps in the numbers, which are ascending."""
    begin, end = np.searchsorted(batch.column(0), [first, last + 1])
    return batch.slice(begin, end - begin)
