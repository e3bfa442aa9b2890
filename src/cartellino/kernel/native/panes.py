"""Counters over sliding windows. A record has the total of each counter, and a word that says what its panes hold.

Most counters are 0, and most others are small. Up to `FEW` counts are in the word itself: below 0, it is a list of the
panes of these counts, six bits each (`EMPTY` has none), so that they take no memory of their own and no access to it.
Above, the word is the number of a block with all panes. A block is a row of a pool; it is allocated when a counter has
more than a few counts, and freed when the total returns to 0, since all panes are 0 then. Word 0 has no meaning.

A pane holds at most `cap` (2**n - 1); the next bit is set if that was exceeded. A total is the sum of the panes, plus
`full` for each pane that is full.

`counts[0]` is the number of blocks that were ever made, `counts[1]` the number of free ones, which are listed in
`free`.
"""

from __future__ import annotations

import numpy as np

from cartellino.kernel.native.types import Int, Ints, Longs, Words

FULL = 1 << 24
"""The amount that a full pane adds to the total of a count, which is always smaller."""

FULL_SUM = 1 << 57
"""The same for totals of sums."""

FEW = 5
"""How many counts a word may list. A window has at most 60 panes (`signals.window`), so six bits are enough for one."""

EMPTY = -(1 << 31)
"""The word that lists nothing."""


def allocate_block(free: Ints, counts: Longs) -> Int:
    """Return a block of zeros."""
    if counts[1] > 0:
        counts[1] -= 1
        return np.int64(free[counts[1]])
    counts[0] += 1
    return np.int64(counts[0])


def free_block(block: Int, free: Ints, counts: Longs) -> None:
    """Free a block, which must be all zeros."""
    free[counts[1]] = block
    counts[1] += 1


def pane_of(pool: Words, block: Int, pane: Int, words: Int) -> Int:
    """Return the number of a pane: one word of the pool, or two, the lower first.

    Panes of accounts have 16 bits, those of other keys 32; as words of 16 bits, both need the same code, once compiled.
    """
    if words == 2:
        return np.int64(pool[block, 2 * pane]) | np.int64(pool[block, 2 * pane + 1]) << 16
    return np.int64(pool[block, pane])


def set_pane(pool: Words, block: Int, pane: Int, words: Int, amount: Int) -> None:
    """Set the number of a pane."""
    if words == 2:
        pool[block, 2 * pane] = amount & 0xFFFF
        pool[block, 2 * pane + 1] = amount >> 16
    else:
        pool[block, pane] = amount


def weight(amount: Int, cap: Int, full: Int) -> Int:
    """Return what a pane adds to the total."""
    return np.int64(amount & cap) + (full if amount > cap else 0)


def expire(
    totals: Longs, ints: Ints, slot: Int, at: Int, block_at: Int, pool: Words, words: Int, free: Ints, counts: Longs,
    was: Int, now: Int, panes: Int, cap: Int, full: Int,
) -> None:  # fmt: skip
    """Advance a counter from pane `was` to pane `now`: clear the panes that leave the window."""
    total = np.int64(totals[slot, at])
    if total == 0:
        return
    block = np.int64(ints[slot, block_at])
    if block < 0:
        ints[slot, block_at], totals[slot, at] = expire_few(block, total, was, now, panes)
        return
    pane, passed = (was + 1) % panes, now - was
    while passed > 0 and total != 0:  # all panes are 0 after one turn, so it is no more
        amount = pane_of(pool, block, pane, words)
        if amount != 0:
            total -= weight(amount, cap, full)
            set_pane(pool, block, pane, words, 0)
        pane = pane + 1 if pane + 1 < panes else 0
        passed -= 1
    totals[slot, at] = total
    if total == 0:
        free_block(block, free, counts)


def expire_few(word: Int, total: Int, was: Int, now: Int, panes: Int) -> tuple[Int, Int]:
    """Return the word and the total without the counts in panes that leave the window."""
    first, passed = (was + 1) % panes, now - was
    left, word_left = np.int64(0), np.int64(EMPTY)
    for number in range(total):
        pane = word >> 6 * number & 63
        if (pane - first if pane >= first else pane - first + panes) >= passed:
            word_left |= pane << 6 * left
            left += 1
    return word_left, left


def bump(
    totals: Longs, ints: Ints, slot: Int, at: Int, block_at: Int, pool: Words, words: Int, free: Ints, counts: Longs,
    pane: Int, amount: Int, cap: Int, full: Int,
) -> None:  # fmt: skip
    """Add to a pane of a counter; `pane` is its index in the block."""
    if amount == 0:
        return
    total = np.int64(totals[slot, at])
    block = np.int64(ints[slot, block_at]) if total != 0 else np.int64(EMPTY)
    if block < 0 and total + amount <= min(FEW, cap):
        for number in range(total, total + amount):
            block |= np.int64(pane) << 6 * number
        ints[slot, block_at] = block
        totals[slot, at] = total + amount
        return
    if block < 0:
        block = list_in_block(block, total, pool, words, free, counts)
        ints[slot, block_at] = block
    before = pane_of(pool, block, pane, words)
    room = cap - (before & cap)
    added = np.int64(amount)
    if amount > room:
        added = np.int64(room)
        if before <= cap:
            before += cap + 1
            totals[slot, at] += full
    set_pane(pool, block, pane, words, before + added)
    totals[slot, at] += added


def list_in_block(word: Int, total: Int, pool: Words, words: Int, free: Ints, counts: Longs) -> Int:
    """Return a new block with the counts that a word lists."""
    block = allocate_block(free, counts)
    for number in range(total):
        pane = word >> 6 * number & 63
        set_pane(pool, block, pane, words, pane_of(pool, block, pane, words) + 1)
    return block


def subtract(
    totals: Longs, ints: Ints, slot: Int, at: Int, block_at: Int, pool: Words, words: Int, free: Ints, counts: Longs,
    pane: Int, cap: Int,
) -> None:  # fmt: skip
    """Subtract one from a pane, unless it is 0."""
    if totals[slot, at] == 0:
        return
    block = np.int64(ints[slot, block_at])
    if block < 0:
        ints[slot, block_at], totals[slot, at] = subtract_few(block, np.int64(totals[slot, at]), pane)
        return
    amount = pane_of(pool, block, pane, words)
    if amount & cap == 0:
        return
    set_pane(pool, block, pane, words, amount - 1)
    totals[slot, at] -= 1
    if totals[slot, at] == 0:
        free_block(block, free, counts)


def subtract_few(word: Int, total: Int, pane: Int) -> tuple[Int, Int]:
    """Return the word and the total without one count in a pane, if there is one; the last takes its place."""
    last = total - 1
    for number in range(total):
        if word >> 6 * number & 63 == pane:
            moved = word >> 6 * last & 63
            word += (moved - pane) << 6 * number
            return word - (moved << 6 * last), last
    return word, total
