"""The event log of a state folder, with an index of names: which stretches of the log may hold which name.

The index is derived from the log, so it is not backed up, and can be rebuilt at any time.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cartellino.events.columns import COLUMNS
from cartellino.events.event import Event
from cartellino.events.logged import LOGGED, events_of
from cartellino.kernel.arrays import Array
from cartellino.kernel.codes import Coder
from cartellino.kernel.columns import codes_of, integers
from cartellino.kernel.machine import core
from cartellino.pipeline.relevant_events import bearing, names_of
from cartellino.policies.rule import Rule, kinds
from cartellino.storage.files import Files
from cartellino.storage.forms import most, numbered
from cartellino.storage.growing import make_folder
from cartellino.storage.name_index import NameIndex
from cartellino.storage.segments import SegmentLog
from cartellino.vocabulary.times import Instant

PLACE = pa.schema([pa.field("sequence", pa.int64()), pa.field("source", pa.string()), pa.field("row", pa.int64())])
SCHEMA = pa.schema([*PLACE, *LOGGED])
"""The columns of the log: the place of an event, and the event."""

NAMED = ("account", "peer", "device", "address", "content", "group", "client")
"""The columns whose values are indexed."""


_CLOSED = ("kind", *(column.name for column in COLUMNS.values() if column.values))
"""The texts that have at most 128 values by the contract."""

_FEW = ("source", "service", "client", "region", "reason", "template", "category", "campaign", "portfolio")
FORMS = {
    **{name: pa.dictionary(pa.int8(), pa.string()) for name in _CLOSED},
    **{name: pa.dictionary(pa.int16(), pa.string()) for name in _FEW},
    **{name: pa.int16() for name in ("recipients", "unknown_recipients", "forwards")},
    "credit": pa.int8(),
    "row": pa.int32(),
}
"""How columns are stored where their values allow it."""

_MOST_TEXTS = 4_096
"""A column with more texts in a batch is stored as it is."""


class IndexedLog:
    """The log and its index; opened on first use."""

    def __init__(self, folder: Path, files: Files) -> None:
        """`folder` holds `log/` and `names.bits`; both may be new."""
        self._folder, self._files = folder, files
        self._core: SimpleNamespace = core(native=False)
        self._coder = Coder()
        self.forget_opened()

    def forget_opened(self) -> None:
        """Reopen the files on next use, as after an error their state on the disk is uncertain."""
        self._opened: SegmentLog | None = None
        self._names = NameIndex(self._folder / "names.bits")

    def code_by(self, functions: SimpleNamespace) -> None:
        """Use these functions to code names from now on; compiled ones are faster, with the same result."""
        self._core = functions

    @property
    def log(self) -> SegmentLog:
        """The event log."""
        if self._opened is None:
            make_folder(self._files, self._folder)
            self._opened = SegmentLog(self._folder / "log", SCHEMA, self._files, forms=FORMS, number=self._numbered)
        return self._opened

    def keep(self, batch: pa.RecordBatch, numbers: Array, sources: pa.Array, first: int) -> None:
        """Append events to the log; they are durable when this returns.

        `numbers` are their rows in their `sources`; the first event gets the number `first` of the log.
        """
        size = batch.num_rows
        place = [
            pa.array(np.arange(first, first + size)),
            sources,
            pa.array(numbers, pa.int64()),
        ]
        self.log.append(pa.RecordBatch.from_arrays([*place, *batch.columns], schema=SCHEMA))
        self._index(batch, first, first + size - 1)

    def _index(self, batch: pa.RecordBatch, first: int, last: int) -> None:
        earliest = int(integers(batch.column("time")).min())
        kinds, codes = self._different(batch.column("kind")), (self._codes(batch, name) for name in NAMED)
        self._names.note(first, last, earliest, kinds, *codes, mark=self._core.mark_names)

    def bearing_on(self, decision: dict[str, Any], rule: Rule) -> Iterator[tuple[int, Event]]:
        """Yield the events that are relevant to a decision, with their numbers; other stretches are not read."""
        last = int(decision["sequence"])
        cause = next(self.between(last, last), None)
        if cause is not None:
            event = next(events_of(cause.select(LOGGED.names)))
            codes = {self._coder.text(name) for name in names_of(event, rule)}
            stretches = self._names.stretches(codes, {*kinds(rule.when), *rule.on, "reply_received"}, last)
            parts = (batch for stretch in stretches for batch in self.between(*stretch))
            yield from bearing(parts, event, last, rule)

    def since(self, instant: Instant) -> Iterator[pa.RecordBatch]:
        """Yield batches with all events since an instant, and possibly some before it."""
        last = self.log.last
        yield from self.between(min(self._names.since(instant), last + 1), last)

    def of_account(self, service: str, account: str) -> Iterator[tuple[int, Event]]:
        """Yield the events by and about an account, with their numbers."""
        last = self.log.last
        about = Event(id="", time=0, kind="read", service=service, account=account)
        stretches = self._names.stretches({self._coder.text(account)}, (), last)
        parts = (batch for stretch in stretches for batch in self.between(*stretch))
        yield from bearing(parts, about, last, None)

    def lately_of(self, service: str, account: str, since: Instant) -> Iterator[Event]:
        """Yield the events by an account, the latest in the log first, down to about an instant."""
        last = self.log.last
        first = self._names.since(since)
        stretches = self._names.stretches({self._coder.text(account)}, (), last)
        for begin, end in reversed([stretch for stretch in stretches if stretch[1] >= first]):
            for batch in reversed(list(self.between(max(begin, first), end))):
                own = pc.and_(pc.equal(batch.column("service"), service), pc.equal(batch.column("account"), account))
                yield from reversed(list(events_of(batch.filter(own).select(LOGGED.names))))

    def between(self, first: int, last: int) -> Iterator[pa.RecordBatch]:
        """Yield the events between two numbers, both included, without empty batches."""
        return (batch for batch in self.log.read_between(first, last) if batch.num_rows)

    def _codes(self, batch: pa.RecordBatch, name: str) -> Array:
        """Return the codes of the names in a column; of a client only the app counts, not the version."""
        column = batch.column(name)
        if name == "client":
            texts = self._different(column)
            return np.array([self._coder.text(text.partition("/")[0]) for text in texts], np.int64)
        return codes_of(column, self._coder, self._core)

    def _different(self, column: pa.Array) -> list[str]:
        """Return the different texts of a column."""
        few = self._numbered(column, pa.int16())
        return [text for text in (column.unique() if few is None else few.dictionary).to_pylist() if text is not None]

    def _numbered(self, column: pa.Array, index: pa.DataType) -> pa.DictionaryArray | None:
        """Return a column as a dictionary, `None` if it has too many values: texts by their codes."""
        if column.null_count == len(column):
            return numbered(column, index)
        bits, offsets, data = column.buffers()
        begin, size, room = column.offset, len(column), min(most(index), _MOST_TEXTS)
        texts = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)
        numbers = np.empty(begin + size, index.to_pandas_dtype())  # a column that begins later shares its bits
        firsts, cells = np.empty(room, np.int64), np.zeros(2 * room, np.int32)
        count = self._core.number_texts(
            texts, np.frombuffer(offsets, np.int32, size + 1, 4 * begin), codes_of(column, self._coder, self._core),
            cells, firsts, numbers[begin:],
        )  # fmt: skip
        if count < 0:
            return None
        indexes = pa.Array.from_buffers(index, size, [bits, pa.py_buffer(numbers)], column.null_count, begin)
        return pa.DictionaryArray.from_arrays(indexes, column.take(pa.array(firsts[:count])), safe=False)

    def latest(self) -> list[int]:
        """Return the latest time of each batch of the log."""
        return [int(integers(batch.column("time")).max()) for batch in self.log.read() if batch.num_rows]

    def rebuild_index(self) -> None:
        """Rebuild the index, after names were removed from the log or replaced."""
        (self._folder / "names.bits").unlink(missing_ok=True)
        for batch in self.log.read():
            if batch.num_rows:
                numbers = batch.column("sequence")
                self._index(batch, numbers[0].as_py(), numbers[-1].as_py())
