"""Reads a stream in chunks: batches of valid events, and rejected rows, with the same results as `events.reading`.

Whole columns are validated at once; only a doubtful row is validated by itself, by `validation.validate`. A stream of
any size needs the memory of a few chunks, and most of the work is done without the interpreter's lock.

>>> from io import BytesIO
>>> lines = b'{"id":"e1","time":1795341600000,"kind":"read","account":"a"}\\n\\n{oops\\n'
>>> for chunk in read_batches(BufferedReader(BytesIO(lines)), "sent.ndjson"):
...     print(chunk.batch.column("id").to_pylist(), chunk.numbers, [rejection.show() for rejection in chunk.rejections])
['e1'] [1] ['sent.ndjson:3: row: invalid-json: expected one JSON object on the line, got {oops']
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from io import DEFAULT_BUFFER_SIZE, BufferedReader
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cartellino.events import arrow, ipc, lines, ndjson, parquet, reading
from cartellino.events.allowance import Allowance
from cartellino.events.event import Event
from cartellino.events.foreign import foreign
from cartellino.events.logged import LOGGED, events_of, to_logged
from cartellino.events.peeking import look
from cartellino.events.rejection import Rejection
from cartellino.events.validation import Fault
from cartellino.events.vector import Judged, judge

__all__ = ["LOGGED", "Chunk", "events_of", "read_batches", "to_logged", "unreadable"]

ROWS = 32_768
"""Most rows in a chunk."""

_PIECE = 1 << 20
"""Number of bytes that are read at a time."""

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
_Batches = Callable[[BinaryIO], Iterator[pa.RecordBatch]]
_Bounded = Callable[[pa.Buffer, Allowance], Iterator[pa.RecordBatch]]

_SEEKING: dict[bytes, tuple[_Batches, _Bounded]] = {
    b"PAR1": (arrow.parquet_batches, parquet.batches),
    b"ARROW1": (arrow.file_batches, ipc.batches),
}


class Chunk(NamedTuple):
    """Some rows of a stream: the valid ones as a batch of the schema `LOGGED`, and the rejected ones, both in order.

    `numbers` has the line (NDJSON) or row (Arrow, Parquet) of each row of `batch`, counted from 1 like those of the
    rejections. `behind` is the number of bytes of the stream read so far, 0 if it is not known.
    """

    batch: pa.RecordBatch
    numbers: Ints
    rejections: list[Rejection]
    behind: int = 0


def read_batches(
    stream: BufferedReader, source: str, rows: int = ROWS, allowance: Allowance | None = None
) -> Iterator[Chunk]:
    """Read all rows of a stream of any supported format, in chunks of at most `rows` rows.

    If the stream is broken, the rows before are returned, and then a rejection with the code `unreadable`. Untrusted
    streams need an `allowance`. Raises `OSError` if a plain NDJSON stream cannot be read, `TooLarge` if the allowance
    is exceeded.
    """
    behind = 0
    for chunk in _read(stream, source, rows, allowance or Allowance()):
        behind = max(behind, _position(stream))
        yield chunk._replace(behind=behind)


def _read(stream: BufferedReader, source: str, rows: int, allowance: Allowance) -> Iterator[Chunk]:
    head, stream = look(stream)
    for magic, compression in reading.COMPRESSIONS.items():
        if head.startswith(magic):
            unpacked = allowance.counted(reading.opened(stream, compression))
            return _until_broken(unpacked, source, rows, allowance)
    for magic, (trusting, bounded) in _SEEKING.items():
        if head.startswith(magic) and stream.seekable():
            batches = bounded(_whole(stream), allowance) if allowance.is_bounded else trusting(stream)
            return _of_arrow(allowance.checked(batches), source, rows, allowance)
    return _in_sequence(stream, source, rows, _PIECE, allowance)


def _in_sequence(stream: BufferedReader, source: str, rows: int, step: int, allowance: Allowance) -> Iterator[Chunk]:
    head, stream = look(stream)
    if any(head.startswith(magic) for magic in _SEEKING):
        return iter([_refused([row for row in reading.unseekable(source) if isinstance(row, Rejection)])])
    if refused := foreign(head, source):
        return iter([_refused([refused])])
    if head.startswith(reading.CONTINUATION):
        batches = ipc.batches(_whole(stream), allowance) if allowance.is_bounded else arrow.stream_batches(stream)
        return _of_arrow(allowance.checked(batches), source, rows, allowance)
    return _of_lines(stream, source, rows, step, allowance)


def _whole(stream: BufferedReader) -> pa.Buffer:
    """Read a whole stream, or as much as can be read: parsing will notice what is missing."""
    body = bytearray()
    try:
        while piece := stream.read1(_PIECE):
            body += piece
    except OSError:
        pass
    return pa.py_buffer(body)


def _until_broken(stream: BufferedReader, source: str, rows: int, allowance: Allowance) -> Iterator[Chunk]:
    """Read the content of a compressed file, with the same buffer size as `reading`, so that both lose the same rows if
    it is broken."""
    count = 0
    try:
        for chunk in _in_sequence(stream, source, rows, DEFAULT_BUFFER_SIZE, allowance):
            count += len(chunk.numbers) + len(chunk.rejections)
            yield chunk
    except OSError as broken:
        fault = Fault("unreadable", "", "a whole file", str(broken)[:200])
        yield _refused([Rejection(source, count + 1, (fault,))])


def _position(stream: BufferedReader) -> int:
    try:
        return stream.tell()
    except (OSError, ValueError):
        return 0


def _refused(rejections: list[Rejection]) -> Chunk:
    return _chunk(to_logged([]), np.empty(0, np.int64), [*rejections])


def unreadable(source: str, why: str) -> Chunk:
    """Return what becomes of a file that could not be opened."""
    return _refused([Rejection(source, 0, (Fault("unreadable", "", "a file that can be opened", why),))])


def _chunk(batch: pa.RecordBatch, numbers: Ints, alone: Sequence[Event | Rejection], at: Sequence[int] = ()) -> Chunk:
    """Merge clean rows with those that were validated singly (`alone`), whose events have the numbers `at`."""
    rejections = [row for row in alone if isinstance(row, Rejection)]
    events = [row for row in alone if isinstance(row, Event)]
    if not events:
        return Chunk(batch, numbers, rejections)
    numbers = np.concatenate([numbers, np.array(at, np.int64)])
    whole = pa.Table.from_batches([batch, to_logged(events)]).combine_chunks()
    order = np.argsort(numbers, kind="stable")
    (merged,) = whole.take(pa.array(order)).combine_chunks().to_batches()
    return Chunk(merged, numbers[order], rejections)


def _of_lines(stream: BufferedReader, source: str, rows: int, step: int, allowance: Allowance) -> Iterator[Chunk]:
    shape = lines.Shape()
    for large in lines.blocks(stream, step):
        allowance.count_rows(len(large))
        for block in large.cut(rows):
            chunk = _of_block(block, shape, source, allowance)
            if len(chunk.numbers) or chunk.rejections:
                yield chunk


def _of_block(block: lines.Block, shape: lines.Shape, source: str, allowance: Allowance) -> Chunk:
    batch, clean = shape.parse(block)
    numbers = np.arange(block.first, block.first + len(block))
    alone = []
    for place in np.flatnonzero(~clean).tolist():
        allowance.watch()
        result = _line(block.line(place), source, number := block.first + place)
        if result is not None:
            alone.append((number, result))
    at = [number for number, row in alone if isinstance(row, Event)]
    return _chunk(batch, numbers[clean], [row for _, row in alone], at)


def _line(line: bytes, source: str, number: int) -> Event | Rejection | None:
    if len(line) > ndjson.LONGEST_LINE:
        return ndjson.too_long(line, source, number)
    text = ndjson.stripped(line)
    return ndjson.read_line(text, source, number) if text else None


class _Whole(NamedTuple):
    """A batch whose structure has been validated, and whether all its texts are UTF-8."""

    batch: pa.RecordBatch
    valid: bool


def _of_arrow(batches: Iterator[pa.RecordBatch], source: str, rows: int, allowance: Allowance) -> Iterator[Chunk]:
    number = 1
    for whole in _packed(_checked(batches, source), rows):
        if isinstance(whole, Rejection):
            yield _refused([whole])
            return
        for place in range(0, whole.batch.num_rows, rows):
            part = whole.batch.slice(place, rows)
            yield _of_batch(part, judge(part, valid=whole.valid), source, number, allowance)
            number += part.num_rows


def _of_batch(batch: pa.RecordBatch, judged: Judged, source: str, first: int, allowance: Allowance) -> Chunk:
    numbers = np.arange(first, first + batch.num_rows)
    if judged.clean.all():
        return Chunk(judged.batch, numbers, [])
    doubtful = np.flatnonzero(~judged.clean)
    at = numbers[doubtful].tolist()
    alone = []
    for row, number in zip(_rows(_with_values(batch), doubtful), at, strict=True):
        allowance.watch()
        alone.append(arrow.judged(row, source, number))
    events = [number for number, row in zip(at, alone, strict=True) if isinstance(row, Event)]
    return _chunk(judged.batch.filter(pa.array(judged.clean)), numbers[judged.clean], alone, events)


def _with_values(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Drop the columns without any value, which would only slow down the rows that are validated singly."""
    times = Counter(batch.schema.names)  # of two columns with the same name the last one counts, even if it is empty
    kept = [
        place
        for place, (name, column) in enumerate(zip(batch.schema.names, batch.columns, strict=True))
        if column.null_count < len(column) or times[name] > 1
    ]
    return batch.select(kept or [0])


