"""Unpacks gzip (RFC 1952) and zstd (RFC 8878), with any number of members or frames.

Python's reader of gzip is used, since Arrow's takes the padding that some writers add for another member. A stream that
breaks off raises `OSError` after its intact bytes.

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
"""Number of bytes that are unpacked at a time."""


def gunzipped(stream: BufferedReader) -> BufferedReader:
    """Return the unpacked content of a gzip stream."""
    inside = gzip.GzipFile(fileobj=stream, mode="rb")

    def piece(size: int) -> bytes:
        try:
            return inside.read1(size)
        except (EOFError, zlib.error) as broken:
            raise OSError(f"the gzip data breaks off or is damaged: {broken}") from None

    return BufferedReader(Pieces(piece), _PIECE)


_SMALL_PIECE = 1 << 12
"""Arrow returns nothing of a piece in which the data break off; small pieces keep the loss of intact bytes small."""


def unzstded(stream: BufferedReader) -> BufferedReader:
    """Return the unpacked content of a zstd stream."""
    inside = pa.CompressedInputStream(pa.PythonFile(stream, mode="r"), "zstd")

    def piece(size: int) -> bytes:
        return bytes(inside.read(min(size, _SMALL_PIECE)))

    return BufferedReader(Pieces(piece), _PIECE)
