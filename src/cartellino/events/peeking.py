"""Looks at the first bytes of a stream without consuming them.

`BufferedReader.peek` does not suffice: it returns what a single read yields, which can be one byte for a pipe or a
compressed file.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BufferedReader, RawIOBase
from typing import Any

LOOK = 512
"""Number of bytes that suffice to recognise a format."""


def look(stream: BufferedReader) -> tuple[bytes, BufferedReader]:
    """Return the first bytes of a stream, and a stream that still begins with them.

    Fewer than `LOOK` bytes are returned if the stream ends or breaks before, or after a complete first line, so that a
    client that sends line by line is not kept waiting.
    """
    head = stream.peek(LOOK)
    if len(head) >= LOOK:
        return head, stream
    if stream.seekable():
        place = stream.tell()
        head = stream.read(LOOK)
        stream.seek(place)
        return head, stream
    head = _begun(stream)
    return head, BufferedReader(Pieces(_first(head, stream.read1)))


def _begun(stream: BufferedReader) -> bytes:
    head = b""
    try:
        while len(head) < LOOK and b"\n" not in head and (piece := stream.read1(LOOK)):
            head += piece
    except OSError:  # reading on raises it again, after the bytes read so far
        if not head:
            raise
    return head


def _first(head: bytes, more: Callable[[int], bytes]) -> Callable[[int], bytes]:
    left = head

    def piece(size: int) -> bytes:
        nonlocal left
        now, left = left[:size], left[size:]
        return now or more(size)

    return piece


class Pieces(RawIOBase):
    """A stream of the bytes that `piece` returns, called with the most bytes to return; no bytes mean the end."""

    def __init__(self, piece: Callable[[int], bytes]) -> None:
        self._piece = piece

    def readable(self) -> bool:
        """Return true."""
        return True

    def readinto(self, into: Any) -> int:  # noqa: ANN401 - whatever takes bytes
        """Read the next bytes into a buffer."""
        piece = self._piece(len(into))
        into[: len(piece)] = piece
        return len(piece)