def _rows(batch: pa.RecordBatch, places: Ints) -> Iterator[dict[str, Any]]:
    try:
        return arrow.rows(batch.take(pa.array(places)))
    except pa.ArrowException:  # Arrow does not support `take` for every type
        chosen = frozenset(places.tolist())
        return (row for place, row in enumerate(arrow.rows(batch)) if place in chosen)


def _packed(batches: Iterator[_Whole | Rejection], rows: int) -> Iterator[_Whole | Rejection]:
    """Join small batches, up to `rows` rows, since the overhead of each batch equals the cost of hundreds of rows."""
    small: list[_Whole] = []
    for item in batches:
        alone = isinstance(item, Rejection) or not item.valid
        if small and (alone or sum(other.batch.num_rows for other in small) + _size(item) > rows):
            yield from _joined(small)
            small = []
        if alone:
            yield item
        elif isinstance(item, _Whole):
            small.append(item)
    yield from _joined(small)


def _size(item: _Whole | Rejection) -> int:
    return item.batch.num_rows if isinstance(item, _Whole) else 0


def _joined(wholes: list[_Whole]) -> Iterator[_Whole]:
    if len(wholes) < 2:
        yield from wholes
        return
    try:
        (batch,) = pa.Table.from_batches([whole.batch for whole in wholes]).combine_chunks().to_batches()
    except (pa.ArrowException, ValueError):  # their types cannot be joined, or they are too large
        yield from wholes
    else:
        yield _Whole(batch, valid=True)


