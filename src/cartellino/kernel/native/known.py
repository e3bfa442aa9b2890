"""Which digests of rows are known: those in memory, in a hash table of single words, and those of finished segments.

A finished segment has its digests sorted, and a blocked Bloom filter (Putze, Sanders and Singler, "Cache-, hash- and
space-efficient Bloom filters", 2007): the upper half of a digest chooses a block of eight words, a cache line, and in
each word one bit is set. Digests are evenly spread, so the place of one among the sorted ones can nearly be computed.
"""

from __future__ import annotations

import numpy as np

from cartellino.kernel.native.hashing import bucket_of, remixed
from cartellino.kernel.native.index import AHEAD, prefetch
from cartellino.kernel.native.types import Bytes, Flag, Int, Longs

WORDS = 8
"""Words of a block."""

STEPS = 3
"""How often the place of a digest is guessed anew before its neighbours are looked at."""

SPAN = 18446744073709551616.0
"""The number of digests that there may be, 2 ** 64."""


def cell_of(digest: Int, cells: Longs) -> Int:
    """Return the cell of a digest, or the empty one (0) in which it would be stored."""
    at = digest & (cells.shape[0] - 1)
    while cells[at] != 0 and cells[at] != digest:
        at = (at + 1) & (cells.shape[0] - 1)
    return at


def keep_digests(digests: Longs, cells: Longs) -> Int:
    """Store digests, and return how many are new; an empty cell may come along with them."""
    base, new = cells.ctypes.data, 0
    for row in range(digests.shape[0]):
        if row + AHEAD < digests.shape[0]:
            prefetch(base + (digests[row + AHEAD] & (cells.shape[0] - 1)) * 8)
        if digests[row] != 0:
            at = cell_of(digests[row], cells)
            new += cells[at] == 0
            cells[at] = digests[row]
    return new


def bit_in(mixed: Int, word: Int) -> Int:
    """Return the bit that a digest, mixed once more, has in a word of its block."""
    return np.int64(1) << ((mixed >> (6 * word)) & 63)


def fill_filter(digests: Longs, blocks: Longs) -> None:
    """Set the bits of digests."""
    for row in range(digests.shape[0]):
        block, mixed = bucket_of(digests[row], blocks.shape[0]), remixed(digests[row])
        for word in range(WORDS):
            blocks[block, word] |= bit_in(mixed, word)


def may_hold(digest: Int, blocks: Longs) -> Flag:
    """Return whether all bits of a digest are set, as they are for one in a thousand digests that were never added."""
    block, mixed = bucket_of(digest, blocks.shape[0]), remixed(digest)
    missing = 0
    for word in range(WORDS):
        missing |= bit_in(mixed, word) & ~blocks[block, word]
    return missing == 0


def is_among(digest: Int, ordered: Longs) -> Flag:
    """Return whether a digest is among some in ascending order."""
    last = ordered.shape[0] - 1
    at = min(max(np.int64((digest / SPAN + 0.5) * last), 0), last)
    for _ in range(STEPS):
        away = np.int64((digest * 1.0 - ordered[at] * 1.0) / SPAN * last)
        at = min(max(at + away, 0), last)
    while at < last and ordered[at] < digest:
        at += 1
    while at > 0 and ordered[at - 1] >= digest:
        at -= 1
    return ordered[at] == digest


def look_up(
    digests: Longs, times: Longs, earliest: Int, latest: Int, blocks: Longs, ordered: Longs, out: Bytes
) -> None:  # fmt: skip
    """Set `out` to 1 for each row that is in a finished segment, whose rows have times from `earliest` to `latest`."""
    base = blocks.ctypes.data
    for row in range(digests.shape[0]):
        if row + AHEAD < digests.shape[0]:
            prefetch(base + bucket_of(digests[row + AHEAD], blocks.shape[0]) * 64)
        if earliest <= times[row] <= latest and may_hold(digests[row], blocks) and is_among(digests[row], ordered):
            out[row] = 1


def leave_out(digests: Longs, ordered: Longs, out: Longs) -> Int:
    """Write the digests that are not among `ordered`, both in ascending order; return how many there are."""
    left, at = 0, 0
    for row in range(digests.shape[0]):
        while at < ordered.shape[0] and ordered[at] < digests[row]:
            at += 1
        if at == ordered.shape[0] or ordered[at] != digests[row]:
            out[left] = digests[row]
            left += 1
    return left
