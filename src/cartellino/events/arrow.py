"""Arrow and Parquet: events as columns with validity. A null is an unknown value.

Reading goes batch by batch, so a file of any size takes the memory of one batch. `time` and `account_since` may be
timestamps of any unit (without a zone they are in UTC, as everywhere) or whole milliseconds.

>>> batch = to_batch([Event(id="e1", time=0, kind="read", account="a", known=False)])
>>> batch.schema.field("known").type, batch.column("known").to_pylist(), batch.column("peer").null_count
(DataType(bool), [False], 1)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, BinaryIO
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc
import pyarrow.parquet

from cartellino.events.columns import COLUMNS
from cartellino.events.event import Event, value
from cartellino.events.rejection import Rejection
from cartellino.events.validation import Fault, Timestamp, is_missing, validate

BATCH = 8_192
"""Rows of a batch."""

_TYPES = {"text": pa.string(), "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_()}
_INSTANT = pa.timestamp("ms", tz="UTC")

SCHEMA = pa.schema(
    [
        pa.field(column.name, _TYPES.get(column.type, _INSTANT), nullable=not column.required)
        for column in COLUMNS.values()
    ]
)
"""The contract's columns as Arrow types."""


WHOLE_PAST = {b"cartellino.history": b"complete"}
"""The label of a file that holds the whole past of every account: metadata of its schema."""


def read_stream(stream: BinaryIO, source: str) -> Iterator[Event | Rejection]:
    """Read an Arrow IPC stream."""
    yield from _guarded(stream_batches(stream), source)


def read_file(stream: BinaryIO, source: str) -> Iterator[Event | Rejection]:
    """Read an Arrow IPC file; the stream must be able to seek."""
    yield from _guarded(file_batches(stream), source)


def read_parquet(stream: BinaryIO, source: str) -> Iterator[Event | Rejection]:
    """Read a Parquet file; the stream must be able to seek."""
    yield from _guarded(parquet_batches(stream), source)


def to_batch(events: Sequence[Event]) -> pa.RecordBatch:
    """Return events as one batch: every column of the contract, then the operator's own, sorted by name."""
    columns = {field.name: pa.array((value(e, field.name) for e in events), field.type) for field in SCHEMA}
    for name in sorted({name for event in events for name in event.own}):
        columns[name] = _own_column([event.own.get(name) for event in events])
    return pa.RecordBatch.from_pydict(columns)


def write_parquet(events: Iterable[Event], stream: BinaryIO, *, complete_history: bool = False) -> int:
    """Write events as Parquet (zstd), row group by row group, and return how many; own columns are left out.

    With `complete_history` the file says of itself that it holds the whole past of every account.
    """
    written = 0
    schema = SCHEMA.with_metadata(WHOLE_PAST) if complete_history else SCHEMA
    with pa.parquet.ParquetWriter(stream, schema, compression="zstd") as writer:
        for chunk in _chunks(events, BATCH * 8):
            writer.write_batch(to_batch(chunk).select(SCHEMA.names).cast(schema))
            written += len(chunk)
    return written


def has_complete_history(stream: BinaryIO) -> bool:
    """Say whether a Parquet or Arrow file says of itself that it holds the whole past of every account."""
    head = stream.read(8)
    stream.seek(0)
    try:
        if head.startswith(b"PAR1"):
            held = pa.parquet.read_schema(stream).metadata
        elif head.startswith(b"ARROW1"):
            held = pa.ipc.open_file(stream).schema.metadata
        else:
            return False
    except (pa.ArrowException, OSError, ValueError):
        return False  # whoever reads its rows says what is wrong with it
    return WHOLE_PAST.items() <= (held or {}).items()


