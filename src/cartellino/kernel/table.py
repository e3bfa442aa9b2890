"""The state of one shard of a table: records by slot, blocks of panes, and lines of sightings.

code ─► cells ─► slot ─► record (fields, totals, a few counts or the number of a block) ─► blocks of panes
                                        (code, value) ─► line ─► when the value was seen
"""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np

from cartellino.kernel.arrays import LINE, Array, growing, grown, zeros
from cartellino.kernel.geometry import Geometry
from cartellino.kernel.native.panes import FEW
from cartellino.kernel.native.types import Shard
from cartellino.kernel.plan import Table

STATE = (
    "cells",
    "counts",
    "records",
    "pool",
    "sums",
    "values",
    "entries",
    "lines",
    "looked",
    "free",
    "free_sums",
    "spare",
)
"""The arrays of a shard, in the order in which a snapshot contains them."""


class TableShard:
    """The records of the keys of one shard."""

    def __init__(self, table: Table, geometry: Geometry) -> None:
        """Start empty, with small arrays."""
        self.table = table
        self.counts = np.zeros((5, 2), np.int64)
        """The number of keys; then of blocks, blocks of sums, and entries: how many were made, how many are free."""
        self.cells = zeros(64, 2, np.int64)
        self.records = growing(32, _stride(table), np.uint8)
        panes = -(-table.panes // 32) * 32
        self.pool = growing(64, panes, np.uint16 if table.by == "account" else np.int32)
        self.sums = (growing if table.sums else zeros)(2, panes if table.sums else 1, np.int64)
        self.values = (growing if table.repeats else zeros)(2, 1, np.int64)
        self.entries = (growing if table.repeats else zeros)(2, 3, np.int32)
        self.free = zeros(64, 1, np.int32)
        self.free_sums = zeros(2, 1, np.int32)
        self.spare = zeros(2, 1, np.int32)
        self.lines = zeros(geometry.lines if table.has_lines else 1, 16, np.uint32)
        self.looked = np.zeros(2, np.int64)

    @property
    def size(self) -> int:
        """The number of keys."""
        return int(self.counts[0, 0])

    @property
    def longs(self) -> Array:
        """The records as 64-bit words."""
        return self.records.view(np.int64)

    @property
    def ints(self) -> Array:
        """The records as 32-bit words."""
        return self.records.view(np.int32)

    @property
    def nbytes(self) -> int:
        """The size of the arrays in bytes."""
        return sum(getattr(self, name).nbytes for name in STATE)

    def make_room_for_keys(self, rows: int, core: SimpleNamespace) -> None:
        """Make room for `rows` more keys, so that at most half of the cells are used."""
        keys = self.size + rows
        if 2 * keys > self.cells.shape[0]:
            larger = zeros(1 << (2 * keys).bit_length(), 2, np.int64)
            core.rehash(self.cells, larger)
            self.cells = larger
        self.records = grown(self.records, keys)

    def make_room_for_counts(self, rows: int) -> None:
        """Make room to count `rows` more events."""
        self.pool = grown(self.pool, int(self.counts[1, 0]) + rows * self._most_blocks() + 2)
        self.free = grown(self.free, self.pool.shape[0])
        if self.table.sums:
            self.sums = grown(self.sums, int(self.counts[2, 0]) + rows * len(self.table.sums) + 2)
            self.free_sums = grown(self.free_sums, self.sums.shape[0])
        if self.table.repeats:
            self.entries = grown(self.entries, int(self.counts[3, 0]) + rows * len(self.table.repeats) + 2)
            self.values = grown(self.values, self.entries.shape[0])
            self.spare = grown(self.spare, self.entries.shape[0])

    def arguments(self) -> Shard:
        """Return the arrays for the fold."""
        return Shard(
            self.longs, self.ints, self.pool.view(np.uint16), self.free[:, 0], self.counts[1], self.sums,
            self.free_sums[:, 0], self.counts[2], self.values[:, 0], self.entries, self.spare[:, 0], self.counts[3],
            self.lines, self.looked,
        )  # fmt: skip

    def arrays(self) -> Iterator[tuple[str, Array]]:
        """Yield all arrays by name, without unused rows at the end."""
        used = {
            "records": self.size,
            "pool": int(self.counts[1, 0]) + 1,
            "free": int(self.counts[1, 1]),
            "sums": int(self.counts[2, 0]) + 1,
            "free_sums": int(self.counts[2, 1]),
            "entries": int(self.counts[3, 0]) + 1,
            "values": int(self.counts[3, 0]) + 1,
            "spare": int(self.counts[3, 1]),
        }
        for name in STATE:
            array: Array = getattr(self, name)
            yield name, array[: used.get(name, array.shape[0])]

    def known(self) -> Iterator[tuple[str, Array]]:
        """Yield the state independently of slots and blocks: records sorted by code, with panes in place of blocks."""
        used = self.cells[self.cells[:, 0] != 0]
        order = used[np.argsort(used[:, 0])]
        slots = order[:, 1]
        table, ints = self.table, self.ints[slots]
        totals, blocks = 2 * table.longs, 2 * table.longs + len(table.counts)
        yield "codes", order[:, 0]
        yield "longs", self.longs[slots, : table.longs]
        yield "totals", ints[:, totals:blocks]
        live = np.where(ints[:, totals:blocks] != 0, ints[:, blocks : blocks + len(table.counts)], 0)
        in_blocks = np.where((live > 0)[..., None], self.pool[np.maximum(live, 0)], 0)
        yield "panes", in_blocks + _listed(live, ints[:, totals:blocks], self.pool.shape[1])
        yield "lines", _in_order(self.lines)
        yield "looked", self.looked

    def restore(self, name: str, stored: Array) -> None:
        """Load an array of a snapshot."""
        own: Array = getattr(self, name)
        if name in ("counts", "looked"):
            own[...] = stored
            return
        rows = stored.shape[0]
        own = zeros(rows, own.shape[1], own.dtype.type) if name == "cells" else grown(own, rows)
        own[:rows] = stored
        setattr(self, name, own)

    def _most_blocks(self) -> int:
        """Return the maximum number of blocks for one event: one for each counter, and one for each `repeat`."""
        return len(self.table.counts) + len(self.table.repeats)


def _listed(words: Array, totals: Array, panes: int) -> Array:
    """Return the panes of counters whose words list them (see `native.panes`), and zeros for all others."""
    counts = np.zeros((*words.shape, panes), np.int64)
    for number in range(FEW):
        rows, columns = np.nonzero((words < 0) & (totals > number))
        counts[rows, columns, words[rows, columns] >> 6 * number & 63] += 1
    return counts


def _stride(table: Table) -> int:
    """Return the size of a record in bytes: whole cache lines, or so that two or four records share a line."""
    needed = 8 * table.longs + 4 * table.ints
    for size in (16, 32):
        if needed <= size:
            return size
    return -(-needed // LINE) * LINE


def _in_order(lines: Array) -> Array:
    """Return lines with entries sorted by tag, since the position of an entry in its line has no meaning."""
    entries = lines[:, 2:].reshape(-1, 7, 2).astype(np.int64)
    bits = (lines[:, 1:2].astype(np.int64) >> (4 * np.arange(7))) & 15
    whole = np.where(entries[:, :, 1] != 0, entries[:, :, 0] << 32 | entries[:, :, 1], 0)
    order = np.argsort(whole, axis=1)
    certain = np.take_along_axis(np.where(whole != 0, bits, 0), order, axis=1)
    return np.concatenate([lines[:, :1], np.take_along_axis(whole, order, axis=1), certain], axis=1)
