"""A journal: an append-only file of small records, each a string of bytes.

A record is stored as three little-endian 32-bit numbers, followed by its bytes: its length; the distance in bytes to
the beginning of the `append` that wrote it; and the CRC-32 of these two numbers and the bytes. After a crash the file
contains everything that was acknowledged, then perhaps some records of the last `append`. A disk may write the pages of
one `append` in any order, so that a whole record may follow a torn one of the same `append`: this torn tail is cut off.
But a broken record followed by a whole one of a later `append` had been acknowledged, and the journal is refused as
damaged.

>>> import tempfile
>>> journal = Journal(Path(tempfile.mkdtemp()) / "decisions.journal")
>>> journal.append([b"one", b"", b"three"])
>>> len(journal), list(journal.read())
(3, [b'one', b'', b'three'])
>>> journal.truncate_to(1)
>>> list(Journal(journal.path).read())
[b'one']
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from cartellino.storage.faults import DamagedLog
from cartellino.storage.files import DISK, Files
from cartellino.storage.growing import cut, grow, make_folder
from cartellino.storage.replacing import replacing

_HEAD = struct.Struct("<III")
_STATED = struct.Struct("<II")


class _Record(NamedTuple):
    """Where a record begins and ends in the file, and where the `append` that wrote it begins (`group`)."""

    offset: int
    end: int
    group: int

    def content(self, data: memoryview) -> bytes:
        return bytes(data[self.offset + _HEAD.size : self.end])


class _Tail(NamedTuple):
    number: int
    end: int


class Journal:
    """One file of records, to which one process appends, in one thread at a time."""

    def __init__(self, path: Path, files: Files = DISK) -> None:
        """Open a journal, which need not exist yet; a torn tail is cut off.

        Raises `DamagedLog` if acknowledged records are damaged.
        """
        self.path = path
        self._files = files
        self._tail = _Tail(0, 0)
        self._tried = 0
        if path.name in files.list(path.parent):
            with files.lock(path.parent):
                self._look()

    def __len__(self) -> int:
        return self._tail.number

    def append(self, records: Sequence[bytes]) -> None:
        """Append records, which are durable when this returns.

        Raises `DiskFull` or `WriteFailed` if they cannot be written; then none of them is in the journal.
        """
        if not records:
            return
        if self._tail.end == 0:
            make_folder(self._files, self.path.parent)
        data = _framed(records)
        with self._files.lock(self.path.parent):
            self._follow()
            self._write(len(records), data)

    def read(self) -> Iterator[bytes]:
        """Yield all records, oldest first.

        Raises `DamagedLog` at the first damaged one.
        """
        number, end = self._tail
        data = self._files.map(self.path)[:end] if number else memoryview(b"")
        offset = 0
        for record in islice(_records(data, 0), number):
            yield record.content(data)
            offset = record.end
        if offset < end:
            raise DamagedLog(self.path, offset, "the checksum of a record does not hold")

    def truncate_to(self, number: int) -> None:
        """Keep only the first `number` records.

        Raises `DamagedLog` if there are fewer, since the caller counts only records that were acknowledged as durable.
        """
        if number > len(self):
            raise DamagedLog(
                self.path, self._tail.end, f"{number} records were counted before, and it holds {len(self)}"
            )
        if number < len(self):
            with self._files.lock(self.path.parent):
                self._cut(number)

    def rewrite(self, records: Sequence[bytes]) -> None:
        """Replace all records atomically.

        Raises `DiskFull` or `WriteFailed` if the new ones cannot be written; then the old ones are still there.
        """
        data = b"".join(_framed([record]) for record in records)  # an `append` each, so that none counts as a torn tail
        make_folder(self._files, self.path.parent)
        with self._files.lock(self.path.parent):
            with replacing(self._files, self.path) as file:
                file.write(data)
            self._tail, self._tried = _Tail(len(records), len(data)), len(data)

    def _write(self, number: int, data: bytes) -> None:
        self._tried = self._tail.end + len(data)
        try:
            end = grow(self._files, self.path, self._tail.end, data)
        except BaseException:
            self._tried = self._files.size(self.path)  # including what could not be truncated
            raise
        self._tail = _Tail(len(self) + number, end)

    def _cut(self, number: int) -> None:
        kept = list(islice(_records(self._files.map(self.path), 0), number))
        end = kept[-1].end if kept else 0
        cut(self._files, self.path, end)
        self._tail, self._tried = _Tail(number, end), end

    def _follow(self) -> None:
        size = self._files.size(self.path)
        if self._tail.end < size <= self._tried:  # a write failed, and so did truncating what it had written
            cut(self._files, self.path, self._tail.end)
        elif size != self._tail.end:
            self._look()

    def _look(self) -> None:
        data = self._files.map(self.path)
        number, end = 0, 0
        for record in _records(data, 0):
            number, end = number + 1, record.end
        if _follows(data, end):
            raise DamagedLog(self.path, end, "a record is broken here, and whole ones follow")
        if number < len(self):
            raise DamagedLog(self.path, end, f"{len(self)} records had been written, and {number} are left")
        cut(self._files, self.path, end)
        self._tail = _Tail(number, end)


def whole_records(path: Path, files: Files = DISK) -> tuple[list[bytes], int]:
    """Return all whole records of a file, and the number of torn bytes behind them, without changing anything.

    Raises `DamagedLog` if acknowledged records are damaged.
    """
    data = files.map(path) if path.name in files.list(path.parent) else memoryview(b"")
    records = list(_records(data, 0))
    end = records[-1].end if records else 0
    if _follows(data, end):
        raise DamagedLog(path, end, "a record is broken here, and whole ones follow")
    return [record.content(data) for record in records], len(data) - end


def _framed(records: Sequence[bytes]) -> bytes:
    framed = bytearray()
    for record in records:
        stated = _STATED.pack(len(record), len(framed))
        framed += _HEAD.pack(len(record), len(framed), zlib.crc32(record, zlib.crc32(stated))) + record
    return bytes(framed)


def _records(data: memoryview, offset: int) -> Iterator[_Record]:
    """Yield records from `offset` on, up to the first that is not whole."""
    while (record := _record_at(data, offset)) is not None:
        yield record
        offset = record.end


def _record_at(data: memoryview, offset: int) -> _Record | None:
    if offset + _HEAD.size > len(data):
        return None
    length, back, crc = _HEAD.unpack_from(data, offset)
    end = offset + _HEAD.size + length
    if end > len(data) or back > offset:
        return None
    stated = zlib.crc32(data[offset : offset + _STATED.size])
    whole = zlib.crc32(data[offset + _HEAD.size : end], stated) == crc
    return _Record(offset, end, offset - back) if whole else None


def _follows(data: memoryview, broken: int) -> bool:
    """Return whether a whole record of a later `append` follows a broken one."""
    offset = broken + 1
    while offset < len(data):
        record = _record_at(data, offset)
        if record is not None and record.group > broken:
            return True
        offset = offset + 1 if record is None else record.end
    return False