def _checked(batches: Iterator[pa.RecordBatch], source: str) -> Iterator[_Whole | Rejection]:
    """Validate the structure of every batch; if the file is broken, end with the same rejection as `events.arrow`."""
    number = 0
    try:
        for batch in batches:
            valid = _are_valid(batch)
            if batch.num_columns and batch.num_rows and batch.schema.names:
                yield _Whole(batch, valid)
                number += batch.num_rows
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as broken:
        reason = str(broken).splitlines()[0][:200] if str(broken) else type(broken).__name__
        fault = Fault("unreadable", "", f"a whole file ({arrow.read_until(number)})", reason)
        yield Rejection(source, number + 1 if number else 0, (fault,))


def _are_valid(batch: pa.RecordBatch) -> bool:
    """Return whether all texts are UTF-8."""
    # Not `all`, which would stop at the first that is not: every column has to be validated.
    return sum(not _is_valid(column) for column in batch.columns) == 0


def _is_ascii(column: pa.Array) -> bool:
    """Return whether a column of texts certainly has a sound structure, and ASCII only.

    That is all that `validate` looks at, but in three passes over whole buffers, in a third of the time.
    """
    if column.type != pa.string() or column.offset or not len(column):
        return False
    try:
        column.validate()  # the sizes of the buffers
    except pa.ArrowInvalid:  # the full validation says what is wrong
        return False
    bits, offsets, data = column.buffers()
    there = len(column)
    if bits is not None:
        whole = int.from_bytes(memoryview(bits)[: -(-there // 8)], "little")
        there = (whole & ((1 << there) - 1)).bit_count()
    ends = np.frombuffer(offsets, np.int32, len(column) + 1)
    first, last, size = int(ends[0]), int(ends[-1]), 0 if data is None else data.size
    if there != len(column) - column.null_count or not 0 <= first <= last <= size or (ends[1:] < ends[:-1]).any():
        return False
    return first == last or bool(np.frombuffer(data, np.int8, last - first, first).min() >= 0)


def _is_valid(column: pa.Array) -> bool:
    """Validate a column, and return whether all its texts are UTF-8.

    Raises what `arrow.rows` would raise: Arrow trusts the offsets in a file, and they may point anywhere.
    """
    if arrow.is_wrapped(column.type):
        return _is_valid(column.storage)
    if column.type in arrow.BYTES:
        if _is_ascii(column):
            return True
        try:
            column.validate(full=True)
        except pa.ArrowInvalid:
            column.view(arrow.BYTES[column.type]).validate(full=True)
            return False
        return True
    column.validate(full=True)
    if pa.types.is_dictionary(column.type):
        return _is_valid(arrow.decoded(column))
    return True
