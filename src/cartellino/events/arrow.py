"""Arrow and Parquet: events as columns with validity. A null is an unknown value.

Reading goes batch by batch, so a file of any size takes the memory of one batch. `time` and `account_since` may be
timestamps of any unit (one without a zone is taken as UTC) or whole milliseconds.

>>> batch = to_batch([Event(id="e1", time=0, kind="read", account="a", known=False)])
>>> batch.schema.field("known").type, batch.column("known").to_pylist(), batch.column("peer").null_count
(DataType(bool), [False], 1)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

from cartellino.events.columns import COLUMNS
from cartellino.events.event import Event, value
from cartellino.events.rejection import Rejection
from cartellino.events.validation import Fault, validate

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


def read_stream(stream: BinaryIO, source: str) -> Iterator[Event | Rejection]:
    """Read an Arrow IPC stream."""
    yield from _guarded(_stream_batches(stream), source)


def read_file(stream: BinaryIO, source: str) -> Iterator[Event | Rejection]:
    """Read an Arrow IPC file; the stream must be able to seek."""
    yield from _guarded(_file_batches(stream), source)


def read_parquet(stream: BinaryIO, source: str) -> Iterator[Event | Rejection]:
    """Read a Parquet file; the stream must be able to seek."""
    yield from _guarded(_parquet_batches(stream), source)


def to_batch(events: Sequence[Event]) -> pa.RecordBatch:
    """Return events as one batch: every column of the contract, then the operator's own, sorted by name."""
    columns = {field.name: pa.array((value(e, field.name) for e in events), field.type) for field in SCHEMA}
    for name in sorted({name for event in events for name in event.own}):
        columns[name] = _own_column([event.own.get(name) for event in events])
    return pa.RecordBatch.from_pydict(columns)


def write_parquet(events: Iterable[Event], stream: BinaryIO) -> int:
    """Write events as Parquet (zstd), row group by row group, and return how many; own columns are left out."""
    written = 0
    with pa.parquet.ParquetWriter(stream, SCHEMA, compression="zstd") as writer:
        for chunk in _chunks(events, BATCH * 8):
            writer.write_batch(to_batch(chunk).select(SCHEMA.names).cast(SCHEMA))
            written += len(chunk)
    return written


def rows(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    """Yield the rows of a batch, instants as milliseconds."""
    columns = [_plain(column) for column in batch.columns]
    for held in zip(*(column.to_pylist() for column in columns), strict=True):
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


def _stream_batches(stream: BinaryIO) -> Iterator[pa.RecordBatch]:
    with pa.ipc.open_stream(stream) as reader:
        yield from reader


def _file_batches(stream: BinaryIO) -> Iterator[pa.RecordBatch]:
    with pa.ipc.open_file(stream) as reader:
        yield from (reader.get_batch(index) for index in range(reader.num_record_batches))


def _parquet_batches(stream: BinaryIO) -> Iterator[pa.RecordBatch]:
    yield from pa.parquet.ParquetFile(stream, pre_buffer=False).iter_batches(BATCH)


def _guarded(batches: Iterator[pa.RecordBatch], source: str) -> Iterator[Event | Rejection]:
    """Judge every row; where the file breaks, say after which row, and keep what came before."""
    number = 0
    try:
        for batch in batches:
            for number, row in enumerate(rows(batch), start=number + 1):  # noqa: B020 - counts on over the batches
                yield _judged(row, source, number)
    except (pa.ArrowException, OSError, ValueError) as broken:
        reason = str(broken).splitlines()[0][:200] if str(broken) else type(broken).__name__
        fault = Fault("unreadable", "", f"a whole file (rows 1 to {number} were read)", reason)
        yield Rejection(source, number + 1 if number else 0, (fault,))


def _judged(row: dict[str, Any], source: str, number: int) -> Event | Rejection:
    judged = validate(row)
    if isinstance(judged, Event):
        return judged
    return Rejection(source, number, judged, {name: held for name, held in row.items() if held is not None})


def _plain(column: pa.Array) -> pa.Array:
    """Turn timestamps into whole milliseconds; anything else stays what it is."""
    if not pa.types.is_timestamp(column.type):
        return column
    return column.cast(pa.timestamp("ms", tz=column.type.tz), safe=False).cast(pa.int64())


