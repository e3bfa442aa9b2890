"""A journal: small records, bytes in and bytes out, in one file that only grows.

Each record is framed as three little-endian 32-bit numbers and its bytes: its length; how many bytes before it the
`append` began that wrote it; the CRC-32 of these two and the bytes. After a crash the file holds everything that was
acknowledged, then perhaps the first few records of the `append` that was under way. A disk writes the pages of one
`append` in any order, so a whole record may stand behind a torn one of the same `append`: that is a torn tail and cut
off. A whole record of a later `append` behind a broken one means that something acknowledged is damaged: refused.

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
    """A record in the file: where it begins and ends, and where the `append` began that wrote it."""

    offset: int
    end: int
    group: int

    def held(self, data: memoryview) -> bytes:
        return bytes(data[self.offset + _HEAD.size : self.end])


class _Tail(NamedTuple):
    number: int
    end: int


class Journal:
    """One file of records. One process appends; not two threads at once."""

    def __init__(self, path: Path, files: Files = DISK) -> None:
        """Open a journal; it may be new. A torn tail is cut off.

        Raises `DamagedLog` for damage to what had been acknowledged.
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
        """Write records, down to the disk; no records are nothing.

        Raises `DiskFull` or `WriteFailed` when the disk does not take them: then none of them is in the journal.
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

        Raises `DamagedLog` where one cannot be given back as it was appended.
        """
        number, end = self._tail
        data = self._files.map(self.path)[:end] if number else memoryview(b"")
        offset = 0
        for record in islice(_records(data, 0), number):
            yield record.held(data)
            offset = record.end
        if offset < end:
            raise DamagedLog(self.path, offset, "the checksum of a record does not hold")

    def truncate_to(self, number: int) -> None:
        """Keep the first `number` records.

        Raises `DamagedLog` when there are fewer: whoever knows of more was told that they are durable.
        """
        if number > len(self):
            raise DamagedLog(
                self.path, self._tail.end, f"{number} records were counted before, and it holds {len(self)}"
            )
        if number < len(self):
            with self._files.lock(self.path.parent):
                self._cut(number)

    def rewrite(self, records: Sequence[bytes]) -> None:
        """Put other records in the place of all: after a crash the journal has the old ones, or these.

        Raises `DiskFull` or `WriteFailed` when the disk does not take them: then the old ones are there.
        """
        data = b"".join(_framed([record]) for record in records)  # each its own `append`: all of them are acknowledged
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
            self._tried = self._files.size(self.path)  # what could not be taken back
            raise
        self._tail = _Tail(len(self) + number, end)

    def _cut(self, number: int) -> None:
        kept = list(islice(_records(self._files.map(self.path), 0), number))
        end = kept[-1].end if kept else 0
        cut(self._files, self.path, end)
        self._tail, self._tried = _Tail(number, end), end

    def _follow(self) -> None:
        size = self._files.size(self.path)
        if self._tail.end < size <= self._tried:  # a write that failed, and so did taking it back
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
    """Return all whole records of a file, and how many bytes are torn behind them; nothing is changed.

    Raises `DamagedLog` for damage to what had been acknowledged.
    """
    data = files.map(path) if path.name in files.list(path.parent) else memoryview(b"")
    records = list(_records(data, 0))
    end = records[-1].end if records else 0
    if _follows(data, end):
        raise DamagedLog(path, end, "a record is broken here, and whole ones follow")
    return [record.held(data) for record in records], len(data) - end


def _framed(records: Sequence[bytes]) -> bytes:
    framed = bytearray()
    for record in records:
        stated = _STATED.pack(len(record), len(framed))
        framed += _HEAD.pack(len(record), len(framed), zlib.crc32(record, zlib.crc32(stated))) + record
    return bytes(framed)


def _records(data: memoryview, offset: int) -> Iterator[_Record]:
    """Yield the whole records that follow each other from `offset` on."""
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
    """Say whether a whole record of a later `append` stands behind the broken place."""
    offset = broken + 1
    while offset < len(data):
        record = _record_at(data, offset)
        if record is not None and record.group > broken:
            return True
        offset = offset + 1 if record is None else record.end
    return False
