"""What is inside gzip (RFC 1952): any number of members, one after the other, with the padding that some writers add.

Arrow's own reader takes padding for the beginning of another member. What breaks off raises `OSError`, as in any file.

>>> from io import BytesIO
>>> packed = gzip.compress(b"one\\n") + bytes(512) + gzip.compress(b"two\\n") + bytes(512)
>>> gunzipped(BufferedReader(BytesIO(packed))).read()
b'one\\ntwo\\n'
"""

from __future__ import annotations

import gzip
import zlib
from io import BufferedReader

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
