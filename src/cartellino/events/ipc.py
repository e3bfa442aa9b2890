"""What an Arrow IPC stream claims, checked before Arrow believes it.

Arrow makes room for as many bytes as the message says that a compressed buffer unpacks to. The metadata of a message
is a FlatBuffer; the few fields that are needed are read here, by position in their tables (Arrow columnar format,
`Message.fbs`; FlatBuffers internals).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.ipc

from cartellino.events.allowance import Allowance, must_be_flat

_RECORD_BATCH, _DICTIONARY_BATCH = 3, 2
_MAGIC = b"ARROW1"


def batches(body: pa.Buffer, allowance: Allowance) -> Iterator[pa.RecordBatch]:
    """Read a stream, or the stream that stands inside a file: after its magic number, padded to 8 bytes.

    Raises `TooLarge`, `ValueError` for a message that cannot be read, and what Arrow raises.
    """
    stream = body.slice(8) if body.slice(0, len(_MAGIC)).to_pybytes() == _MAGIC else body
    _check_all(stream, allowance)
    with pa.ipc.open_stream(stream) as reader:
        must_be_flat(reader.schema)
        yield from reader


def _check_all(stream: pa.Buffer, allowance: Allowance) -> None:
    """Look at every message, up to where the stream ends or breaks: reading it comes to the same place."""
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
    for length, _ in [(header.number(0, "<q"), 0), *header.pairs(1)]:
        allowance.must_fit(length)
    if header.table(3) is not None and body is not None:
        for offset, size in header.pairs(2):
            allowance.take_bytes(_claimed(body, offset, size))


def _claimed(body: pa.Buffer, offset: int, size: int) -> int:
    """Return to how many bytes a buffer of a compressed batch unpacks: it begins with that number, or -1."""
    if size < 8 or not 0 <= offset <= body.size - 8:
        return 0
    claimed: int = struct.unpack("<q", body.slice(offset, 8).to_pybytes())[0]
    return max(0, claimed)


class _Table:
    """A table of a FlatBuffer: its fields are found by the offsets in its vtable."""

    def __init__(self, held: bytes, at: int) -> None:
        self._held = held
        self._at = at
        self._vtable = at - struct.unpack_from("<i", held, at)[0]
        if not 0 <= self._vtable < len(held):
            raise IndexError("a table lies outside")
        self._size: int = struct.unpack_from("<H", held, self._vtable)[0]

    def number(self, field: int, form: str) -> int:
        """Return a number, 0 where it is not there."""
        at = self._place(field)
        return int(struct.unpack_from(form, self._held, at)[0]) if at else 0

    def table(self, field: int) -> _Table | None:
        """Return a table within."""
        at = self._place(field)
        return _Table(self._held, at + struct.unpack_from("<I", self._held, at)[0]) if at else None

    def pairs(self, field: int) -> list[tuple[int, int]]:
        """Return a vector of structs of two 64-bit numbers."""
        at = self._place(field)
        if not at:
            return []
        begin = at + struct.unpack_from("<I", self._held, at)[0]
        count = struct.unpack_from("<I", self._held, begin)[0]
        if begin + 4 + 16 * count > len(self._held):
            raise IndexError("a vector lies outside")
        return [struct.unpack_from("<qq", self._held, begin + 4 + 16 * number) for number in range(count)]

    def _place(self, field: int) -> int:
        place = 4 + 2 * field
        if place + 2 > self._size:
            return 0
        offset: int = struct.unpack_from("<H", self._held, self._vtable + place)[0]
        return self._at + offset if offset else 0
