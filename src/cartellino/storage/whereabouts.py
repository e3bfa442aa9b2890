"""Which stretches of the log may hold a name: so that who looks for one account does not read the whole log.

A record for each batch: its numbers, its earliest time, which kinds of event it has, and a bit set for each name in
it, twelve bits and more a name. A bit that is not set is certain; one that is set errs in about one of ten. The file
follows from the log, so it is not synced: a record that is damaged or missing means that its stretch may hold anything.

>>> import tempfile
>>> names = Whereabouts(Path(tempfile.mkdtemp()) / "names.bits")
>>> for first, code in ((1, 11), (3, 12), (5, 13)):
...     names.note(first, first + 1, 1_000, {"read"}, np.array([code]))
>>> names.stretches({13}, {"read"}, last=8)
[(1, 2), (5, 6), (7, 8)]
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import numpy as np

from cartellino.events.kinds import KINDS
from cartellino.kernel.arrays import Array
from cartellino.kernel.codes import Code
from cartellino.storage.files import private
from cartellino.vocabulary.times import Instant

_HEAD = struct.Struct("<4sqqqQqI")
_KINDS = {kind: 1 << number for number, kind in enumerate(KINDS)}
_MAGIC = b"name"
_FEWEST = 1 << 10


class _Record(NamedTuple):
    first: int
    last: int
    earliest: Instant
    kinds: int
    bits: Array

    def may_hold(self, code: Code) -> bool:
        at = code & (8 * len(self.bits) - 1)
        return bool(self.bits[at >> 3] >> (7 - (at & 7)) & 1)


class Whereabouts:
    """A file beside the log. One process writes; anybody may read."""

    def __init__(self, path: Path) -> None:
        """The file is made with the first record."""
        self._path = path

    def note(self, first: int, last: int, earliest: Instant, kinds: Iterable[str], codes: Array) -> None:
        """Note which kinds and names the rows from `first` to `last` hold."""
        size = max(_FEWEST, 1 << (12 * len(codes)).bit_length())
        marked = np.zeros(size, bool)
        marked[codes & (size - 1)] = True
        bits = np.packbits(marked).tobytes()
        with open(self._path, "ab", opener=private) as out:
            out.write(_HEAD.pack(_MAGIC, first, last, earliest, _mask(kinds), len(bits), crc32(bits)) + bits)

    def stretches(self, codes: set[Code], kinds: Iterable[str], last: int) -> list[tuple[int, int]]:
        """Return the stretches of the log, up to a number, that may hold one of these names, in order; and those that
        reach further back than all before them, or hold the first event of one of these kinds.

        What was never noted may hold anything.
        """
        found, reached, earliest, wanted = list[tuple[int, int]](), 0, None, _mask(kinds)
        for record in self._records():
            if record.first > last or record.first <= reached:
                continue
            if record.first > reached + 1:
                found.append((reached + 1, record.first - 1))
            begins = earliest is None or record.earliest < earliest or record.kinds & wanted != 0
            wanted &= ~record.kinds
            if begins or any(record.may_hold(one) for one in codes):
                found.append((record.first, min(record.last, last)))
            earliest = record.earliest if earliest is None else min(earliest, record.earliest)
            reached = record.last
        return found if reached >= last else [*found, (reached + 1, last)]

    def since(self, instant: Instant) -> int:
        """Return a number of the log from which on it holds what lies at an instant or later, as its batches came."""
        begins = 1
        for record in self._records():
            if record.earliest >= instant:
                break
            begins = record.first
        return begins

    def _records(self) -> Iterator[_Record]:
        """Yield records until one is not whole."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            while len(head := file.read(_HEAD.size)) == _HEAD.size:
                magic, first, last, earliest, kinds, size, checksum = _HEAD.unpack(head)
                bits = file.read(size) if magic == _MAGIC else b""
                if len(bits) != size or crc32(bits) != checksum or magic != _MAGIC:
                    return
                yield _Record(first, last, earliest, kinds, np.frombuffer(bits, np.uint8))


def _mask(kinds: Iterable[str]) -> int:
    """Return a bit for each kind."""
    return sum(_KINDS[kind] for kind in set(kinds))
