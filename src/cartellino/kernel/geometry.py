"""The sizes of the tables. With the log, the policies and the salt they determine every decision (law 13).

>>> Geometry(lines=1 << 20).bytes >> 20
512
"""

from __future__ import annotations

from dataclasses import dataclass

WAYS = 7
"""Entries of a line of 64 bytes: seven of eight bytes, besides the latest eviction and the bits of the entries."""

WINDOWS = 4
"""Maximum number of windows that share an entry, which has a bit for each: whether it was counted as certain there."""


@dataclass(frozen=True)
class Geometry:
    """The sizes of the tables of sightings, and the largest values of counters.

    Every table is partitioned into `shards` by the code of its key. Each shard of each kind of key has `lines` lines of
    sightings, and as many for who wrote to whom. A pane of a counter holds at most `cap` for an account, `cap_of_keys`
    for any other key, and `cap_of_sums` thousandths for a sum; each is 2**n - 1. `values` is the number of different
    values that `repeat` counts for one key.
    """

    shards: int = 8
    lines: int = 1 << 17
    cap: int = (1 << 15) - 1
    cap_of_keys: int = (1 << 18) - 1
    cap_of_sums: int = (1 << 50) - 1
    values: int = 16

    def cap_of(self, by: str) -> int:
        """Return the largest count of a pane for this kind of key."""
        return self.cap if by == "account" else self.cap_of_keys

    @property
    def bytes(self) -> int:
        """The size of the lines of one table, in bytes."""
        return self.shards * self.lines * 64
