"""Converts Arrow columns to event columns: codes of texts, numbers, truth values, and look-ups in lists.

A batch has the columns of the event format (see `events.batches`), and the operator's own columns as JSON. Only columns
that the plan uses are read. Arrow's buffers are read in place, including slices.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from threading import Lock
from types import SimpleNamespace

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cartellino.events.columns import COLUMNS, OWN_PREFIX
from cartellino.events.event import Scalar
from cartellino.events.kinds import KINDS
from cartellino.kernel.arrays import Array
from cartellino.kernel.codes import Coder, number
from cartellino.kernel.event_columns import SINCE, TIME, EventColumns
from cartellino.kernel.leaves import typed
from cartellino.kernel.plan import Plan
from cartellino.kernel.shards import Workers
from cartellino.vocabulary.times import HOUR

_KINDS = pa.array(list(KINDS))
_REMEMBERED = 1 << 16
"""Maximum number of results of a list that are cached."""


class Columns:
    """Reads the columns of batches for one plan and one salt."""

    def __init__(self, plan: Plan, coder: Coder, core: SimpleNamespace) -> None:
        """Determine the columns that the plan uses."""
        self._plan = plan
        self._coder = coder
        self.core = core
        self._codes = plan.rows.named("longs", "code")
        self._numbers = plan.rows.named("reals", "number")
        self._truths = plan.rows.named("facts", "truth")
        self._lists = plan.rows.named("facts", "list") | plan.rows.named("facts", "near")
        self._wanted = {name: plan.wanted(name) for name in self._lists}
        self._kind_codes = np.array([coder.text(kind) for kind in KINDS], np.int64)
        self._answers: dict[int, dict[str, bool]] = {}

    def read(self, batch: pa.RecordBatch, seen: EventColumns, workers: Workers) -> None:
        """Write the rows of the events' own columns."""
        texts = [name for name in self._codes if self._is_text(name)]
        workers.do([partial(self.codes, batch, name, seen.longs[self._codes[name]]) for name in texts])
        seen.longs[TIME] = integers(batch.column("time"))
        seen.longs[SINCE] = integers(batch.column("account_since"), missing=-1)
        seen.kinds[:] = pc.index_in(batch.column("kind"), value_set=_KINDS).to_numpy()
        for name, row in self._numbers.items():
            if name in COLUMNS:
                seen.reals[row] = _numbers(batch.column(name))
        for name, row in self._truths.items():
            if name in COLUMNS:
                seen.facts[row] = _truths(batch.column(name))
        if "kind" in self._codes:
            seen.longs[self._codes["kind"]] = self._kind_codes[seen.kinds]
        if "app" in self._codes:
            self._apps(batch.column("client"), seen.longs[self._codes["app"]])
        if "hour" in self._numbers:
            seen.reals[self._numbers["hour"]] = seen.longs[TIME] // HOUR % 24
        self._own(batch, seen)

    def _is_text(self, name: str) -> bool:
        return _is_sent(name) and self._plan.policies.columns.get(name) not in ("number", "truth")

    def codes(self, batch: pa.RecordBatch, name: str, out: Array) -> None:
        """Write the codes of a text column to `out`."""
        column = batch.column(name)
        if column.null_count == len(column):
            out[:] = 0
            return
        if not pa.types.is_string(column.type):
            column = _integer_texts(column)
        out[:] = codes_of(column, self._coder, self.core)
        if name == "attestation":
            out[out == self._coder.text("unavailable")] = 0

    def lists(self, batch: pa.RecordBatch, seen: EventColumns) -> None:
        """Look up values in lists, for the kinds of event on which the result is used; it is unknown on others."""
        for name, row in self._lists.items():
            column, entries, *bits = name.split(" ")
            wanted = np.flatnonzero(self._wanted[name][seen.kinds])
            seen.facts[row] = 1
            if len(wanted):
                answer = self._answer(entries, int(bits[0]) if bits else None)
                seen.facts[row, wanted] = self._asked(self._text(batch, column).take(pa.array(wanted)), row, answer)

    def code_derived(self, seen: EventColumns) -> None:
        """Write the codes of numbers and truth values, where their distinct values are counted or compared."""
        for name, row in self._codes.items():
            kind = self._plan.policies.columns.get(name, "text")
            if kind == "number":
                reals = seen.reals[self._numbers[name]]
                self.core.code_numbers(reals, reals.view(np.int64), 0, seen.size, seen.longs[row])
            elif kind == "truth":
                codes = np.array([number(False), 0, number(True)], np.int64)
                seen.longs[row] = codes[seen.facts[self._truths[name]]]

    def text(self, batch: pa.RecordBatch, name: str, row: int) -> str | None:
        """Return the value of a text column for one event."""
        text: str | None = batch.column(name)[row].as_py()
        return text

    def _apps(self, clients: pa.Array, out: Array) -> None:
        """Write the codes of app names: clients without their version, computed once for each distinct client."""
        encoded = clients.dictionary_encode()
        names = [client.partition("/")[0] for client in encoded.dictionary.to_pylist()]
        codes = np.array([*(self._coder.text(app) for app in names), 0], np.int64)
        out[:] = codes[integers(encoded.indices.cast(pa.int64()), missing=-1)]

    def _own(self, batch: pa.RecordBatch, seen: EventColumns) -> None:
        """Read the operator's own columns, event by event, since few events have any."""
        wanted = {
            name for rows in (self._codes, self._numbers, self._truths) for name in rows if name.startswith(OWN_PREFIX)
        }
        if not wanted:
            return
        for name in wanted & self._numbers.keys():
            seen.reals[self._numbers[name]] = np.nan
        for name in wanted & self._truths.keys():
            seen.facts[self._truths[name]] = 1
        for name in wanted & self._codes.keys():
            seen.longs[self._codes[name]] = 0
        for row in np.flatnonzero(present(batch.column("own"))):
            values: dict[str, Scalar] = msgspec.json.decode(batch.column("own")[int(row)].as_py())
            for name in wanted & values.keys():
                self._own_value(name, values[name], int(row), seen)

    def _own_value(self, name: str, raw: Scalar, row: int, seen: EventColumns) -> None:
        kind = self._plan.policies.columns.get(name, "text")
        value = typed(raw, kind)
        if value is None:
            return
        if kind == "number":
            seen.reals[self._numbers[name], row] = value
        elif kind == "truth":
            seen.facts[self._truths[name], row] = 2 if value else 0
        else:
            seen.longs[self._codes[name], row] = self._coder.value(value)

    def _text(self, batch: pa.RecordBatch, column: str) -> pa.Array:
        if column.startswith(OWN_PREFIX):
            own = [msgspec.json.decode(line) if line else {} for line in batch.column("own").to_pylist()]
            return pa.array([typed(values.get(column), "text") for values in own], pa.string())
        if column == "app":
            clients = batch.column("client").to_pylist()
            return pa.array([None if client is None else client.partition("/")[0] for client in clients], pa.string())
        texts = batch.column(column)
        texts = texts if pa.types.is_string(texts.type) else _integer_texts(texts)
        return pc.if_else(pc.equal(texts, "unavailable"), None, texts) if column == "attestation" else texts

    def _answer(self, entries: str, bits: int | None) -> Callable[[str], bool]:
        listed = self._plan.policies.lists[entries]
        return listed.matches if bits is None else lambda text: listed.near(text, bits)

    def _asked(self, column: pa.Array, row: int, answer: Callable[[str], bool]) -> Array:
        """Look up each distinct text in a list once; results are cached over batches."""
        known = self._answers.setdefault(row, {})
        if len(known) > _REMEMBERED:
            known.clear()
        encoded = column.dictionary_encode()
        truths = []
        for text in encoded.dictionary.to_pylist():
            if text not in known:
                known[text] = answer(text)
            truths.append(2 if known[text] else 0)
        return np.array([*truths, 1], np.int8)[integers(encoded.indices.cast(pa.int64()), missing=-1)]


