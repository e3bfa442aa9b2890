"""The board: what is known of every event of a batch, one row a thing, in four arrays by type.

Each pass of the kernel fills rows that later passes read: columns of the event, clocks, what filters say, what counters
hold. `Rows` says which row holds what; it is made while a policy set is planned, and the first rows are always there.

>>> rows = Rows()
>>> rows.long("code peer"), rows.long("code peer"), rows.fact("where 1"), rows.of("ints")
(19, 19, 0, 0)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cartellino.kernel.native.types import Bytes, Ints, Longs, Reals

TIME, PERSON = 0, 1
CLOCK, WAS, FIRST_SEEN, MADE, MOVED, GAP = range(2, 8)
START, ACTIVE = 8, 9
SINCE = 10
GIVEN, HELD = 11, 15
"""From these on, four rows each: number, device, address and region, as the event and as the account has them."""

_FIXED = 19

Row = int
"""The number of a row; `Rows.int` hides the type that it is."""


class Rows:
    """Which row of which array holds what, by name."""

    def __init__(self) -> None:
        """Start with the rows that every board has."""
        self._named: dict[str, dict[str, int]] = {"longs": {}, "ints": {}, "reals": {}, "facts": {}}

    def of(self, array: str) -> int:
        """Return how many rows an array has."""
        return len(self._named[array]) + (_FIXED if array == "longs" else 0)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rows) and self._named == other._named

    __hash__ = None  # type: ignore[assignment]

    def long(self, name: str) -> Row:
        """Return the row of a 64-bit integer: an instant, a code, the total of a sum."""
        return self._row("longs", name) + _FIXED

    def int(self, name: str) -> Row:
        """Return the row of a counter."""
        return self._row("ints", name)

    def real(self, name: str) -> Row:
        """Return the row of a number."""
        return self._row("reals", name)

    def fact(self, name: str) -> Row:
        """Return the row of a truth: 0 false, 1 unknown, 2 true."""
        return self._row("facts", name)

    def named(self, array: str, prefix: str) -> dict[str, Row]:
        """Return the rows whose names begin with a word, by the rest of their names."""
        offset = _FIXED if array == "longs" else 0
        head = f"{prefix} "
        return {name[len(head) :]: at + offset for name, at in self._named[array].items() if name.startswith(head)}

    def _row(self, array: str, name: str) -> Row:
        return self._named[array].setdefault(name, len(self._named[array]))


@dataclass(frozen=True)
class EventColumns:
    """The rows of one batch of `size` events."""

    size: int
    longs: Longs
    ints: Ints
    reals: Reals
    facts: Bytes
    kinds: Bytes

    @property
    def arrays(self) -> tuple[Ints, Longs, Reals, Bytes]:
        """The four arrays, in the order in which compiled rules take them."""
        return self.ints, self.longs, self.reals, self.facts


def allocate(rows: Rows, size: int) -> EventColumns:
    """Return a board as it comes: what no pass writes may hold anything, and no pass may read it."""
    return EventColumns(
        size,
        np.empty((rows.of("longs"), size), np.int64),
        np.empty((max(rows.of("ints"), 1), size), np.int32),
        np.empty((max(rows.of("reals"), 1), size), np.float64),
        np.empty((max(rows.of("facts"), 1), size), np.int8),
        np.empty(size, np.uint8),
    )


def poison(seen: EventColumns) -> EventColumns:
    """Write on a board what nothing ever is, so that a pass which reads what none has written gives itself away."""
    seen.longs.fill(-987_654_321_987)
    seen.ints.fill(54_321)
    seen.reals.fill(-9.87e200)
    seen.facts.fill(2)
    return seen
