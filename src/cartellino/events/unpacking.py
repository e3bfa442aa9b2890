"""What is inside gzip (RFC 1952) and zstd (RFC 8878): any number of members or frames, one after the other.

Some writers of gzip add padding, which Arrow's own reader takes for the beginning of another member. What breaks off
raises `OSError` after what came whole, as in any file.

>>> from io import BytesIO
>>> packed = gzip.compress(b"one\\n") + bytes(512) + gzip.compress(b"two\\n") + bytes(512)
>>> gunzipped(BufferedReader(BytesIO(packed))).read()
b'one\\ntwo\\n'
"""

from __future__ import annotations

import gzip
import zlib
from io import BufferedReader

import pyarrow as pa

from cartellino.events.peeking import Pieces

_PIECE = 1 << 18
"""Bytes that are unpacked at a time."""


def gunzipped(stream: BufferedReader) -> BufferedReader:
    """Open what is inside gzip."""
    inside = gzip.GzipFile(fileobj=stream, mode="rb")

    def piece(size: int) -> bytes:
        try:
            return inside.read1(size)
        except (EOFError, zlib.error) as broken:
            raise OSError(f"the gzip data breaks off or is damaged: {broken}") from None

    return BufferedReader(Pieces(piece), _PIECE)


_SMALL_PIECE = 1 << 12
"""Arrow gives nothing of a piece in which the data break off, so no more than this is lost of what came whole."""


def unzstded(stream: BufferedReader) -> BufferedReader:
    """Open what is inside zstd."""
    inside = pa.CompressedInputStream(pa.PythonFile(stream, mode="r"), "zstd")

    def piece(size: int) -> bytes:
        return bytes(inside.read(min(size, _SMALL_PIECE)))

    return BufferedReader(Pieces(piece), _PIECE)
