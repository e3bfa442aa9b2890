"""The digests by which a row of the log is known again: in memory while its segment grows, then in a file beside it.

In memory are eight bytes in a table at most three quarters full, for the rows of the segment that grows. A finished
segment costs the two bytes a row of its filter, and those only once a row is asked for whose time is within its range.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np

from cartellino.kernel.arrays import Array, zeros
from cartellino.storage.digest_file import SegmentDigests


class FinishedRows:
    """The rows of a finished segment."""

    def __init__(self, digests: SegmentDigests, made_anew: Callable[[], SegmentDigests] | None = None) -> None:
        """`made_anew` makes the digests from the segment; it is given where they come from a file, and are not yet
        known to be whole.
        """
        self.digests = digests
        self._made_anew = made_anew

    def look_up(self, core: SimpleNamespace, digests: Array, times: Array, out: Array) -> None:
        """Set `out` to 1 for each row that is in the segment."""
        if times.max() < self.digests.earliest or times.min() > self.digests.latest:
            return
        if self._made_anew is not None:
            self.digests = self.digests if self.digests.is_whole else self._made_anew()
            self._made_anew = None
        known = self.digests
        core.look_up(digests, times, known.earliest, known.latest, known.blocks, known.ordered, out)


class KnownRows:
    """All rows of a log: `cells` is the hash table of those in memory, `counts` their number."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.cells = _table(0)
        self.counts = np.zeros(1, np.int64)
        self.finished: list[FinishedRows] = []

    def in_finished(self, core: SimpleNamespace, digests: Array, times: Array) -> Array:
        """Return for each row 1 if it is in a finished segment, else 0."""
        out = np.zeros(len(digests), np.int8)
        if len(digests):
            for segment in self.finished:
                segment.look_up(core, digests, times, out)
        return out

    def make_room(self, core: SimpleNamespace, rows: int) -> None:
        """Make the table large enough for so many rows more."""
        needed = int(self.counts[0]) + rows
        if 4 * needed > 3 * len(self.cells):
            larger = _table(needed)
            core.keep_digests(self.cells, larger)
            self.cells = larger

    def add(self, core: SimpleNamespace, digests: Array) -> None:
        """Add rows of the segment that grows."""
        self.make_room(core, len(digests))
        self.counts[0] += core.keep_digests(digests, self.cells)

    def finish(self, core: SimpleNamespace, segment: FinishedRows) -> None:
        """Add a segment that is finished; its rows leave the table."""
        self.finished.append(segment)
        known = np.sort(self.cells[self.cells != 0])
        left = np.empty(len(known), np.int64)
        left = left[: core.leave_out(known, segment.digests.ordered, left)]
        self.cells, self.counts = _table(len(left)), np.zeros(1, np.int64)
        self.add(core, left)


def _table(rows: int) -> Array:
    """Return an empty table that is at most three quarters full with so many rows."""
    return zeros(max(256, 1 << (4 * rows // 3).bit_length()), 1, np.int64).reshape(-1)
