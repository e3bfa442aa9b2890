"""How often the most frequent value occurred: the series of `repeat`."""

from __future__ import annotations

from math import inf

from cartellino.events.event import Scalar
from cartellino.kernel.codes import Coder
from cartellino.kernel.families import Family
from cartellino.kernel.panes import Panes
from cartellino.kernel.revocable import Revocable, less
from cartellino.kernel.sightings import Memory, Sightings
from cartellino.vocabulary.times import Instant
from cartellino.vocabulary.truth import Interval, Truth


class RepeatSeries(Revocable):
    """How often the most frequent value occurred. The largest count is stored, and recomputed when a pane has passed.

    In bounded memory the number of values is limited. A further value evicts the rarest one, whose count is from then
    on only possible: the value may occur again.
    """

    __slots__ = ("_cap", "_certain", "_coder", "_largest", "_pane", "_possible", "_values", "_window")

    def __init__(self, family: Family, memory: Memory, sightings: Sightings, authors: Sightings) -> None:
        """Start empty."""
        cap = memory.cap_of(family.head.by)
        super().__init__(family, authors, cap)
        (self._window,) = family.windows
        self._cap = cap
        self._values = memory.geometry.values if memory.geometry is not None else None
        self._coder: Coder = memory.coder
        self._certain: dict[Scalar, Panes] = {}
        self._possible = Panes(self._window, cap)
        self._largest = 0
        self._pane = -1

    def add(self, time: Instant, value: Scalar | None, sure: Truth, now: Instant) -> None:
        """Count a value; an unknown value may be any, so that it counts as possible for all."""
        if value is None or sure is None:
            self._possible.add(time, 1)
            return
        self._pass(now)
        if not self._window.holds(now, time):
            return
        if value not in self._certain:
            self._make_room(now)
            self._certain[value] = Panes(self._window, self._cap)
        panes = self._certain[value]
        panes.advance(now)
        panes.add(time, 1)
        self._largest = max(self._largest, panes.total)

    def read(self, now: Instant, index: int) -> Interval:
        """Return [largest − in doubt, largest + possible]; the upper end is infinite while a pane is full."""
        self._pass(now)
        most = self._largest + self._possible.read(now)
        is_open = any(panes.is_full(now) for panes in (self._possible, *self._certain.values()))
        return less(Interval(self._largest, inf if is_open else most), self.doubt(now, index))

    def _make_room(self, now: Instant) -> None:
        if self._values is None or len(self._certain) < self._values:
            return
        rarest = min(self._certain, key=lambda value: (self._certain[value].total, self._coder.value(value)))
        forgotten = self._certain.pop(rarest)
        self._possible.advance(now)
        self._possible.add(now, forgotten.total if not forgotten.is_full(now) else (self._cap or 0) + 1)
        self._largest = max((panes.total for panes in self._certain.values()), default=0)

    def _pass(self, now: Instant) -> None:
        pane = now // self._window.pane
        if pane > self._pane:
            self._pane = pane
            self._certain = {
                value: panes for value, panes in self._certain.items() if panes.read(now) or panes.is_full(now)
            }
            self._largest = max((panes.total for panes in self._certain.values()), default=0)