class _LatestCodes:
    """The codes of the latest columns of texts, since the intake, the log and the kernel ask for the same.

    A column is recognised by its buffers, which are held with the codes so that no other column takes their place.
    """

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[object, ...], tuple[pa.Array, Array]] = OrderedDict()
        self._lock = Lock()

    def of(self, column: pa.Array, coder: Coder, core: SimpleNamespace) -> Array:
        buffers = tuple(buffer.address if buffer is not None else 0 for buffer in column.buffers())
        name = coder.key, buffers, column.offset, len(column)
        with self._lock:
            held = self._held.get(name)
        if held is None:
            held = column, _hashed(column, coder, core)
            with self._lock:
                self._held[name] = held
                while len(self._held) > _LATEST:
                    self._held.popitem(last=False)
        return held[1]


_LATEST = 32
"""So many columns of texts a batch has at most."""

_latest_codes = _LatestCodes()


def codes_of(column: pa.Array, coder: Coder, core: SimpleNamespace) -> Array:
    """Return the codes of a column of texts, 0 for missing ones; they are shared, and cannot be written to."""
    return _latest_codes.of(column, coder, core)


def _hashed(column: pa.Array, coder: Coder, core: SimpleNamespace) -> Array:
    _, offsets, data = column.buffers()
    at = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1]
    content = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)
    at.flags.writeable = content.flags.writeable = False
    memo, out = np.zeros((256, 3), np.int64), np.empty(len(column), np.int64)
    with np.errstate(over="ignore"):
        core.hash_texts(content, at, valid_bits(column), column.offset, np.array(coder.key, np.int64), memo, out)
    out.flags.writeable = False
    return out


def valid_bits(column: pa.Array) -> Array:
    """Return Arrow's bitmap of which values are not null; empty if all are."""
    bits = column.buffers()[0]
    return np.frombuffer(bits, np.uint8) if bits is not None and column.null_count else _ALL_VALID


_ALL_VALID = np.empty(0, np.uint8)
_ALL_VALID.flags.writeable = False


def _is_sent(name: str) -> bool:
    return name in COLUMNS and name != "kind"


def _valid(column: pa.Array) -> Array | None:
    """Return which values are not null; `None` if all are."""
    return None if column.null_count == 0 else present(column)


def present(column: pa.Array) -> Array:
    """Return which values are not null."""
    return np.asarray(column.is_valid().to_numpy(zero_copy_only=False), bool)


def integers(column: pa.Array, missing: int = 0) -> Array:
    """Return whole numbers, or instants in ms; `missing` for null."""
    values = np.frombuffer(column.buffers()[1], np.int64)[column.offset : column.offset + len(column)]
    valid = _valid(column)
    return values if valid is None else np.where(valid, values, missing)


def _numbers(column: pa.Array) -> Array:
    return np.where(present(column), integers(column).astype(np.float64), np.nan)


def _truths(column: pa.Array) -> Array:
    filled = column.fill_null(False).cast(pa.int8()).to_numpy(zero_copy_only=False)
    valid = _valid(column)
    truths: Array = (filled * 2).astype(np.int8)
    if valid is not None:
        truths[~valid] = 1
    return truths


def _integer_texts(column: pa.Array) -> pa.Array:
    return (column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column).cast(pa.string())
