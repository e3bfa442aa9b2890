"""The first bytes of a stream, while the stream still has them.

`BufferedReader.peek` gives what one read happened to bring, which of a pipe or a compressed file can be a single byte.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BufferedReader, RawIOBase
from typing import Any

LOOK = 512
"""Bytes that tell a format from another."""


def look(stream: BufferedReader) -> tuple[bytes, BufferedReader]:
    """Return how a stream begins, and a stream that still begins so.

    Fewer than `LOOK` bytes are returned where the stream ends or breaks off before, or where a first line is complete:
    nobody is kept waiting who sends line by line.
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
    except OSError:  # reading on meets it again, after what was read
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
    """A stream of what a function returns, which is asked for at most so many bytes; none are the end."""

    def __init__(self, piece: Callable[[int], bytes]) -> None:
        self._piece = piece

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, into: Any) -> int:  # noqa: ANN401 - whatever takes bytes
        """Read the next bytes into a buffer."""
        piece = self._piece(len(into))
        into[: len(piece)] = piece
        return len(piece)
