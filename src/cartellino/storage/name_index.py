"""An index of the stretches of the log that may contain a name, so that looking for an account need not read all of it.

The index has a record for each batch: its sequence numbers, its earliest time, the kinds of its events, and a Bloom
filter of its names with one hash function and at least twelve bits per name. A name whose bit is not set is certainly
absent; for a name that is absent, the bit is set in about one of ten batches. The file can be derived from the log, so
it is not synced: where a record is damaged or missing, its stretch may contain anything. What a crash left behind the
last whole record is cut off before the next one is written.

>>> import tempfile
>>> names = NameIndex(Path(tempfile.mkdtemp()) / "names.bits")
>>> for first, code in ((1, 11), (3, 12), (5, 13)):
...     names.note(first, first + 1, 1_000, {"read"}, np.array([code]))
>>> names.stretches({13}, {"read"}, last=8)
[(1, 2), (5, 6), (7, 8)]
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np

from cartellino.events.kinds import KINDS
from cartellino.kernel.arrays import Array
from cartellino.kernel.codes import Code
from cartellino.kernel.native.numbering import mark_names
from cartellino.storage.files import DISK
from cartellino.vocabulary.times import Instant

_HEAD = struct.Struct("<4sqqqQqI")
_KINDS = {kind: 1 << number for number, kind in enumerate(KINDS)}
_MAGIC = b"nam2"
_MAGIC_1 = b"name"
"""The magic number of older records, whose checksum covers the bits alone."""
_FEWEST = 1 << 10


Mark = Callable[[Array, Array], object]
"""Sets the bits of codes in a filter."""


class _Record(NamedTuple):
    first: int
    last: int
    earliest: Instant
    kinds: int
    bits: Array

    def may_hold(self, code: Code) -> bool:
        at = code & (8 * len(self.bits) - 1)
        return bool(self.bits[at >> 3] >> (7 - (at & 7)) & 1)


class NameIndex:
    """The index file beside the log, written by one process and read by any."""

    def __init__(self, path: Path) -> None:
        """The file is created with the first record."""
        self._path = path
        self._end: int | None = None

    def note(
        self, first: int, last: int, earliest: Instant, kinds: Iterable[str], *codes: Array, mark: Mark = mark_names
    ) -> None:
        """Record the earliest time, the kinds and the codes of the names in rows `first` to `last`; the code 0 is no
        name. `mark` sets their bits.

        Errors of the disk are ignored: an unrecorded stretch is read whole.
        """
        names = sum(int(np.count_nonzero(column)) for column in codes)
        marked = np.zeros(max(_FEWEST, 1 << (12 * names).bit_length()) >> 3, np.uint8)
        for column in codes:
            mark(column, marked)
        bits = marked.tobytes()
        stated = (_MAGIC, first, last, earliest, _mask(kinds), len(bits))
        with suppress(OSError):
            self._append(_HEAD.pack(*stated, _checksum(stated, bits)) + bits)

    def _append(self, record: bytes) -> None:
        if self._end is None:
            self._end = sum(_HEAD.size + len(whole.bits) for whole in self._records())
        self._end = min(self._end, DISK.size(self._path))
        with DISK.open(self._path) as file:
            file.truncate(self._end)
            file.write(record)
        self._end += len(record)

    def stretches(self, codes: set[Code], kinds: Iterable[str], last: int) -> list[tuple[int, int]]:
        """Return the stretches up to number `last`, in order, that may contain one of these names.

        Included are also stretches that begin earlier in time than all before them, and those with the first event of
        one of these kinds, since signals depend on when the log and its kinds begin. A stretch that was never recorded
        may contain anything.
        """
        stretches, reached, earliest, wanted = list[tuple[int, int]](), 0, None, _mask(kinds)
        for record in self._records():
            if record.first > last or record.first <= reached:
                continue
            if record.first > reached + 1:
                stretches.append((reached + 1, record.first - 1))
            begins = earliest is None or record.earliest < earliest or record.kinds & wanted != 0
            wanted &= ~record.kinds
            if begins or any(record.may_hold(code) for code in codes):
                stretches.append((record.first, min(record.last, last)))
            earliest = record.earliest if earliest is None else min(earliest, record.earliest)
            reached = record.last
        return stretches if reached >= last else [*stretches, (reached + 1, last)]

    def since(self, instant: Instant) -> int:
        """Return the sequence number from which to read the log for events at `instant` or later, in order of arrival.

        It is the beginning of the last batch that starts before `instant`. A batch that starts earlier than a previous
        one (imported history) is passed over, since it does not show how far in time the previous one reaches.
        """
        begins, latest = 1, None
        for record in self._records():
            if record.earliest >= instant:
                break
            if latest is None or record.earliest >= latest:
                begins, latest = record.first, record.earliest
        return begins

    def _records(self) -> Iterator[_Record]:
        """Yield the records up to the first that is incomplete or damaged."""
        if not self._path.exists():
            return
        whole = DISK.size(self._path)
        with self._path.open("rb") as file:
            while len(head := file.read(_HEAD.size)) == _HEAD.size:
                *stated, checksum = _HEAD.unpack(head)
                magic, first, last, earliest, kinds, size = stated
                bits = file.read(size) if magic in (_MAGIC, _MAGIC_1) and 0 < size <= whole else b""
                if not bits or len(bits) != size or _checksum(stated, bits) != checksum:
                    return
                yield _Record(first, last, earliest, kinds, np.frombuffer(bits, np.uint8))


def _checksum(stated: Sequence[Any], bits: bytes) -> int:
    return crc32(bits) if stated[0] == _MAGIC_1 else crc32(bits, crc32(_HEAD.pack(*stated, 0)))


def _mask(kinds: Iterable[str]) -> int:
    """Return the kinds as bits of one integer."""
    return sum(_KINDS[kind] for kind in set(kinds))
