"""Frames: messages of an Arrow stream that carry their own checksum, so that damage to one is always noticed.

The custom metadata of the first message contain a seal of fixed length: the sequence numbers that the frame covers, its
length, the offset of the seal within it, and the CRC-32 of all its bytes (with zeros in place of the CRC itself). So
one write and one sync store a batch together with its checksum. With checksums in a second file there would be two
writes, four ways for a crash to fall between them, and a file that could be lost or exchanged by itself.

A frame is the message of the batch. Only where columns are dictionaries, it is several: a batch without rows, which
carries the seal, since Arrow gives messages of dictionaries no metadata; then the dictionaries, and the batch. So no
frame needs an earlier one, but for the schema; and that frame goes on with empty dictionaries, as streams have to have
all of them before the first batch.

The covered numbers are stated apart from the rows, since retention removes rows: the ranges that frames cover follow
each other without a gap, whatever rows are left, so that a missing frame is noticed.

>>> schema = pa.schema([("sequence", pa.int64())])
>>> batch = pa.record_batch([pa.array([7, 9])], schema=schema)
>>> data = seal_batch(batch, 7, 9)
>>> frame = frame_at(data, 0)
>>> frame.first, frame.last, frame.length == len(data), is_whole(data, frame), batch_in(data, frame, schema) == batch
(7, 9, True, True, True)
>>> data[-8] ^= 1
>>> is_whole(data, frame)
False
"""

from __future__ import annotations

import re
import zlib
from typing import NamedTuple

import pyarrow as pa
import pyarrow.ipc

from cartellino.storage.forms import dictionaries_in

KEY = "cartellino"
"""The key of the seal in the custom metadata of a message."""

_SEAL = re.compile(rb"frame1 (\d{16}) (\d{16}) (\d{12}) (\d{6}) ([0-9a-f]{8})")
_FORM = b"frame1 %016d %016d %012d %06d 00000000"
_BLANK = _FORM % (0, 0, 0, 0)
_CRC = 8
_ZEROS = b"0" * _CRC
_PREFIX = 8
_CONTINUES = b"\xff\xff\xff\xff"
_SPARE, _SPARE_OF_COLUMN = 4_096, 2_048
"""Bytes of a stream beside rows and values: the seal, its end; and of a column what messages say of it."""


class Frame(NamedTuple):
    """Where a frame is, and what its seal says.

    `first` and `last` are the sequence numbers that it covers, `offset` its place in the file and `length` its length
    in bytes, `seal` the offset of the seal within the frame, and `crc` the checksum.
    """

    first: int
    last: int
    offset: int
    length: int
    seal: int
    crc: int

    @property
    def end(self) -> int:
        """The offset of the first byte behind the frame."""
        return self.offset + self.length


class Scratch:
    """Memory for frames that is used again, since touching new memory takes longer than all the rest of a frame."""

    def __init__(self) -> None:
        """Start with none."""
        self._buffer = pa.allocate_buffer(0)

    def of(self, size: int) -> pa.Buffer:
        """Return at least `size` bytes; what was in them is lost."""
        if self._buffer.size < size:
            self._buffer = pa.allocate_buffer(size + size // 4)
        return self._buffer


def seal_batch(
    batch: pa.RecordBatch, first: int, last: int, compression: str | None = None, scratch: Scratch | None = None
) -> memoryview:
    """Return a batch as a frame that covers the numbers `first` to `last`.

    With `scratch`, an uncompressed frame is in its memory, until the next frame is.
    """
    if scratch is None or compression is not None:
        sink = pa.BufferOutputStream()
        end = _write_batch(sink, batch, compression)
        data = memoryview(sink.getvalue()).cast("B")[:end]
    else:
        buffer = scratch.of(_most_bytes(batch))
        end = _write_batch(pa.FixedSizeBufferWriter(buffer), batch, None)
        data = memoryview(buffer).cast("B")[:end]
    return _sealed(data[_begins_at(data, batch.schema) :], first, last)  # without the schema


def _write_batch(sink: pa.NativeFile, batch: pa.RecordBatch, compression: str | None) -> int:
    """Write a stream with one batch, and return where the batch ends."""
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_stream(sink, batch.schema, options=options) as writer:
        if dictionaries_in(batch.schema):
            writer.write_batch(_nothing(batch.schema), custom_metadata={KEY: _BLANK})
            writer.write_batch(batch)
        else:
            writer.write_batch(batch, custom_metadata={KEY: _BLANK})
        end: int = sink.tell()
    return end


def _nothing(schema: pa.Schema) -> pa.RecordBatch:
    """Return a batch without rows."""
    return pa.RecordBatch.from_arrays([pa.array([], field.type) for field in schema], schema=schema)


def _most_bytes(batch: pa.RecordBatch) -> int:
    """Return at least as many bytes as the stream of a batch takes."""
    values = sum(column.dictionary.nbytes for column in batch.columns if pa.types.is_dictionary(column.type))
    return int(pa.ipc.get_record_batch_size(batch) + values + _SPARE + _SPARE_OF_COLUMN * batch.num_columns)


def _begins_at(stream: memoryview, schema: pa.Schema) -> int:
    """Return where the first batch of a stream begins: behind the schema and the dictionaries without values."""
    reader = pa.BufferReader(pa.py_buffer(stream))
    for _ in range(1 + dictionaries_in(schema)):
        pa.ipc.read_message(reader)
    return int(reader.tell())


def seal_schema(schema: pa.Schema, first: int) -> memoryview:
    """Return the frame with the schema that begins a segment. It covers no numbers: its last is one below its first."""
    blank = schema.with_metadata({**(schema.metadata or {}), KEY: _BLANK})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, blank) as writer:
        writer.write_batch(_nothing(blank))
    data = memoryview(bytearray(sink.getvalue()))
    return _sealed(data[: _begins_at(data, schema)], first, first - 1)


