"""Digests of the rows of a finished segment, in a file beside it, so that a restart knows them without reading the log.

The file can be derived from its segment. It is used only if its checksums hold and it states the very segment that is
there: its size, and the seals of all its frames, hence the checksum of every byte. A file that is missing, torn, or of
a segment that was rewritten since (retention, erasure, a backup put back) is none, and is made anew from the segment.
Who made it states a `sample`, the digest of a fixed row: another salt or another way to compute digests makes all files
stale.

>>> import tempfile
>>> from cartellino.storage.files import DISK
>>> from cartellino.storage.segment import Stamp
>>> folder = Path(tempfile.mkdtemp())
>>> stamp = Stamp(first=1, last=2, size=900, seals=7)
>>> blocks = np.zeros((1, 8), np.int64)
>>> latest = [Heard("a.ndjson", 20, np.array([[5, 20, 6]]))]
>>> write_digests(DISK, folder, stamp, 99, SegmentDigests(10, 20, np.array([-3, 8]), blocks, latest))
>>> found = read_digests(DISK, folder, stamp, 99)
>>> found.ordered.tolist(), found.sources[0].name, read_digests(DISK, folder, stamp._replace(seals=8), 99)
([-3, 8], 'a.ndjson', None)
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import msgspec
import numpy as np

from cartellino.kernel.arrays import Array
from cartellino.storage.files import Files
from cartellino.storage.replacing import replacing
from cartellino.storage.segment import Stamp

_FORMAT = b"digest1\0"
_HEAD = struct.Struct("<8s10qII")
_LONG = 8
_BLOCK = 64

_encoder, _decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(list[tuple[str, int, bytes]])


class Heard(NamedTuple):
    """What a segment has of a source: its latest time, and the rows of the minute before it, in their order.

    Each row has three words: the code of its id, its time, and its digest without what the service stamped.
    """

    name: str
    latest: int
    rows: Array


class SegmentDigests(NamedTuple):
    """What a finished segment is known by: the range of its times, the digests of its rows in ascending order, a
    blocked Bloom filter of them, and what it has of each source.
    """

    earliest: int
    latest: int
    ordered: Array
    blocks: Array
    sources: Sequence[Heard]
    crc: int = 0
    """The checksum of digests and filter in the file."""

    @property
    def is_whole(self) -> bool:
        """Return whether the checksum of digests and filter holds; this reads them."""
        return crc32(self.blocks.data, crc32(self.ordered.data)) == self.crc


def digests_name(first: int) -> str:
    """Return the name of the file of the segment that begins with a number."""
    return f"events-{first:016d}.digests"


def write_digests(files: Files, folder: Path, stamp: Stamp, sample: int, digests: SegmentDigests) -> None:
    """Write the file of a segment.

    Raises `WriteFailed` if it cannot be written.
    """
    told = _encoder.encode([(name, latest, rows.tobytes()) for name, latest, rows in digests.sources])
    body = crc32(digests.blocks.data, crc32(digests.ordered.data))
    stated = (
        *(_FORMAT, *stamp, sample, digests.earliest, digests.latest),
        *(len(digests.ordered), len(digests.blocks), len(told), body),
    )
    with replacing(files, folder / digests_name(stamp.first)) as file:
        file.write(_HEAD.pack(*stated, _checksum(stated, told)) + told + bytes(-len(told) % _LONG))
        file.write(digests.ordered.tobytes())
        file.write(digests.blocks.tobytes())


def read_digests(files: Files, folder: Path, stamp: Stamp, sample: int) -> SegmentDigests | None:
    """Return the digests of a segment, or `None` unless the file is whole and states this segment and this sample.

    Digests and filter are mapped, and read when they are asked; then `is_whole` is to be asked first.
    """
    try:
        data = files.map(folder / digests_name(stamp.first))
    except OSError:
        return None
    if len(data) < _HEAD.size:
        return None
    *stated, checksum = _HEAD.unpack(data[: _HEAD.size])
    rows, blocks, size, crc = stated[-4:]
    at = _HEAD.size + size + -size % _LONG
    fits = min(rows, blocks, size) >= 0 and len(data) == at + rows * _LONG + blocks * _BLOCK
    if tuple(stated[:6]) != (_FORMAT, *stamp, sample) or not fits:
        return None
    told = data[_HEAD.size : _HEAD.size + size]
    if _checksum(stated, told) != checksum:
        return None
    return SegmentDigests(
        stated[6], stated[7], np.frombuffer(data, np.int64, rows, at),
        np.frombuffer(data, np.int64, blocks * _BLOCK // _LONG, at + rows * _LONG).reshape(blocks, _BLOCK // _LONG),
        [_heard(*source) for source in _decoder.decode(told)], crc,
    )  # fmt: skip


def discard_digests(files: Files, folder: Path, first: int) -> None:
    """Remove the file of a segment that is rewritten. If that fails, the file is stale, and is not used."""
    with suppress(OSError):
        files.remove(folder / digests_name(first))


def _heard(name: str, latest: int, rows: bytes) -> Heard:
    return Heard(name, latest, np.frombuffer(rows, np.int64).reshape(-1, 3))


def _checksum(stated: Sequence[Any], told: bytes | memoryview) -> int:
    return crc32(told, crc32(_HEAD.pack(*stated, 0)))
