"""Codec for Arrow and Parquet: events as nullable columns, where null means unknown.

Files are read batch by batch, so that a file of any size needs the memory of one batch. `time` and `account_since` may
be timestamps of any unit (in UTC if they have no zone) or whole milliseconds.

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
"""Number of rows in a batch."""

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
"""Metadata in the schema of a file that contains the complete history of every account."""


def read_stream(stream: BinaryIO, source: str) -> Iterator[Event | Rejection]:
    """Yield the rows of an Arrow IPC stream as events or rejections."""
    yield from _guarded(stream_batches(stream), source)


def read_file(stream: BinaryIO, source: str) -> Iterator[Event | Rejection]:
    """Yield the rows of an Arrow IPC file as events or rejections; the stream must be seekable."""
    yield from _guarded(file_batches(stream), source)


def read_parquet(stream: BinaryIO, source: str) -> Iterator[Event | Rejection]:
    """Yield the rows of a Parquet file as events or rejections; the stream must be seekable."""
    yield from _guarded(parquet_batches(stream), source)


def to_batch(events: Sequence[Event]) -> pa.RecordBatch:
    """Return events as one batch: all columns of the contract, then the operator's own columns, sorted by name."""
    columns = {field.name: pa.array((value(e, field.name) for e in events), field.type) for field in SCHEMA}
    for name in sorted({name for event in events for name in event.own}):
        columns[name] = _own_column([event.own.get(name) for event in events])
    return pa.RecordBatch.from_pydict(columns)


def write_parquet(events: Iterable[Event], stream: BinaryIO, *, complete_history: bool = False) -> int:
    """Write events as Parquet (zstd) without own columns, and return their number.

    With `complete_history` the file is marked as the complete history of every account.
    """
    written = 0
    schema = SCHEMA.with_metadata(WHOLE_PAST) if complete_history else SCHEMA
    with pa.parquet.ParquetWriter(stream, schema, compression="zstd") as writer:
        for chunk in _chunks(events, BATCH * 8):
            writer.write_batch(to_batch(chunk).select(SCHEMA.names).cast(schema))
            written += len(chunk)
    return written


def has_complete_history(stream: BinaryIO) -> bool:
    """Return whether a Parquet or Arrow file is marked as the complete history of every account."""
    head = stream.read(8)
    stream.seek(0)
    try:
        if head.startswith(b"PAR1"):
            metadata = pa.parquet.read_schema(stream).metadata
        elif head.startswith(b"ARROW1"):
            metadata = pa.ipc.open_file(stream).schema.metadata
        else:
            return False
    except (pa.ArrowException, OSError, ValueError):
        return False  # the error is reported when its rows are read
    return WHOLE_PAST.items() <= (metadata or {}).items()