def rows(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    """Yield the rows of a batch, instants as milliseconds."""
    for held in zip(*(plain(column) for column in batch.columns), strict=True):
        yield dict(zip(batch.schema.names, held, strict=True))


def _own_column(held: list[Any]) -> pa.Array:
    try:
        return pa.array(held)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([None if one is None else str(one) for one in held])


def _chunks(events: Iterable[Event], size: int) -> Iterator[list[Event]]:
    chunk: list[Event] = []
    for event in events:
        chunk.append(event)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def stream_batches(stream: BinaryIO) -> Iterator[pa.RecordBatch]:
    """Read the batches of an Arrow IPC stream."""
    with pa.ipc.open_stream(stream) as reader:
        yield from reader


def file_batches(stream: BinaryIO) -> Iterator[pa.RecordBatch]:
    """Read the batches of an Arrow IPC file."""
    with pa.ipc.open_file(stream) as reader:
        yield from (reader.get_batch(index) for index in range(reader.num_record_batches))


def parquet_batches(stream: BinaryIO) -> Iterator[pa.RecordBatch]:
    """Read a Parquet file by batches."""
    yield from pa.parquet.ParquetFile(stream, pre_buffer=False).iter_batches(BATCH)


def _guarded(batches: Iterator[pa.RecordBatch], source: str) -> Iterator[Event | Rejection]:
    """Judge every row; where the file breaks, say after which row, and keep what came before."""
    number = 0
    try:
        for batch in batches:
            for number, row in enumerate(rows(batch), start=number + 1):  # noqa: B020 - counts on over the batches
                yield judged(row, source, number)
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as broken:
        reason = str(broken).splitlines()[0][:200] if str(broken) else type(broken).__name__
        fault = Fault("unreadable", "", f"a whole file ({read_until(number)})", reason)
        yield Rejection(source, number + 1 if number else 0, (fault,))


def read_until(number: int) -> str:
    """Say how many rows of a file that breaks were read.

    >>> read_until(0), read_until(1), read_until(2)
    ('no row was read', 'row 1 was read', 'rows 1 to 2 were read')
    """
    return {0: "no row was read", 1: "row 1 was read"}.get(number, f"rows 1 to {number} were read")


def judged(row: dict[str, Any], source: str, number: int) -> Event | Rejection:
    """Judge one row, numbered from 1."""
    judged = validate(row)
    if isinstance(judged, Event):
        return judged
    return Rejection(source, number, judged, {name: _bare(held) for name, held in row.items() if not is_missing(held)})


def _bare(held: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return a value as it can be written again: where pandas is installed, Arrow gives some in types of pandas."""
    if isinstance(held, list | tuple):
        return [_bare(one) for one in held]
    if isinstance(held, dict):
        return {str(name): _bare(one) for name, one in held.items()}
    if isinstance(held, Timestamp):
        return int(held)
    return held if type(held) in _WRITABLE else str(held)


_WRITABLE = frozenset({type(None), str, int, float, bool, bytes, Decimal, UUID, date, datetime, time, timedelta})


def plain(column: pa.Array) -> list[Any]:
    """Return the values of a column, timestamps as `Timestamp`.

    Arrow trusts the offsets in a file and would read any memory that they point to, so they are checked first.
    """
    if column.type in BYTES:
        return texts(column)
    column.validate(full=True)
    if pa.types.is_dictionary(column.type):
        return plain(decoded(column))
    if is_wrapped(column.type):
        return plain(unwrapped(column))
    if not pa.types.is_timestamp(column.type):
        return _values(column)
    if column.type.unit == "s":  # Python's integers, since a cast to milliseconds would wrap around
        return [None if one is None else Timestamp(one * 1_000) for one in column.cast(pa.int64()).to_pylist()]
    held = column.cast(pa.timestamp("ms", tz=column.type.tz), safe=False).cast(pa.int64())
    return [None if one is None else Timestamp(one) for one in _values(held)]


def decoded(column: pa.Array) -> pa.Array:
    """Write a dictionary column out. Arrow cannot do so with texts of the type string_view, which Polars writes."""
    if column.dictionary.type != pa.string_view():
        return column.dictionary_decode()
    plain_texts = column.dictionary.view(pa.binary_view()).cast(pa.large_binary()).view(pa.large_string())
    return pa.DictionaryArray.from_arrays(column.indices, plain_texts).dictionary_decode()


def is_wrapped(kind: pa.DataType) -> bool:
    """Say whether a type is one of those that Arrow defines on top of another: UUIDs, JSON, booleans of eight bits."""
    return getattr(kind, "extension_name", "") in _UNWRAPPED


def unwrapped(column: pa.Array) -> pa.Array:
    """Return the values of such a type as what they are; the column must be validated."""
    return _UNWRAPPED[column.type.extension_name](column.storage)


def _uuids(held: pa.Array) -> pa.Array:
    """Return sixteen bytes each as the text of a UUID."""
    digits = b"".join(held.fill_null(bytes(16)).to_pylist()).hex().encode()
    table = np.full((len(held), 36), ord("-"), np.uint8)
    table[:, _DIGITS] = np.frombuffer(digits, np.uint8).reshape(len(held), 32)
    ends = pa.py_buffer(36 * np.arange(len(held) + 1, dtype=np.int32))
    found = pa.Array.from_buffers(pa.string(), len(held), [None, ends, pa.py_buffer(table)])
    return pc.if_else(held.is_valid(), found, None)


_DIGITS = [place for place in range(36) if place not in (8, 13, 18, 23)]
_UNWRAPPED: dict[str, Callable[[pa.Array], pa.Array]] = {
    "arrow.uuid": _uuids,
    "arrow.json": lambda held: held,
    "arrow.bool8": lambda held: held.cast(pa.bool_()),
}


def texts(column: pa.Array) -> list[Any]:
    """Return texts; of one that is not UTF-8 its bytes, which no column takes: its row is refused, and no other."""
    try:
        column.validate(full=True)
        return list(column.to_pylist())
    except pa.ArrowInvalid:
        held = column.view(BYTES[column.type])
        held.validate(full=True)
        return [_text(one) for one in held.to_pylist()]


BYTES = {pa.string(): pa.binary(), pa.large_string(): pa.large_binary(), pa.string_view(): pa.binary_view()}


def _text(held: bytes | None) -> str | bytes | None:
    try:
        return None if held is None else held.decode()
    except UnicodeDecodeError:
        return held


def _values(column: pa.Array) -> list[Any]:
    try:
        return list(column.to_pylist())
    except (pa.ArrowException, ValueError, OverflowError):
        return [_value(one) for one in column]


def _value(scalar: pa.Scalar) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return one value; of one that Python cannot hold (a date beyond all calendars) a description as bytes."""
    try:
        return scalar.as_py()
    except (pa.ArrowException, ValueError, OverflowError):
        return f"{getattr(scalar, 'value', '')} ({scalar.type})".encode()
