"""How often each of a few values occurred: a linked list of at most `most` entries for each key, and the largest count.

An entry has three integers (next entry, total, block) and the code of its value; entry 0 means none. A further value
evicts the rarest one; ties go to the smaller code. `made` counts entries as `counts` does blocks (see `native.panes`).
"""

from __future__ import annotations

import numpy as np

from cartellino.kernel.native.panes import FULL, allocate_block, bump, expire, free_block, set_pane
from cartellino.kernel.native.types import Int, Ints, Longs, Words

NEXT, TOTAL, BLOCK = 0, 1, 2


def larger(first: Int, second: Int) -> Int:
    """Return the larger of two totals; it is marked as full if either has a full pane."""
    return np.int64(max(first & (FULL - 1), second & (FULL - 1)) | (FULL if first | second >= FULL else 0))


def expire_repeats(
    ints: Ints, slot: Int, head: Int, values: Longs, entries: Ints, spare: Ints, made: Longs, pool: Words, words: Int,
    free: Ints, counts: Longs, was: Int, now: Int, panes: Int, cap: Int,
) -> None:  # fmt: skip
    """Advance all entries of a list, remove those that are 0, and recompute the largest count (at `head + 1`)."""
    largest, before, entry = np.int64(0), np.int64(0), np.int64(ints[slot, head])
    while entry != 0:
        after = np.int64(entries[entry, NEXT])
        expire(entries, entries, entry, TOTAL, BLOCK, pool, words, free, counts, was, now, panes, cap, FULL)
        if entries[entry, TOTAL] != 0:
            largest = larger(largest, np.int64(entries[entry, TOTAL]))
            before = entry
        else:
            free_block(entry, spare, made)
            if before != 0:
                entries[before, NEXT] = after
            else:
                ints[slot, head] = after
        entry = after
    ints[slot, head + 1] = largest


def rarest_of(ints: Ints, slot: Int, head: Int, values: Longs, entries: Ints) -> Int:
    """Return the entry of the rarest value of a list."""
    rarest = np.int64(ints[slot, head])
    entry = np.int64(entries[rarest, NEXT])
    while entry != 0:
        fewer = np.int64(entries[entry, TOTAL] & (FULL - 1)) - np.int64(entries[rarest, TOTAL] & (FULL - 1))
        if fewer < 0 or (fewer == 0 and values[entry] < values[rarest]):
            rarest = entry
        entry = np.int64(entries[entry, NEXT])
    return rarest


def forget_rarest(
    ints: Ints, slot: Int, head: Int, values: Longs, entries: Ints, spare: Ints, made: Longs, pool: Words, words: Int,
    free: Ints, counts: Longs, panes: Int,
) -> Int:  # fmt: skip
    """Remove the rarest value of a list, and recompute the largest count. Return the count of the removed value."""
    rarest = rarest_of(ints, slot, head, values, entries)
    largest, before, entry = np.int64(0), np.int64(0), np.int64(ints[slot, head])
    while entry != 0:
        after = np.int64(entries[entry, NEXT])
        if entry != rarest:
            largest = larger(largest, np.int64(entries[entry, TOTAL]))
            before = entry
        elif before != 0:
            entries[before, NEXT] = after
        else:
            ints[slot, head] = after
        entry = after
    block = entries[rarest, BLOCK]
    if block > 0:
        for pane in range(panes):
            set_pane(pool, block, pane, words, 0)
        free_block(block, free, counts)
    forgotten = np.int64(entries[rarest, TOTAL])
    entries[rarest, TOTAL] = 0
    free_block(rarest, spare, made)
    ints[slot, head + 1] = largest
    return forgotten


def repeat(
    ints: Ints, slot: Int, head: Int, values: Longs, entries: Ints, spare: Ints, made: Longs, pool: Words, words: Int,
    free: Ints, counts: Longs, value: Int, pane: Int, panes: Int, cap: Int, most: Int,
) -> Int:  # fmt: skip
    """Count a value in a pane. Return the count of a value that was evicted for it, else 0."""
    forgotten, length, entry = np.int64(0), 0, np.int64(ints[slot, head])
    while entry != 0 and values[entry] != value:
        length += 1
        entry = np.int64(entries[entry, NEXT])
    if entry == 0 and length >= most:
        forgotten = forget_rarest(ints, slot, head, values, entries, spare, made, pool, words, free, counts, panes)
    if entry == 0:
        entry = allocate_block(spare, made)
        values[entry] = value
        entries[entry, NEXT] = ints[slot, head]
        ints[slot, head] = entry
    bump(entries, entries, entry, TOTAL, BLOCK, pool, words, free, counts, pane, 1, cap, FULL)
    ints[slot, head + 1] = larger(np.int64(ints[slot, head + 1]), np.int64(entries[entry, TOTAL]))
    return forgotten
