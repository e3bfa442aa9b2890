"""A hash table from codes to slots: open addressing with linear probing, at most half full.

Slots are numbered in the order of insertion. A cell has two 64-bit words, code and slot; the code 0 marks an empty
cell.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cartellino.kernel.native.hashing import bucket_of
from cartellino.kernel.native.types import Int, Ints, Longs

NEAR = 5
"""How many events ahead the blocks of a record are prefetched, when the record itself is in the cache."""

AHEAD = 12
"""How many events ahead a cache line is prefetched. Between 8 and 20 no difference can be measured."""


def prefetch(address: Int) -> None:
    """Prefetch a cache line; the compiled module replaces this by the real function."""


def spread(code: Int, cells: Longs) -> Int:
    """Return the first cell to probe for a code. The number of cells is a power of two."""
    return np.int64(code) & (cells.shape[0] - 1)


def find(code: Int, cells: Longs) -> Int:
    """Return the slot of a code; -1 if it has none."""
    at = spread(code, cells)
    while cells[at, 0] != 0:
        if cells[at, 0] == code:
            return np.int64(cells[at, 1])
        at = (at + 1) & (cells.shape[0] - 1)
    return np.int64(-1)


def find_or_add(code: Int, cells: Longs, counts: Longs) -> Int:
    """Return the slot of a code; a new code gets the next one. `counts[0]` is the number of slots."""
    at = spread(code, cells)
    while cells[at, 0] != 0:
        if cells[at, 0] == code:
            return np.int64(cells[at, 1])
        at = (at + 1) & (cells.shape[0] - 1)
    cells[at, 0] = code
    cells[at, 1] = counts[0]
    counts[0] += 1
    return np.int64(cells[at, 1])


def find_all(rows: Longs, codes: Longs, cells: Longs, counts: Longs, slots: Longs) -> None:
    """Write for each row the slot of its code; new codes get one."""
    base: Any = cells.ctypes.data
    for number in range(rows.shape[0]):
        if number + AHEAD < rows.shape[0]:
            prefetch(base + spread(codes[rows[number + AHEAD]], cells) * 16)
        row = rows[number]
        slots[row] = find_or_add(codes[row], cells, counts)


def rehash(old: Longs, new: Longs) -> None:
    """Copy all cells to a larger table."""
    for cell in range(old.shape[0]):
        if old[cell, 0] != 0:
            at = spread(old[cell, 0], new)
            while new[at, 0] != 0:
                at = (at + 1) & (new.shape[0] - 1)
            new[at, 0] = old[cell, 0]
            new[at, 1] = old[cell, 1]


def shards_of(codes: Longs, shards: Int, out: Ints) -> None:
    """Write the shard of each code; -1 for the code 0."""
    for row in range(codes.shape[0]):
        out[row] = bucket_of(codes[row], shards) if codes[row] != 0 else -1


def order(shards: Ints, at: Longs, out: Longs) -> None:
    """Write the rows sorted by shard (counting sort), those of no shard (-1) first.

    `at[shard + 1]` is where the rows of a shard begin in `out`; afterwards it is where they end.
    """
    for row in range(shards.shape[0]):
        out[at[shards[row] + 1]] = row
        at[shards[row] + 1] += 1
