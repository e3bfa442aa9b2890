"""How large the tables are. Together with the log, the policies and the salt it determines every decision (law 13).

>>> Geometry(lines=1 << 20).bytes >> 20
512
"""

from __future__ import annotations

from dataclasses import dataclass

WAYS = 7
"""Entries of a line of 64 bytes: 7 of eight bytes, and eight for what the line forgot and how sure its entries are."""

WINDOWS = 4
"""Windows that share an entry: it has so many bits to say in which of them it was counted as certain."""


@dataclass(frozen=True)
class Geometry:
    """Sizes of the tables of pairs, and where counters saturate.

    Every table is cut into `shards` by the code of its key; each shard has `lines` lines for the pairs of each key
    and as many for who wrote to whom. A pane of an account holds up to `cap`, of any other key up to `cap_of_keys`,
    a total of a number column up to `cap_of_sums` thousandths; each is 2**n - 1. `values` is how many different
    values `repeat` tells apart for one key.
    """

    shards: int = 8
    lines: int = 1 << 17
    cap: int = (1 << 15) - 1
    cap_of_keys: int = (1 << 18) - 1
    cap_of_sums: int = (1 << 50) - 1
    values: int = 16

    def cap_of(self, by: str) -> int:
        """Return how much a pane of a counter by this key holds."""
        return self.cap if by == "account" else self.cap_of_keys

    @property
    def bytes(self) -> int:
        """What the lines of one table take."""
        return self.shards * self.lines * 64
