"""Checks the sizes that an Arrow IPC stream or file states, before Arrow relies on them.

Arrow allocates as many bytes as a compressed buffer states that it unpacks to. The metadata of a message is a
FlatBuffer; the few fields that are needed are read here, by their position in its tables (Arrow columnar format,
`Message.fbs` and `File.fbs`; FlatBuffers internals). The footer of a file says where its messages are.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.ipc

from cartellino.events.allowance import Allowance, must_be_flat

_RECORD_BATCH, _DICTIONARY_BATCH = 3, 2
_MAGIC = b"ARROW1"
_DICTIONARIES, _BATCHES = 2, 3
"""The fields of a footer with the places of dictionaries and record batches."""

_TAIL = 4 + len(_MAGIC)
"""Size of the end of a file in bytes: the length of the footer, and the magic number."""


def batches(body: pa.Buffer, allowance: Allowance) -> Iterator[pa.RecordBatch]:
    """Yield the batches of a stream or a file.

    Raises `TooLarge`, `ValueError` if a message cannot be read, and what Arrow raises.
    """
    if body.slice(0, len(_MAGIC)).to_pybytes() == _MAGIC:
        yield from _of_file(body, allowance)
        return
    _check_all(body, allowance)
    with pa.ipc.open_stream(body) as reader:
        must_be_flat(reader.schema)
        yield from reader


def _of_file(body: pa.Buffer, allowance: Allowance) -> Iterator[pa.RecordBatch]:
    """Yield the batches of a file, found by its footer; whatever else the file contains is ignored."""
    left = body.size
    for at in _places(body):
        allowance.watch()
        message = pa.ipc.read_message(pa.BufferReader(body.slice(at)))
        left -= message.body.size if message.body is not None else 0
        if left < 0:
            raise ValueError("messages share what they hold")
        try:
            _check(message.metadata.to_pybytes(), message.body, allowance)
        except (struct.error, IndexError) as broken:
            raise ValueError(f"a message has broken metadata: {broken}") from None
    with pa.ipc.open_file(body) as reader:
        must_be_flat(reader.schema)
        yield from (reader.get_batch(number) for number in range(reader.num_record_batches))


def _places(body: pa.Buffer) -> list[int]:
    """Return the offsets of the messages that the footer of a file lists."""
    tail = body.slice(max(0, body.size - _TAIL)).to_pybytes()
    size = int.from_bytes(tail[:4], "little")
    if tail[4:] != _MAGIC or size > body.size - _TAIL:
        raise ValueError("the file breaks off: it has no footer")
    footer = body.slice(body.size - _TAIL - size, size).to_pybytes()
    try:
        root = _Table(footer, struct.unpack_from("<I", footer, 0)[0])
        offsets = [at for field in (_DICTIONARIES, _BATCHES) for at, *_ in root.structs(field, "<qi4xq")]
    except (struct.error, IndexError) as broken:
        raise ValueError(f"the footer is broken: {broken}") from None
    if len(offsets) != len({*offsets}) or not all(0 <= at < body.size for at in offsets):
        raise ValueError("the footer is broken: a message is named twice, or lies outside")
    return offsets


def _check_all(stream: pa.Buffer, allowance: Allowance) -> None:
    """Check every message up to the end of the stream, or to where it is broken; reading will get as far."""
    reader = pa.ipc.MessageReader.open_stream(pa.BufferReader(stream))
    while True:
        allowance.watch()
        try:
            message = reader.read_next_message()
        except (StopIteration, pa.ArrowException, OSError):
            return
        try:
            _check(message.metadata.to_pybytes(), message.body, allowance)
        except (struct.error, IndexError) as broken:
            raise ValueError(f"a message has broken metadata: {broken}") from None


def _check(metadata: bytes, body: pa.Buffer | None, allowance: Allowance) -> None:
    root = _Table(metadata, struct.unpack_from("<I", metadata, 0)[0])
    kind, header = root.number(1, "<B"), root.table(2)
    if kind == _DICTIONARY_BATCH and header is not None:
        header = header.table(1)
    if kind not in (_RECORD_BATCH, _DICTIONARY_BATCH) or header is None:
        return
    for length, *_ in [(header.number(0, "<q"),), *header.structs(1, "<qq")]:
        allowance.must_fit(length)
    if header.table(3) is not None and body is not None:
        for offset, size in header.structs(2, "<qq"):
            allowance.count_bytes(_claimed(body, offset, size))


def _claimed(body: pa.Buffer, offset: int, size: int) -> int:
    """Return the unpacked size that a compressed buffer states in its first 8 bytes; -1 there means uncompressed."""
    if size < 8 or not 0 <= offset <= body.size - 8:
        return 0
    claimed: int = struct.unpack("<q", body.slice(offset, 8).to_pybytes())[0]
    return max(0, claimed)


class _Table:
    """A table of a FlatBuffer, whose vtable has the offsets of its fields."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._at = at
        self._vtable = at - struct.unpack_from("<i", data, at)[0]
        if not 0 <= self._vtable < len(data):
            raise IndexError("a table lies outside")
        self._size: int = struct.unpack_from("<H", data, self._vtable)[0]

    def number(self, field: int, form: str) -> int:
        """Return a number field, 0 if it is absent; `form` is its format for `struct`."""
        at = self._place(field)
        return int(struct.unpack_from(form, self._data, at)[0]) if at else 0

    def table(self, field: int) -> _Table | None:
        """Return a nested table, `None` if it is absent."""
        at = self._place(field)
        return _Table(self._data, at + struct.unpack_from("<I", self._data, at)[0]) if at else None

    def structs(self, field: int, form: str) -> list[tuple[int, ...]]:
        """Return a vector of structs of numbers, empty if it is absent; `form` is their format for `struct`."""
        at = self._place(field)
        if not at:
            return []
        begin = at + struct.unpack_from("<I", self._data, at)[0]
        count = struct.unpack_from("<I", self._data, begin)[0]
        size = struct.calcsize(form)
        if begin + 4 + size * count > len(self._data):
            raise IndexError("a vector lies outside")
        return [struct.unpack_from(form, self._data, begin + 4 + size * number) for number in range(count)]

    def _place(self, field: int) -> int:
        place = 4 + 2 * field
        if place + 2 > self._size:
            return 0
        offset: int = struct.unpack_from("<H", self._data, self._vtable + place)[0]
        return self._at + offset if offset else 0
