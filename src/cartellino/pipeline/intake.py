"""Decides which rows of a chunk are accepted: late, future and repeated ones are refused.

Each source is judged by its own times and ids; rows that the log has already are recognised by their digests. This is
the vectorised form of `events.intake`, which defines the rules for one event.

>>> from cartellino.events.event import Event
>>> from cartellino.kernel.machine import core
>>> from cartellino.events.logged import to_logged
>>> arrivals = Arrivals(Coder(), now=100_000, core=core(native=False))
>>> log = [Event(id=one, time=90_000, kind="read", account="a") for one in ("e1", "e2", "e1")]
>>> taken = arrivals.accept(to_logged(log), np.arange(3), "sent.ndjson")
>>> taken.numbers.tolist(), [one.code for one in taken.rejections]
([0, 1], ['duplicate'])
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from cartellino.events.event import Event, row
from cartellino.events.intake import AHEAD, DISORDER, again, future, late
from cartellino.events.logged import LOGGED, events_of, to_logged
from cartellino.events.rejection import Rejection
from cartellino.events.validation import Fault
from cartellino.kernel.arrays import Array, zeros
from cartellino.kernel.codes import Coder
from cartellino.kernel.columns import codes_of, valid_bits
from cartellino.kernel.native import arrivals
from cartellino.pipeline.indexed_log import IndexedLog
from cartellino.pipeline.known_rows import FinishedRows, KnownRows
from cartellino.pipeline.log_digests import LogDigests, SourceRows, by_source, times_of
from cartellino.storage.digest_file import Heard
from cartellino.storage.files import Files
from cartellino.vocabulary.times import Instant

COLUMN_MARKS = {name: number for number, name in enumerate(LOGGED.names, start=1)}
"""A number for each column, so that equal values of two columns give different digests."""


class Codes(NamedTuple):
    """The codes of the ids of rows, and the digests of rows without what the service stamps."""

    ids: Array
    marks: Array


class Taken(NamedTuple):
    """The result for a chunk: the accepted events, their row numbers in the source, the refused rows, how many rows
    were skipped because the log has them already (`in_log`), and the codes of the accepted ones.
    """

    batch: pa.RecordBatch
    numbers: Array
    rejections: list[Rejection]
    in_log: int
    codes: Codes


class Source:
    """What is remembered of a source: its latest time and the ids of the minute before it.

    Where its past was imported (`keeps`), all ids are remembered. `figures` are the latest time and the number of ids;
    `ids` is their hash table, with the columns id, time and digest.
    """

    def __init__(self) -> None:
        """Start with nothing."""
        self.keeps = False
        self.figures = np.zeros(2, np.int64)
        self.ids = zeros(256, 3, np.int64)


class Arrivals:
    """All sources, and the rows of the log (`known`)."""

    def __init__(self, coder: Coder, now: Instant, *, core: SimpleNamespace, knows: bool = False) -> None:
        """`now` is the caller's clock, `core` the kernel's fixed functions. With `knows`, a row that is in the log
        already is skipped, from whichever source it comes.
        """
        self.now = now
        self.sources: dict[str, Source] = {}
        self.known = KnownRows()
        self._log: LogDigests | None = None
        self._knows = knows
        self._coder = coder
        self.core = core

    def accept(self, batch: pa.RecordBatch, numbers: Array, source: str, *, past: bool = False) -> Taken:
        """Return the accepted rows of a chunk (schema `LOGGED`), in their order, and the refused ones.

        With `past`, no row is late, and the source's ids are remembered for good.
        """
        with np.errstate(over="ignore"):
            codes = self.codes(batch)
            verdicts, newest = self._admit(batch, codes, self.sources.setdefault(source, Source()), past=past)
        kept = np.flatnonzero(verdicts == arrivals.TAKEN)
        in_log = int((verdicts == arrivals.HELD).sum())
        if len(kept) == batch.num_rows:
            return Taken(batch, numbers, [], in_log, codes)
        refused = np.flatnonzero(verdicts > arrivals.HELD)
        rejections = [
            Rejection(source, int(numbers[at]), (self._fault(event, int(verdicts[at]), int(newest[at])),), row(event))
            for at, event in zip(refused, events_of(batch.take(pa.array(refused))), strict=True)
        ]
        codes = Codes(codes.ids[kept], codes.marks[kept])
        return Taken(batch.take(pa.array(kept)), numbers[kept], rejections, in_log, codes)

    def reached(self, source: str) -> Instant:
        """Return the latest time that a source has sent, 0 if it has sent nothing."""
        return int(self.sources[source].figures[0]) if source in self.sources else 0

    def follow(self, events: IndexedLog, folder: Path, files: Files) -> None:
        """Know the rows of a log, which earlier runs accepted, and from now on those that `logged` is told of."""
        self._log = LogDigests(self, events, folder, files)
        self._log.begin()

    def logged(self, parts: Sequence[tuple[str, pa.RecordBatch, Codes]], first: int) -> None:
        """Take note of rows of several sources that were appended to the log, with numbers from `first` on."""
        if self._log is not None:
            rows = [self._rows(source, batch, codes) for source, batch, codes in parts]
            self._log.logged(rows, first, first + sum(len(part.digests) for part in rows) - 1)

    def logged_together(self, batch: pa.RecordBatch, sources: pa.Array, first: int) -> None:
        """Take note of rows that were appended to the log, with the source of each."""
        if self._log is not None:
            self._log.logged(list(by_source(self, batch, sources)), first, first + batch.num_rows - 1)

    def learn(self, rows: SourceRows) -> None:
        """Remember rows of the log that an earlier run accepted."""
        with np.errstate(over="ignore"):
            self.known.add(self.core, rows.digests)
        self.hear(Heard(rows.source, int(rows.times.max()), np.stack([rows.ids, rows.times, rows.marks], axis=1)))

    def hear(self, heard: Heard) -> None:
        """Remember what a source has sent: its latest time, and rows of the minute before it."""
        source = self.sources.setdefault(heard.name, Source())
        self._make_room_for_ids(len(heard.rows), source)
        self.core.learn_ids(np.array(heard.rows), source.ids, source.figures)
        source.figures[0] = max(source.figures[0], heard.latest)

    def forget_finished(self, segment: FinishedRows) -> None:
        """Let rows leave the memory that a finished segment has."""
        with np.errstate(over="ignore"):
            self.known.finish(self.core, segment)

    def rows_of(self, source: str, batch: pa.RecordBatch) -> SourceRows:
        """Return what rows of the log, all of one source, are known by."""
        with np.errstate(over="ignore"):
            return self._rows(source, batch, self.codes(batch))

    def _rows(self, source: str, batch: pa.RecordBatch, codes: Codes) -> SourceRows:
        with np.errstate(over="ignore"):
            digests = self.digests(batch.select(["credit"]), codes.marks)
        return SourceRows(source, digests, codes.ids, times_of(batch), codes.marks)

    def sample(self) -> int:
        """Return the digest of a fixed row, which differs with the salt and with the way digests are computed."""
        fixed = Event(id="1", time=1, kind="reported", account="a", peer="p", known=True, credit=1, own={"x_n": 1})
        with np.errstate(over="ignore"):
            return int(self.digests(to_logged([fixed]))[0])

    def codes(self, batch: pa.RecordBatch) -> Codes:
        """Return the codes of rows: `marks` recognise a retry within the source."""
        # The service stamps the credit, so a retry has none.
        return Codes(self._codes(batch.column("id")), self.digests(batch.drop_columns(["credit"])))

    def _admit(self, batch: pa.RecordBatch, codes: Codes, source: Source, *, past: bool = False) -> tuple[Array, Array]:
        size = batch.num_rows
        source.keeps = source.keeps or past
        self._make_room_for_ids(size, source)
        times = times_of(batch)
        digests, held = np.zeros(size, np.int64), np.zeros(size, np.int8)
        if self._knows:  # digests recognise a row of the log from any source
            self.known.make_room(self.core, size)
            digests = self.digests(batch.select(["credit"]), codes.marks)
            held = self.known.in_finished(self.core, digests, times)
        newest, out = np.zeros(size, np.int64), np.zeros(size, np.int8)
        disorder = np.iinfo(np.int64).max // 2 if past else DISORDER
        self.core.admit(
            digests, held, codes.ids, codes.marks, times, self.now, AHEAD, disorder, int(self._knows),
            self.known.cells, self.known.counts, source.ids, source.figures, newest, out,
        )  # fmt: skip
        return out, newest

    def digests(self, batch: pa.RecordBatch, before: Array | None = None) -> Array:
        """Return a 64-bit digest of all columns of each row; two different rows collide once in 10^19.

        `before` are digests of other columns of the rows, which the digests then cover as well.
        """
        digests = np.full(batch.num_rows, 1, np.int64) if before is None else before.copy()
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            if column.null_count < len(column):
                self._mark(column, COLUMN_MARKS[name], digests)
        return digests

    def _mark(self, column: pa.Array, mark: int, digests: Array) -> None:
        """Mix a column into digests."""
        if pa.types.is_string(column.type):
            self.core.mark_codes(self._codes(column), mark, digests)
            return
        bits = valid_bits(column)
        if pa.types.is_boolean(column.type):
            self.core.mark_truths(np.frombuffer(column.buffers()[1], np.uint8), bits, column.offset, mark, digests)
        else:
            values = np.frombuffer(column.buffers()[1], np.int64)[column.offset : column.offset + len(column)]
            self.core.mark_numbers(values, bits, column.offset, mark, digests)

    def _codes(self, column: pa.Array) -> Array:
        return codes_of(column, self._coder, self.core)

    def _make_room_for_ids(self, size: int, source: Source) -> None:
        if 2 * (source.figures[1] + size) > source.ids.shape[0]:
            since = 1 if source.keeps else min(int(source.figures[0]), self.now) - DISORDER
            live = int((source.ids[:, 1] >= since).sum())
            fresh = zeros(1 << (4 * (live + size)).bit_length(), 3, np.int64)
            source.figures[1] = self.core.remember(source.ids, fresh, since)
            source.ids = fresh

    def _fault(self, event: Event, verdict: int, newest: Instant) -> Fault:
        if verdict == arrivals.FUTURE:
            return future(event, self.now)
        if verdict == arrivals.LATE:
            return late(event, newest)
        return again(event, is_retry=verdict == arrivals.DUPLICATE)