def frame_at(data: memoryview, offset: int) -> Frame | None:
    """Return the frame at an offset, `None` if there is none or it is cut off. The checksum is not verified."""
    if bytes(data[offset : offset + 4]) != _CONTINUES:
        return None
    match = _SEAL.search(data, offset, offset + _head(data[offset : offset + _PREFIX]))
    return None if match is None else _stated(data, match, offset)


def is_whole(data: memoryview, frame: Frame) -> bool:
    """Return whether the checksum of a frame is right."""
    stands = frame.offset + frame.seal + len(_BLANK) - _CRC
    before = zlib.crc32(data[frame.offset : stands])
    return zlib.crc32(data[stands + _CRC : frame.end], zlib.crc32(_ZEROS, before)) == frame.crc


def whole_frame_at(data: memoryview, offset: int) -> Frame | None:
    """Return the frame at an offset, `None` if there is none or its checksum does not hold."""
    frame = frame_at(data, offset)
    return frame if frame is not None and is_whole(data, frame) else None


def whole_frame_after(data: memoryview, offset: int) -> Frame | None:
    """Return the first whole frame that begins at `offset` or later, `None` if there is none.

    The text of an event cannot be mistaken for a frame, which begins with bytes that never occur in UTF-8.
    """
    for match in _SEAL.finditer(data, offset):
        frame = frame_at(data, match.start() - int(match[4])) if match.start() >= int(match[4]) else None
        if frame is not None and frame.offset >= offset and is_whole(data, frame):
            return frame
    return None


def batch_in(data: memoryview, frame: Frame, schema: pa.Schema, header: Frame | None = None) -> pa.RecordBatch:
    """Return the batch of a whole frame, without copying its bytes unless it has dictionaries.

    These are read as a stream, so the bytes of the `header`, the frame with the schema, have to be before them.
    """
    bytes_of_frame = data[frame.offset : frame.end]
    if header is None or not dictionaries_in(schema):
        return pa.ipc.read_record_batch(pa.py_buffer(bytes_of_frame), schema)
    with pa.ipc.open_stream(b"".join([data[header.offset : header.end], bytes_of_frame])) as stream:
        stream.read_next_batch()  # the one that carries the seal
        return stream.read_next_batch()


def schema_in(data: memoryview, frame: Frame) -> pa.Schema:
    """Return the schema of the whole frame that begins a segment, as it was given to `seal_schema`."""
    schema = pa.ipc.read_schema(pa.py_buffer(data[frame.offset : frame.end]))
    return schema.with_metadata({key: text for key, text in schema.metadata.items() if key != KEY.encode()} or None)


def _head(data: memoryview) -> int:
    """Return the length of the head of the message at the start of `data`: everything before its columns."""
    return _PREFIX + int.from_bytes(data[4:_PREFIX], "little")


def _sealed(data: memoryview, first: int, last: int) -> memoryview:
    """Fill in the blank seal of a message; the checksum comes last, since it covers the rest."""
    seal = bytes(data[: _head(data)]).index(_BLANK)
    end = seal + len(_BLANK)
    data[seal:end] = _FORM % (first, last, len(data), seal)
    data[end - _CRC : end] = b"%08x" % zlib.crc32(data)
    return data


def _stated(data: memoryview, match: re.Match[bytes], offset: int) -> Frame | None:
    first, last, length, seal = (int(number) for number in match.groups()[:4])
    fits = match.start() - offset == seal and seal < length <= len(data) - offset
    return Frame(first, last, offset, length, seal, int(match[5], 16)) if fits else None
