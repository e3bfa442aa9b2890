"""Validates whole columns at once: finds rows that are certainly clean, with the values that `validate` would return.

`validation.validate` alone defines what a valid event is. Here a row may be called clean only if `validate` accepts it
with exactly these values. Any row may be called doubtful: it is then validated by itself.

>>> rows = {"id": ["e1", "e2"], "time": [10**12] * 2, "kind": ["read", "raed"], "account": ["a", "a"], "x_a": [1, None]}
>>> judged = judge(pa.RecordBatch.from_pydict(rows))
>>> judged.clean, judged.batch.column("own").to_pylist()
(array([ True, False]), ['{"x_a":1}', None])
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cartellino.events import arrow, moments, validation
from cartellino.events.columns import (
    COLUMNS,
    FEWEST_MILLISECONDS,
    LARGEST,
    LONGEST_NAME,
    OWN_PREFIX,
    Column,
    is_index,
)
from cartellino.events.kinds import KINDS
from cartellino.events.logged import LOGGED, own_texts
from cartellino.events.validation import HIGHEST_OWN
from cartellino.vocabulary.times import EARLIEST, LATEST

Mask = npt.NDArray[np.bool_]
Read = tuple[pa.Array, Mask | None]
"""A column as `LOGGED` has it, and a mask of the rows in which it is certainly valid (null is); `None` means all."""

_REGIONS = pa.array([chr(first) + chr(second) for first in range(65, 91) for second in range(65, 91)])
_CHOICES = {column.name: pa.array(column.values) for column in COLUMNS.values() if column.values}
_CHOICES |= {"kind": pa.array(list(KINDS)), "region": _REGIONS}
_REASONED = [
    (pa.array([kind for kind, _ in kinds]), pa.array(reasons))
    for reasons, kinds in groupby(validation.REASONS_OF.items(), key=lambda item: item[1])
]


class Judged(NamedTuple):
    """A batch of the schema `LOGGED`, and a mask of its rows that are certainly clean; other rows are meaningless."""

    batch: pa.RecordBatch
    clean: Mask


def judge(batch: pa.RecordBatch, *, valid: bool = True, from_json: bool = False) -> Judged:
    """Validate all rows of a batch of any schema.

    The structure of the batch must have been validated. `valid` says that its texts are UTF-8; `from_json` that a whole
    number in a column of fractions may have been written as `1` or `1.0`, so that its type is unknown.
    """
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    table = _Table(batch.num_rows, valid, from_json)
    for name, column in columns.items():
        table.validate(name, column)
    return table.judged()


class _Table:
    """The columns read so far, and the rows that are not doubtful so far."""

    def __init__(self, rows: int, valid: bool, from_json: bool) -> None:
        self._rows = rows
        self._valid = valid
        self._from_json = from_json
        self._clean = np.ones(rows, np.bool_)
        self._columns: dict[str, pa.Array] = {}
        self._own: dict[str, pa.Array] = {}

    def validate(self, name: str, column: pa.Array) -> None:
        """Validate one column."""
        if pa.types.is_floating(column.type) and not self._from_json:
            column = _without_nan(column)
        if (column.null_count == self._rows and not _is_exotic(column.type)) or is_index(name):
            return
        if pa.types.is_dictionary(column.type):
            self.validate(name, arrow.decoded(column))
        elif arrow.is_wrapped(column.type):
            self.validate(name, arrow.unwrapped(column))
        elif (read := self._read(name, column)) is None:
            self._clean &= _unknown(column)
        else:
            (self._own if name.startswith(OWN_PREFIX) else self._columns)[name] = read[0]
            if read[1] is not None:
                self._clean &= read[1]

    def judged(self) -> Judged:
        """Return the result, after all columns have been taken."""
        self._judge_rows()
        self._columns["own"] = own_texts(self._own, self._rows)
        if "service" in self._columns:
            if self._columns["service"].null_count:
                self._columns["service"] = pc.fill_null(self._columns["service"], "main")
        else:
            self._columns["service"] = pa.repeat("main", self._rows)
        columns = [self._columns.get(field.name) for field in LOGGED]
        arrays = [
            _nulls(self._rows, field.type) if column is None else column
            for column, field in zip(columns, LOGGED, strict=True)
        ]
        return Judged(pa.RecordBatch.from_arrays(arrays, schema=LOGGED), self._clean)

    def _read(self, name: str, column: pa.Array) -> Read | None:
        if _is_exotic(column.type):
            return None
        if _is_text(column.type):
            column = _as_string(column, self._valid)
        if name.startswith(OWN_PREFIX):
            return _own(name, column, self._from_json)
        return _of_contract(COLUMNS[name], column) if name in COLUMNS else None

    def _judge_rows(self) -> None:
        """Doubt rows for faults that concern several columns: a required one missing, a reason that the kind does not
        have, too many own columns."""
        for column in COLUMNS.values():
            if column.required:
                values = self._columns.get(column.name)
                self._clean &= False if values is None else _are_there(values)
        if "reason" in self._columns and "kind" in self._columns:
            self._clean &= _reasoned(self._columns["kind"], self._columns["reason"])
        if len(self._own) > HIGHEST_OWN:
            self._clean &= sum(_are_there(column).astype(np.int64) for column in self._own.values()) <= HIGHEST_OWN


def _nulls(rows: int, kind: pa.DataType) -> pa.Array:
    """Return a column without values; those of usual batches share one."""
    return _shared_nulls(kind).slice(0, rows) if rows <= _USUAL else pa.nulls(rows, kind)


_USUAL = 32_768


@cache
def _shared_nulls(kind: pa.DataType) -> pa.Array:
    return pa.nulls(_USUAL, kind)


def _is_exotic(kind: pa.DataType) -> bool:
    """Return whether a column of this type does not show which of its values are null."""
    hides = pa.types.is_union(kind) or pa.types.is_run_end_encoded(kind) or isinstance(kind, pa.BaseExtensionType)
    return bool(hides)


def _is_text(kind: pa.DataType) -> bool:
    return kind in (pa.string(), pa.large_string(), pa.string_view())


def _without_nan(column: pa.Array) -> pa.Array:
    """Return a column with NaN replaced by null: data frames write either for a missing value."""
    holds_none = pc.is_nan(column)
    if not pc.any(holds_none).as_py():
        return column
    return pc.if_else(holds_none, pa.scalar(None, column.type), column)


def _unknown(column: pa.Array) -> Mask:
    """Return a mask of the rows without a value in an unknown column."""
    if _is_exotic(column.type):
        return np.array([value is None for value in arrow.plain(column)], np.bool_)
    return ~_are_there(column)


def _are_there(column: pa.Array) -> Mask:
    if not column.null_count:
        return np.ones(len(column), np.bool_)
    there: Mask = pc.is_valid(column).to_numpy(zero_copy_only=False)
    return there


def _true(holds: pa.Array) -> Mask | None:
    """Return a mask of the rows in which a check is true or null; `None` if that is all of them."""
    if pc.all(holds).as_py() is not False:
        return None
    mask: Mask = pc.fill_null(holds, True).to_numpy(zero_copy_only=False)
    return mask


def _as_string(column: pa.Array, valid: bool) -> pa.Array:
    """Return a column as strings. If some are not UTF-8, it is returned as bytes, if it is too large, unchanged: no
    column accepts these types, so that its rows become doubtful."""
    if not valid:
        texts = arrow.texts(column)
        if any(isinstance(text, bytes) for text in texts):
            return pa.array([text.encode() if isinstance(text, str) else text for text in texts], pa.large_binary())
    try:
        return column.cast(pa.string())
    except pa.ArrowException:
        return column


def _of_contract(column: Column, values: pa.Array) -> Read | None:
    return _READ[column.type](column, values) if column.type in _READ else None


def _text(column: Column, values: pa.Array) -> Read | None:
    if not pa.types.is_string(values.type):
        return None
    if column.name in _CHOICES:
        chosen = pc.is_in(values, _CHOICES[column.name])
        if chosen.true_count == len(values) - values.null_count:
            return values, None
        return values, _true(pc.or_kleene(chosen, pc.is_null(values)))
    if column.name == "image_hash":
        return pc.ascii_lower(values), _true(pc.match_substring_regex(values, r"\A[0-9a-fA-F]{64}\z"))
    return values, _lengths(values, 1, column.most or LONGEST_NAME)


def _lengths(values: pa.Array, least: int, most: int) -> Mask | None:
    """Return a mask of the texts whose length in characters is within bounds; `None` if all are.

    Lengths in bytes are compared first, which is faster: a text has at most as many characters as bytes.
    """
    ends = np.frombuffer(values.buffers()[1], np.int32, len(values) + 1, 4 * values.offset)
    sizes = ends[1:] - ends[:-1]
    if sizes.max(initial=0) <= most and not ((sizes < least) & _are_there(values)).any():
        return None
    characters = pc.utf8_length(values)
    return _true(pc.and_(pc.greater_equal(characters, least), pc.less_equal(characters, most)))


def _whole(column: Column, values: pa.Array) -> Read | None:
    return _within(values, 0, column.most or LARGEST)


def _within(values: pa.Array, least: int, most: int) -> Read | None:
    """Read whole numbers of any width, and timestamps as milliseconds; numbers out of bounds become null."""
    if pa.types.is_timestamp(values.type):
        values, scale = _counted(values)
        read = _within(values, -(-least // scale), most // scale)
        return read if read is None or scale == 1 else (pc.multiply(read[0], scale), read[1])
    if pa.types.is_decimal(values.type) or pa.types.is_floating(values.type):
        return _within_whole(values, least, most)
    if not pa.types.is_integer(values.type):
        return None
    extremes = pc.min_max(values).as_py()
    if extremes["min"] is None or least <= extremes["min"] <= extremes["max"] <= most:
        return values.cast(pa.int64()), None
    numbers = pc.fill_null(values, 0).to_numpy(zero_copy_only=False)
    inside = (numbers >= least) & (numbers <= most)
    return pc.if_else(pa.array(inside), values, pa.scalar(None, values.type)).cast(pa.int64()), inside


def _within_whole(values: pa.Array, least: int, most: int) -> Read | None:
    """Read fractions and decimals that are whole numbers; a column with others has to be validated row by row."""
    try:
        return _within(values.cast(pa.int64()), least, most)
    except pa.ArrowException:
        return None


def _counted(values: pa.Array) -> tuple[pa.Array, int]:
    """Return timestamps as whole numbers, and their unit in milliseconds."""
    if values.type.unit == "s":
        return values.cast(pa.int64()), 1_000
    return values.cast(pa.timestamp("ms", tz=values.type.tz), safe=False).cast(pa.int64()), 1


def _flag(_: Column, values: pa.Array) -> Read | None:
    return (values, None) if pa.types.is_boolean(values.type) else None


def _instant(_: Column, values: pa.Array) -> Read | None:
    sure: Mask | None = None
    if pa.types.is_string(values.type):
        milliseconds, sure = moments.read(values)
        there = _are_there(values)
        values, sure = pa.array(milliseconds, mask=~there), sure | ~there
    is_number = sure is None and not pa.types.is_timestamp(values.type)
    read = _within(values, FEWEST_MILLISECONDS if is_number else EARLIEST, LATEST)
    return read and (read[0].cast(LOGGED.field("time").type), _both(sure, read[1]))


def _both(first: Mask | None, second: Mask | None) -> Mask | None:
    return first & second if first is not None and second is not None else second if first is None else first


_READ: Mapping[str, Callable[[Column, pa.Array], Read | None]] = {
    "text": _text,
    "int": _whole,
    "bool": _flag,
    "instant": _instant,
}


def _own(name: str, values: pa.Array, from_json: bool) -> Read | None:
    if len(name) > LONGEST_NAME or not name.isidentifier():
        return None
    if pa.types.is_string(values.type):
        return values, _lengths(values, 0, LONGEST_NAME)
    if pa.types.is_boolean(values.type):
        return values, None
    if pa.types.is_floating(values.type):
        return _real(values, from_json)
    return None if pa.types.is_decimal(values.type) else _within(values, -LARGEST, LARGEST)


def _real(values: pa.Array, from_json: bool) -> Read:
    numbers: Any = pc.fill_null(values.cast(pa.float64()), 0.5).to_numpy(zero_copy_only=False)
    sure: Mask = np.isfinite(numbers)
    if from_json:
        sure &= numbers != np.floor(numbers)
    return values.cast(pa.float64()), None if sure.all() else sure


def _reasoned(kind: pa.Array, reason: pa.Array) -> Mask:
    """Return a mask of the rows whose reason is one that their kind can have, or null."""
    sure = np.ones(len(kind), np.bool_)
    given = np.flatnonzero(_are_there(reason))
    kind, reason = kind.take(pa.array(given)), reason.take(pa.array(given))
    for kinds, reasons in _REASONED:
        fits = pc.or_(pc.invert(pc.is_in(kind, kinds)), pc.is_in(reason, reasons))
        sure[given] &= fits.to_numpy(zero_copy_only=False)
    return sure
