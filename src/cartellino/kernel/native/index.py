"""From a code to a slot: open addressing with linear probing, at most half full; slots come in the order of arrival.

A cell is two 64-bit words, the code and the slot; a code of 0 is an empty cell.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cartellino.kernel.native.hashing import place
from cartellino.kernel.native.types import Int, Ints, Longs

NEAR = 5
"""So many places ahead what a record points to is asked for, when the record itself has come."""

AHEAD = 12
"""So many places ahead a line of memory is asked for; between 8 and 20 it makes no difference that can be measured."""


def prefetch(address: Int) -> None:
    """Ask for a line of memory; the compiled module has the real one."""


def spread(code: Int, cells: Longs) -> Int:
    """Return the cell at which a code is looked for first; `cells` has a power of two of them."""
    return np.int64(code) & (cells.shape[0] - 1)


def find(code: Int, cells: Longs) -> Int:
    """Return the slot of a code, -1 if it has none."""
    at = spread(code, cells)
    while cells[at, 0] != 0:
        if cells[at, 0] == code:
            return np.int64(cells[at, 1])
        at = (at + 1) & (cells.shape[0] - 1)
    return np.int64(-1)


def find_or_add(code: Int, cells: Longs, counts: Longs) -> Int:
    """Return the slot of a code; one that is new gets the next. `counts[0]` is how many there are."""
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
    """Write the slot of the code of each of these rows."""
    base: Any = cells.ctypes.data
    for number in range(rows.shape[0]):
        if number + AHEAD < rows.shape[0]:
            prefetch(base + spread(codes[rows[number + AHEAD]], cells) * 16)
        row = rows[number]
        slots[row] = find_or_add(codes[row], cells, counts)


def rehash(old: Longs, new: Longs) -> None:
    """Move all cells into a larger table."""
    for cell in range(old.shape[0]):
        if old[cell, 0] != 0:
            at = spread(old[cell, 0], new)
            while new[at, 0] != 0:
                at = (at + 1) & (new.shape[0] - 1)
            new[at, 0] = old[cell, 0]
            new[at, 1] = old[cell, 1]


def shards_of(codes: Longs, shards: Int, out: Ints) -> None:
    """Write the shard of each code, -1 where there is none."""
    for row in range(codes.shape[0]):
        out[row] = place(codes[row], shards) if codes[row] != 0 else -1


def order(shards: Ints, at: Longs, out: Longs) -> None:
    """Write the rows of one shard after another (those of none first), each beginning at its place in `at`."""
    for row in range(shards.shape[0]):
        out[at[shards[row] + 1]] = row
        at[shards[row] + 1] += 1
