"""Events as a batch with the operator's own columns as one JSON text: the form in which they are stored and evaluated.

>>> batch = to_logged([Event(id="e1", time=0, kind="read", account="a", own={"x_b": 1, "x_a": 0.5})])
>>> batch.schema == LOGGED, batch.column("own").to_pylist()
(True, ['{"x_a":0.5,"x_b":1}'])
>>> [event.own["x_b"] for event in events_of(batch)]
[1]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cartellino.events.arrow import SCHEMA
from cartellino.events.event import Event

LOGGED = pa.schema([*SCHEMA, pa.field("own", pa.string())])
"""The columns of the contract, then `own`: the `x_` columns as a JSON object sorted by name, null if there are none."""

_NAMES = Event.__struct_fields__
"""The names of the columns as msgspec's own strings, which it looks up twice as fast as equal ones."""

_encoder = msgspec.json.Encoder(order="sorted")  # otherwise the order of the keys would depend on the chunks
_decoder = msgspec.json.Decoder(dict[str, str | int | float | bool])


def to_logged(events: Sequence[Event]) -> pa.RecordBatch:
    """Return events as one batch of the schema `LOGGED`."""
    arrays = [_array(list(map(attrgetter(field.name), events)), field.type) for field in SCHEMA]
    own = [_encoder.encode(event.own).decode() if event.own else None for event in events]
    return pa.RecordBatch.from_arrays([*arrays, _array(own, pa.string())], schema=LOGGED)


def events_of(batch: pa.RecordBatch) -> Iterator[Event]:
    """Yield the events of a batch of the schema `LOGGED`; the inverse of `to_logged`."""
    named = zip(_NAMES, batch.columns, strict=True)
    columns = {name: _values(column) for name, column in named if column.null_count < len(column)}
    owns = columns.pop("own", None)
    rows = zip(*columns.values(), strict=True)
    if owns is None:
        yield from (Event(**dict(zip(columns, row, strict=True))) for row in rows)
        return
    for row, own in zip(rows, owns, strict=True):
        event = Event(**dict(zip(columns, row, strict=True)))
        event.own = {} if own is None else _decoder.decode(own)
        yield event


def own_texts(columns: Mapping[str, pa.Array], rows: int) -> pa.Array:
    """Return the own columns (string, int64, float64 or bool) of each row as JSON text, null where it has none."""
    if not columns:
        return pa.nulls(rows, pa.string())
    pairs = [pc.fill_null(_pairs(name, columns[name]), "") for name in sorted(columns)]
    joined = pc.ascii_ltrim(pc.binary_join_element_wise(*pairs, ""), characters=",")
    whole = pc.binary_join_element_wise("{", joined, "}", "")
    return pc.if_else(pc.equal(joined, ""), pa.scalar(None, pa.string()), whole)


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    return pa.nulls(len(values), kind) if values.count(None) == len(values) else pa.array(values, kind)


def _values(column: pa.Array) -> list[Any]:
    plain = column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column
    return list(plain.to_pylist())


def _pairs(name: str, column: pa.Array) -> pa.Array:
    """Return `,"name":value` for each row, null where there is no value."""
    if pa.types.is_floating(column.type) or (pa.types.is_string(column.type) and _needs_escapes(column)):
        texts = pa.array([None if value is None else _encoder.encode(value).decode() for value in column.to_pylist()])
    elif pa.types.is_string(column.type):
        texts = pc.binary_join_element_wise('"', column, '"', "")
    else:
        texts = column.cast(pa.string())
    return pc.binary_join_element_wise(f",{_encoder.encode(name).decode()}:", texts.cast(pa.string()), "")


def _needs_escapes(column: pa.Array) -> bool:
    """Return whether JSON must escape anything in the texts of a column."""
    written = letters(column)
    return bool(((written < 0x20) | (written == 0x22) | (written == 0x5C)).any())


def letters(column: pa.Array) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return the concatenated bytes of the texts of a string column, without copying."""
    written = column.buffers()[2]
    if written is None or not len(column):
        return np.empty(0, np.uint8)
    begins = offsets(column)
    return np.frombuffer(written, np.uint8)[begins[0] : begins[-1]]


def offsets(column: pa.Array) -> np.ndarray[Any, np.dtype[np.int32]]:
    """Return the offsets in its buffer at which the texts of a string column begin, and the last one ends."""
    written = np.frombuffer(column.buffers()[1], np.int32)
    return written[column.offset : column.offset + len(column) + 1]
