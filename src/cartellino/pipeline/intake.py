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

from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from cartellino.events.event import Event, row
from cartellino.events.intake import AHEAD, DISORDER, again, future, late
from cartellino.events.logged import LOGGED, events_of
from cartellino.events.rejection import Rejection
from cartellino.events.validation import Fault
from cartellino.kernel.arrays import Array, zeros
from cartellino.kernel.codes import Coder
from cartellino.kernel.columns import codes_of, integers, valid_bits
from cartellino.kernel.native import arrivals
from cartellino.vocabulary.times import Instant

COLUMN_MARKS = {name: number for number, name in enumerate(LOGGED.names, start=1)}
"""A number for each column, so that equal values of two columns give different digests."""


class Taken(NamedTuple):
    """The result for a chunk: the accepted events, their row numbers in the source, the refused rows, and how many rows
    were skipped because the log has them already (`in_log`).
    """

    batch: pa.RecordBatch
    numbers: Array
    rejections: list[Rejection]
    in_log: int


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
    """All sources, and the digests of all rows in the log: a hash table (`cells`), with their number in `counts`."""

    def __init__(self, coder: Coder, now: Instant, *, core: SimpleNamespace, knows: bool = False) -> None:
        """`now` is the caller's clock, `core` the kernel's fixed functions. With `knows`, a row that is in the log
        already is skipped, from whichever source it comes.
        """
        self.now = now
        self.sources: dict[str, Source] = {}
        self.cells = zeros(256, 2, np.int64)
        self.counts = np.zeros(2, np.int64)
        self._knows = knows
        self._coder = coder
        self.core = core

    def accept(self, batch: pa.RecordBatch, numbers: Array, source: str, *, past: bool = False) -> Taken:
        """Return the accepted rows of a chunk (schema `LOGGED`), in their order, and the refused ones.

        With `past`, no row is late, and the source's ids are remembered for good.
        """
        with np.errstate(over="ignore"):
            verdicts, newest = self._admit(batch, self.sources.setdefault(source, Source()), past=past)
        kept = np.flatnonzero(verdicts == arrivals.TAKEN)
        in_log = int((verdicts == arrivals.HELD).sum())
        if len(kept) == batch.num_rows:
            return Taken(batch, numbers, [], in_log)
        refused = np.flatnonzero(verdicts > arrivals.HELD)
        rejections = [
            Rejection(source, int(numbers[at]), (self._fault(event, int(verdicts[at]), int(newest[at])),), row(event))
            for at, event in zip(refused, events_of(batch.take(pa.array(refused))), strict=True)
        ]
        return Taken(batch.take(pa.array(kept)), numbers[kept], rejections, in_log)

    def reached(self, source: str) -> Instant:
        """Return the latest time that a source has sent, 0 if it has sent nothing."""
        return int(self.sources[source].figures[0]) if source in self.sources else 0

    def learn(self, batch: pa.RecordBatch, sources: pa.Array) -> None:
        """Remember rows of the log, which an earlier run accepted, with the source of each."""
        named = sources.dictionary_encode()
        for number, source in enumerate(named.dictionary.to_pylist()):
            rows = np.flatnonzero(named.indices.to_numpy() == number)
            with np.errstate(over="ignore"):
                known = self.sources.setdefault(source, Source())
                self._admit(batch.take(pa.array(rows)), known, learning=True, past=known.keeps)

    def _admit(
        self, batch: pa.RecordBatch, source: Source, *, learning: bool = False, past: bool = False
    ) -> tuple[Array, Array]:
        size = batch.num_rows
        source.keeps = source.keeps or past
        self._make_room(size, source)
        times = np.ascontiguousarray(integers(batch.column("time")))
        ids = self._codes(batch.column("id"))
        # `marks` recognise a retry within the source, `digests` a row of the log from any source.
        marks = self.digests(batch.drop_columns(["credit"]))  # the service stamps it, so a retry has none
        digests = self.digests(batch.select(["credit"]), marks) if self._knows else np.zeros(size, np.int64)
        newest, out = np.zeros(size, np.int64), np.zeros(size, np.int8)
        always = np.iinfo(np.int64).max // 2
        now, ahead = (always, always) if learning else (self.now, AHEAD)
        disorder = always if learning or past else DISORDER
        self.core.admit(
            digests, ids, marks, times, now, ahead, disorder, int(self._knows), self.cells, self.counts, source.ids,
            source.figures, newest, out,
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

    def _make_room(self, size: int, source: Source) -> None:
        if 2 * (source.figures[1] + size) > source.ids.shape[0]:
            since = 1 if source.keeps else min(int(source.figures[0]), self.now) - DISORDER
            live = int((source.ids[:, 1] >= since).sum())
            fresh = zeros(1 << (4 * (live + size)).bit_length(), 3, np.int64)
            source.figures[1] = self.core.remember(source.ids, fresh, since)
            source.ids = fresh
        if self._knows and 2 * (int(self.counts[0]) + size) > self.cells.shape[0]:
            larger = zeros(1 << (2 * (int(self.counts[0]) + size)).bit_length(), 2, np.int64)
            self.core.rehash(self.cells, larger)
            self.cells = larger

    def _fault(self, event: Event, verdict: int, newest: Instant) -> Fault:
        if verdict == arrivals.FUTURE:
            return future(event, self.now)
        if verdict == arrivals.LATE:
            return late(event, newest)
        return again(event, is_retry=verdict == arrivals.DUPLICATE)
