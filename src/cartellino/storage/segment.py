"""A segment of the log: a file with a frame for the schema, then a frame for each batch, in order and without gaps.

The file is an Arrow IPC stream. Its name contains its first sequence number, so that the names in a folder serve as an
index.

>>> name_of(32_769), first_of("events-0000000000032769.arrows"), first_of("notes.txt")
('events-0000000000032769.arrows', 32769, None)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import pyarrow as pa

from cartellino.storage.faults import DamagedLog
from cartellino.storage.files import Files
from cartellino.storage.frames import (
    Frame,
    batch_in,
    frame_at,
    is_whole,
    schema_in,
    whole_frame_after,
    whole_frame_at,
)

_NAME = re.compile(r"events-(\d{16})\.arrows")


def name_of(first: int) -> str:
    """Return the file name of the segment that begins with a sequence number."""
    return f"events-{first:016d}.arrows"


def first_of(name: str) -> int | None:
    """Return the first sequence number of a segment by its file name, `None` for the name of another file."""
    match = _NAME.fullmatch(name)
    return int(match[1]) if match else None


def begins(files: Files, folder: Path) -> list[int]:
    """Return the first sequence numbers of all segments in a folder, in order."""
    return sorted(first for name in files.list(folder) if (first := first_of(name)) is not None)


class End(NamedTuple):
    """Where a segment ends: the offset behind its last whole frame, and the last number that this frame covers."""

    offset: int
    last: int


class Stamp(NamedTuple):
    """What tells a segment from every other content it may have: its first and last number, its size in bytes, and a
    checksum of the seals of its frames, which contain the checksums of all bytes.
    """

    first: int
    last: int
    size: int
    seals: int


class Segment:
    """One segment, mapped into memory and read as it is accessed."""

    def __init__(self, files: Files, folder: Path, first: int) -> None:
        self.path = folder / name_of(first)
        self.first = first
        self._data = files.map(self.path)

    @property
    def size(self) -> int:
        """The size of the file in bytes."""
        return len(self._data)

    def schema(self) -> pa.Schema:
        """Return the schema of the batches.

        Raises `DamagedLog` if it cannot be read.
        """
        return schema_in(self._data, self._header())

    def frames(self, until: int) -> Iterator[Frame]:
        """Yield the frames that cover the numbers up to `until`; checksums are not verified.

        Raises `DamagedLog` at a gap.
        """
        offset, due = self._header().end, self.first
        while due <= until:
            frame = frame_at(self._data, offset)
            if frame is None or frame.first != due or frame.last < due:
                raise self._damaged(offset, f"row {due} should begin here")
            yield frame
            offset, due = frame.end, frame.last + 1

    def stamp(self, last: int) -> Stamp:
        """Return the stamp of the segment, whose last number is `last`; only the heads of its frames are read.

        Raises `DamagedLog` at a gap.
        """
        seals = crc32(repr(self._header()).encode())
        for frame in self.frames(last):
            seals = crc32(repr(frame).encode(), seals)
        return Stamp(self.first, last, self.size, seals)

    def batch(self, frame: Frame, schema: pa.Schema) -> pa.RecordBatch:
        """Return the batch of a frame.

        Raises `DamagedLog` if the checksum does not hold.
        """
        if not is_whole(self._data, frame):
            raise self._damaged(frame.offset, f"the checksum of rows {frame.first} to {frame.last} does not hold")
        return batch_in(self._data, frame, schema, self._header())

    def end(self) -> End:
        """Find the end of the last segment of a log; anything behind it was never acknowledged.

        A frame is written only when the one before it is durable. So a broken frame that is followed by a whole one had
        been acknowledged, and `DamagedLog` is raised.
        """
        end = self._whole()
        if whole_frame_after(self._data, end.offset) is not None:
            raise self._damaged(end.offset, f"row {end.last + 1} should begin here, and whole rows follow")
        return end if end.last >= self.first else End(0, end.last)

    def _whole(self) -> End:
        frame = whole_frame_at(self._data, 0)
        offset, last = 0, self.first - 1
        while frame is not None and frame.first == last + 1:
            offset, last = frame.end, frame.last
            frame = whole_frame_at(self._data, offset)
        return End(offset, last)

    def _header(self) -> Frame:
        frame = whole_frame_at(self._data, 0)
        if frame is None or frame.first != self.first:
            raise self._damaged(0, "the schema cannot be read")
        return frame

    def _damaged(self, offset: int, damage: str) -> DamagedLog:
        return DamagedLog(self.path, offset, damage)
