"""Counters over windows. A record holds the total of each and which block holds its panes; most are nought without one.

A pane holds up to `cap` (2**n - 1), and the bit above it says that there was more. A total is the sum of its panes, and
above `full` it counts how many of them are full. A block is one row of a pool: it is taken when a total leaves nought
and given back when it returns there, when all its panes are nought again.

`counts[0]` is how many blocks were ever made, `counts[1]` how many wait in `free`; block 0 is none.
"""

from __future__ import annotations

import numpy as np

from cartellino.kernel.native.types import Int, Ints, Longs, Words

FULL = 1 << 24
"""Above this, totals of counts say how many panes are full."""

FULL_SUM = 1 << 57
"""The same, of totals of sums."""


def take_block(free: Ints, counts: Longs) -> Int:
    """Return a block that holds nothing."""
    if counts[1] > 0:
        counts[1] -= 1
        return np.int64(free[counts[1]])
    counts[0] += 1
    return np.int64(counts[0])


def give_block(block: Int, free: Ints, counts: Longs) -> None:
    """Give a block back that holds nothing again."""
    free[counts[1]] = block
    counts[1] += 1


def weight(amount: Int, cap: Int, full: Int) -> Int:
    """Return what a pane adds to its total."""
    return np.int64(amount & cap) + (full if amount > cap else 0)


def expire(
    totals: Longs, ints: Ints, slot: Int, at: Int, block_at: Int, pool: Words, free: Ints, counts: Longs,
    was: Int, now: Int, panes: Int, cap: Int, full: Int,
) -> None:  # fmt: skip
    """Move a counter on from pane `was` to pane `now`."""
    total = np.int64(totals[slot, at])
    if total == 0:
        return
    block = ints[slot, block_at]
    if now - was >= panes:
        for pane in range(panes):
            pool[block, pane] = 0
        total = np.int64(0)
    else:
        pane = (was + 1) % panes
        passed = now - was
        while passed > 0 and total != 0:
            amount = np.int64(pool[block, pane])
            if amount != 0:
                total -= weight(amount, cap, full)
                pool[block, pane] = 0
            pane = pane + 1 if pane + 1 < panes else 0
            passed -= 1
    totals[slot, at] = total
    if total == 0:
        give_block(block, free, counts)


def bump(
    totals: Longs, ints: Ints, slot: Int, at: Int, block_at: Int, pool: Words, free: Ints, counts: Longs,
    pane: Int, amount: Int, cap: Int, full: Int,
) -> None:  # fmt: skip
    """Add to a pane of a counter (its place in the block)."""
    if amount == 0:
        return
    if totals[slot, at] == 0:
        ints[slot, block_at] = take_block(free, counts)
    block = ints[slot, block_at]
    before = np.int64(pool[block, pane])
    room = cap - (before & cap)
    added = np.int64(amount)
    if amount > room:
        added = np.int64(room)
        if before <= cap:
            before += cap + 1
            totals[slot, at] += full
    pool[block, pane] = before + added
    totals[slot, at] += added


def take(
    totals: Longs, ints: Ints, slot: Int, at: Int, block_at: Int, pool: Words, free: Ints, counts: Longs,
    pane: Int, cap: Int,
) -> None:  # fmt: skip
    """Take one back from a pane."""
    if totals[slot, at] == 0:
        return
    block = ints[slot, block_at]
    amount = np.int64(pool[block, pane])
    if amount & cap == 0:
        return
    pool[block, pane] = amount - 1
    totals[slot, at] -= 1
    if totals[slot, at] == 0:
        give_block(block, free, counts)
