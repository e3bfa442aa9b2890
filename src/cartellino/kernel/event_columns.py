"""Event columns: everything that is known of the events of a batch, in four two-dimensional arrays, one for each type.

A row of an array is one quantity, a column of it one event. Each pass of the kernel writes rows that later passes read:
columns of the events, clocks, results of filters, values of counters. `Rows` assigns the rows while a policy set is
planned; the first rows are always present.

>>> rows = Rows()
>>> rows.long("code peer"), rows.long("code peer"), rows.fact("where 1"), rows.of("ints")
(19, 19, 0, 0)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cartellino.kernel.arrays import LINE
from cartellino.kernel.native import rows
from cartellino.kernel.native.types import Bytes, Ints, Longs, Reals, Seen

TIME, PERSON = rows.TIME, rows.PERSON
CLOCK, WAS, FIRST_SEEN, MADE, MOVED, GAP = rows.CLOCK, rows.WAS, rows.FIRST_SEEN, rows.MADE, rows.MOVED, rows.GAP
START, ACTIVE = rows.START, rows.ACTIVE
SINCE = 10
GIVEN, HELD = 11, 15
"""The first of four rows each: number, device, address and region, of the event and of the account."""
REGION = HELD + 3
"""The region of the account, as far as it is known."""

_FIXED = 19

Row = int
"""The number of a row. It is an `int`, which within `Rows` is the name of a method."""


class Rows:
    """The rows of the four arrays, by name."""

    def __init__(self) -> None:
        """Start with the rows that are always present."""
        self._named: dict[str, dict[str, int]] = {"longs": {}, "ints": {}, "reals": {}, "facts": {}}

    def of(self, array: str) -> int:
        """Return the number of rows of an array."""
        return len(self._named[array]) + (_FIXED if array == "longs" else 0)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rows) and self._named == other._named

    __hash__ = None  # type: ignore[assignment]

    def long(self, name: str) -> Row:
        """Return the row of a 64-bit integer: an instant, a code, or the total of a sum; it is added if it is new."""
        return self._row("longs", name) + _FIXED

    def int(self, name: str) -> Row:
        """Return the row of a counter (32 bits)."""
        return self._row("ints", name)

    def real(self, name: str) -> Row:
        """Return the row of a number (a double)."""
        return self._row("reals", name)

    def fact(self, name: str) -> Row:
        """Return the row of a truth value: 0 false, 1 unknown, 2 true."""
        return self._row("facts", name)

    def named(self, array: str, prefix: str) -> dict[str, Row]:
        """Return the rows whose name begins with the word `prefix`, by the rest of the name."""
        offset = _FIXED if array == "longs" else 0
        head = f"{prefix} "
        return {name[len(head) :]: at + offset for name, at in self._named[array].items() if name.startswith(head)}

    def _row(self, array: str, name: str) -> Row:
        return self._named[array].setdefault(name, len(self._named[array]))


@dataclass(frozen=True)
class EventColumns:
    """The arrays of a batch of `size` events.

    `arrays` are for native functions. They are a little wider than the batch; what is beyond it means nothing.
    """

    size: int
    arrays: Seen

    @cached_property
    def longs(self) -> Longs:
        """Instants, codes, totals of sums: a row for each."""
        return self.arrays.longs[:, : self.size]

    @cached_property
    def ints(self) -> Ints:
        """Counters."""
        return self.arrays.ints[:, : self.size]

    @cached_property
    def reals(self) -> Reals:
        """Numbers, NaN for unknown."""
        return self.arrays.reals[:, : self.size]

    @cached_property
    def facts(self) -> Bytes:
        """Truth values."""
        return self.arrays.facts[:, : self.size]

    @property
    def kinds(self) -> Bytes:
        """The kind of each event."""
        return self.arrays.kinds


def allocate(needed: Rows, size: int) -> EventColumns:
    """Return uninitialised arrays: no pass may read a row that no pass before it has written.

    A row takes an odd number of cache lines. Were it a power of two, the values of one event would all compete for the
    same few places of the cache: it cost the pack 200 ns an event.
    """

    def wide(array: str, kind: type[np.generic]) -> Longs:
        line = LINE // np.dtype(kind).itemsize
        return np.empty((max(needed.of(array), 1), (size // line + 1 | 1) * line), kind)

    return EventColumns(
        size,
        Seen(
            wide("longs", np.int64), wide("ints", np.int32), wide("reals", np.float64), wide("facts", np.int8),
            np.empty(size, np.uint8),
        ),
    )  # fmt: skip


def poison(seen: EventColumns) -> EventColumns:
    """Fill the arrays with impossible values, so that reading a row that was not written is noticed in tests."""
    seen.longs.fill(-987_654_321_987)
    seen.ints.fill(54_321)
    seen.reals.fill(-9.87e200)
    seen.facts.fill(2)
    return seen