def rows(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    """Yield the rows of a batch as dictionaries, with instants as milliseconds."""
    for values in zip(*(plain(column) for column in batch.columns), strict=True):
        yield dict(zip(batch.schema.names, values, strict=True))


def _own_column(values: list[Any]) -> pa.Array:
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([None if cell is None else str(cell) for cell in values])


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
    """Yield the batches of an Arrow IPC stream."""
    with pa.PythonFile(_IntoArrow(stream), mode="r") as source, pa.ipc.open_stream(source) as reader:
        yield from reader


class _IntoArrow:
    """A stream that Arrow reads into memory of its own: it uses pages again, and to touch new ones takes longer than
    to fill them."""

    closed = False

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.read, self.tell = stream.read, stream.tell

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        """Leave it open: it belongs to the caller."""

    def read_buffer(self, size: int) -> pa.Buffer:
        """Read so many bytes, or all that are left; Arrow asks for columns by this method."""
        buffer, filled = pa.allocate_buffer(size), 0
        into = memoryview(buffer)
        while filled < size and (more := self._stream.readinto(into[filled:])):  # type: ignore[attr-defined]
            filled += more
        return buffer.slice(0, filled)


def file_batches(stream: BinaryIO) -> Iterator[pa.RecordBatch]:
    """Yield the batches of an Arrow IPC file."""
    with pa.ipc.open_file(stream) as reader:
        yield from (reader.get_batch(index) for index in range(reader.num_record_batches))


def parquet_batches(stream: BinaryIO) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a Parquet file in batches."""
    yield from pa.parquet.ParquetFile(stream, pre_buffer=False).iter_batches(BATCH)


def _guarded(batches: Iterator[pa.RecordBatch], source: str) -> Iterator[Event | Rejection]:
    """Yield every row as an event or a rejection; in a broken file, the last rejection says where it breaks."""
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
    """Return a row as an event or a rejection; rows are numbered from 1."""
    result = validate(row)
    if isinstance(result, Event):
        return result
    return Rejection(source, number, result, {name: _bare(cell) for name, cell in row.items() if not is_missing(cell)})


def _bare(cell: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return a value in a type that can be serialised: if pandas is installed, Arrow returns some of its types."""
    if isinstance(cell, list | tuple):
        return [_bare(item) for item in cell]
    if isinstance(cell, dict):
        return {str(name): _bare(item) for name, item in cell.items()}
    if isinstance(cell, Timestamp):
        return int(cell)
    return cell if type(cell) in _WRITABLE else str(cell)


_WRITABLE = frozenset({type(None), str, int, float, bool, bytes, Decimal, UUID, date, datetime, time, timedelta})


def plain(column: pa.Array) -> list[Any]:
    """Return the values of a column, timestamps as `Timestamp`.

    The column is validated first: Arrow trusts the offsets in a file, and would read any memory that they point to.
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
    if column.type.unit == "s":  # multiplied in Python, since a cast to milliseconds would overflow
        return [
            None if seconds is None else Timestamp(seconds * 1_000) for seconds in column.cast(pa.int64()).to_pylist()
        ]
    milliseconds = column.cast(pa.timestamp("ms", tz=column.type.tz), safe=False).cast(pa.int64())
    return [None if number is None else Timestamp(number) for number in _values(milliseconds)]


def decoded(column: pa.Array) -> pa.Array:
    """Decode a dictionary column, also one of string_view, which Polars writes and Arrow itself cannot decode."""
    if column.dictionary.type != pa.string_view():
        return column.dictionary_decode()
    plain_texts = column.dictionary.view(pa.binary_view()).cast(pa.large_binary()).view(pa.large_string())
    return pa.DictionaryArray.from_arrays(column.indices, plain_texts).dictionary_decode()


def is_wrapped(kind: pa.DataType) -> bool:
    """Return whether a type is one of Arrow's canonical extension types: UUID, JSON or 8-bit Boolean."""
    return getattr(kind, "extension_name", "") in _UNWRAPPED


def unwrapped(column: pa.Array) -> pa.Array:
    """Return a column of such a type as plain texts or Booleans; the column must be validated."""
    return _UNWRAPPED[column.type.extension_name](column.storage)


def _uuids(column: pa.Array) -> pa.Array:
    """Return a column of 16-byte values as UUIDs in text form."""
    digits = b"".join(column.fill_null(bytes(16)).to_pylist()).hex().encode()
    table = np.full((len(column), 36), ord("-"), np.uint8)
    table[:, _DIGITS] = np.frombuffer(digits, np.uint8).reshape(len(column), 32)
    ends = pa.py_buffer(36 * np.arange(len(column) + 1, dtype=np.int32))
    written = pa.Array.from_buffers(pa.string(), len(column), [None, ends, pa.py_buffer(table)])
    return pc.if_else(column.is_valid(), written, None)


_DIGITS = [place for place in range(36) if place not in (8, 13, 18, 23)]
_UNWRAPPED: dict[str, Callable[[pa.Array], pa.Array]] = {
    "arrow.uuid": _uuids,
    "arrow.json": lambda column: column,
    "arrow.bool8": lambda column: column.cast(pa.bool_()),
}


def texts(column: pa.Array) -> list[Any]:
    """Return the texts of a column, as bytes where one is not UTF-8, so that only its own row is refused."""
    try:
        column.validate(full=True)
        return list(column.to_pylist())
    except pa.ArrowInvalid:
        raw = column.view(BYTES[column.type])
        raw.validate(full=True)
        return [_text(text) for text in raw.to_pylist()]


BYTES = {pa.string(): pa.binary(), pa.large_string(): pa.large_binary(), pa.string_view(): pa.binary_view()}


def _text(raw: bytes | None) -> str | bytes | None:
    try:
        return None if raw is None else raw.decode()
    except UnicodeDecodeError:
        return raw


def _values(column: pa.Array) -> list[Any]:
    try:
        return list(column.to_pylist())
    except (pa.ArrowException, ValueError, OverflowError):
        return [_value(scalar) for scalar in column]


def _value(scalar: pa.Scalar) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return the value of a scalar, or a description as bytes if Python cannot represent it (dates after 9999)."""
    try:
        return scalar.as_py()
    except (pa.ArrowException, ValueError, OverflowError):
        return f"{getattr(scalar, 'value', '')} ({scalar.type})".encode()
