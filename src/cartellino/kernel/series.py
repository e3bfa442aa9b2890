"""What each kind of aggregate keeps for one key, and the interval that it reads.

`add` takes the time, the value of the counted column (`None`: unknown), what the filter said (true, or `None` for
unknown; false never comes here) and the clock of the key. `least` counts what is certain; `most` adds what may be.

>>> from cartellino.kernel.sightings import Exact
>>> from cartellino.signals.window import window
>>> peers = DistinctSeries(window(60_000), Exact(), "peers", "a1")
>>> for time, peer, sure in ((1_000, "b", True), (2_000, "b", True), (3_000, "c", None), (4_000, "d", True)):
...     peers.add(time, peer, sure, time)
>>> peers.read(5_000)
Interval(least=2, most=3)
"""

from __future__ import annotations

from collections.abc import Hashable
from fractions import Fraction
from math import inf
from typing import Protocol

from cartellino.events.event import Scalar
from cartellino.expressions import nodes
from cartellino.expressions.nodes import Aggregate
from cartellino.kernel.panes import Panes
from cartellino.kernel.sightings import Memory
from cartellino.signals.window import Window
from cartellino.vocabulary.times import Instant
from cartellino.vocabulary.truth import Interval, Truth


class Series(Protocol):
    """One aggregate of one key over its window."""

    def add(self, time: Instant, value: Scalar | None, sure: Truth, now: Instant) -> None:
        """Add an event."""

    def read(self, now: Instant) -> Interval:
        """Return what the window that ends with the pane of `now` holds."""


class CountSeries:
    """How many events."""

    __slots__ = ("_certain", "_possible")

    def __init__(self, window: Window, memory: Memory, name: Hashable, key: str) -> None:
        """Start empty."""
        self._certain = Panes(window, 0)
        self._possible = Panes(window, 0)

    def add(self, time: Instant, value: Scalar | None, sure: Truth, now: Instant) -> None:
        """Add one."""
        (self._certain if sure else self._possible).add(time, 1)

    def read(self, now: Instant) -> Interval:
        """Certain, and certain and possible."""
        certain = self._certain.read(now)
        return Interval(certain, certain + self._possible.read(now))


class SumSeries:
    """The total of a number column. One value that is not known leaves the total open upwards.

    The contract's columns are never negative, but the operator's own may be: what may take away lowers `least`.
    """

    __slots__ = ("_certain", "_lost", "_negative", "_open", "_possible")

    def __init__(self, window: Window, memory: Memory, name: Hashable, key: str) -> None:
        """Start empty."""
        self._certain = Panes(window, Fraction(0))
        self._lost = Panes(window, Fraction(0))
        self._possible = Panes(window, Fraction(0))
        self._negative = Panes(window, Fraction(0))
        self._open = Panes(window, 0)

    def add(self, time: Instant, value: Scalar | None, sure: Truth, now: Instant) -> None:
        """Add the value."""
        if isinstance(value, int | float):
            certain, possible = (self._lost, self._negative) if value < 0 else (self._certain, self._possible)
            (certain if sure else possible).add(time, Fraction(value))
        else:
            self._open.add(time, 1)

    def read(self, now: Instant) -> Interval:
        """Certain, and certain and possible; no upper end while an unknown value is in the window."""
        certain = self._certain.read(now) + self._lost.read(now)
        most = inf if self._open.read(now) else float(certain + self._possible.read(now))
        return Interval(float(certain + self._negative.read(now)), most)


class DistinctSeries:
    """How many different values. A value seen again moves from the pane where it stood to the new one.

    Values of events that may not pass the filter are kept apart: `most` is the sum, so it may count a value twice,
    never miss one.
    """

    __slots__ = ("_certain", "_maybe", "_possible", "_seen", "_window")

    def __init__(self, window: Window, memory: Memory, name: Hashable, key: str) -> None:
        """Start empty."""
        self._window = window
        self._certain = Panes(window, 0)
        self._possible = Panes(window, 0)
        self._seen = memory.of(name, key, window.pane)
        self._maybe = memory.of((name, "maybe"), key, window.pane)

    def add(self, time: Instant, value: Scalar | None, sure: Truth, now: Instant) -> None:
        """Count the value if it is new in the window, or move it."""
        pane, oldest = time // self._window.pane, self._certain.oldest(now)
        if pane < oldest:
            return
        if value is None:
            self._possible.add(time, 1)
            return
        before, certain = (self._seen if sure else self._maybe).sight(str(value), pane, oldest)
        _move(self._certain if sure and certain else self._possible, before, time, pane)

    def read(self, now: Instant) -> Interval:
        """Certain, and certain and possible."""
        certain = self._certain.read(now)
        return Interval(certain, certain + self._possible.read(now))


def _move(panes: Panes[int], before: int | None, time: Instant, pane: int) -> None:
    """Count what is new in the window; what was counted in an older pane moves."""
    if before is None:
        panes.add(time, 1)
    elif before < pane:
        panes.take(before, 1)
        panes.add(time, 1)


class UnansweredSeries:
    """Peers whose latest event is in the window and who have not replied since the conversation began.

    A peer who replied stays answered for as long as the conversation goes on (no gap longer than the window).
    """

    __slots__ = ("_answered", "_certain", "_doubt", "_maybe", "_possible", "_seen", "_window")

    def __init__(self, window: Window, memory: Memory, name: Hashable, key: str) -> None:
        """Start empty."""
        self._window = window
        self._certain = Panes(window, 0)
        self._possible = Panes(window, 0)
        self._doubt = Panes(window, 0)
        self._seen = memory.of(name, key, window.pane)
        self._maybe = memory.of((name, "maybe"), key, window.pane)
        self._answered = memory.of((name, "answered"), key, window.pane)

    def add(self, time: Instant, value: Scalar | None, sure: Truth, now: Instant) -> None:
        """Count the peer unless they are counted already, or have replied."""
        pane, oldest = time // self._window.pane, self._certain.oldest(now)
        if pane < oldest:
            return
        if value is None:
            self._possible.add(time, 1)
            return
        peer = str(value)
        replied = self._answered.look(peer, oldest)
        if replied.certain and replied.before is not None:
            self._answered.keep(peer, pane, True)
            return
        if not replied.certain:
            self._answered.keep(peer, pane, False)
            sure = None
        before, certain = (self._seen if sure else self._maybe).sight(peer, pane, oldest)
        _move(self._certain if sure and certain else self._possible, before, time, pane)

    def suspect(self, time: Instant, peer: str, now: Instant) -> None:
        """Note that the peer may have replied before the log began, for as long as the conversation goes on."""
        oldest = self._certain.oldest(now)
        if self._answered.look(peer, oldest).before is None:
            self._answered.keep(peer, time // self._window.pane, False)

    def answer(self, time: Instant, peer: str, now: Instant) -> None:
        """Take a peer out who has replied. If they may be counted where nobody remembers it, `least` gives way."""
        pane, oldest = time // self._window.pane, self._certain.oldest(now)
        if pane < oldest:
            return
        replied = self._answered.look(peer, oldest)
        self._answered.keep(peer, pane, True)
        if replied.certain and replied.before is not None:
            return
        before, certain = self._seen.look(peer, oldest)
        if before is not None:
            (self._certain if certain else self._possible).take(before, 1)
        if not certain:
            self._doubt.add(now, 1)
        maybe = self._maybe.look(peer, oldest).before
        if maybe is not None:
            self._possible.take(maybe, 1)
        self._seen.drop(peer)
        self._maybe.drop(peer)

    def read(self, now: Instant) -> Interval:
        """Certain less doubtful, and certain and possible."""
        certain = self._certain.read(now)
        return Interval(max(0, certain - self._doubt.read(now)), certain + self._possible.read(now))


class RepeatSeries:
    """How often the most frequent value came. The largest count is kept, and looked for anew when a pane has passed."""

    __slots__ = ("_certain", "_largest", "_pane", "_possible", "_window")

    def __init__(self, window: Window, memory: Memory, name: Hashable, key: str) -> None:
        """Start empty."""
        self._window = window
        self._certain: dict[Scalar, Panes[int]] = {}
        self._possible = Panes(window, 0)
        self._largest = 0
        self._pane = -1

    def add(self, time: Instant, value: Scalar | None, sure: Truth, now: Instant) -> None:
        """Count the value; what may be any value counts towards all of them."""
        if value is None or sure is None:
            self._possible.add(time, 1)
            return
        self._pass(now)
        if value not in self._certain:
            self._certain[value] = Panes(self._window, 0)
        panes = self._certain[value]
        panes.oldest(now)
        panes.add(time, 1)
        self._largest = max(self._largest, panes.total)

    def read(self, now: Instant) -> Interval:
        """The largest certain count, and that with everything that is possible."""
        self._pass(now)
        return Interval(self._largest, self._largest + self._possible.read(now))

    def _pass(self, now: Instant) -> None:
        pane = now // self._window.pane
        if pane > self._pane:
            self._pane = pane
            self._certain = {one: panes for one, panes in self._certain.items() if panes.read(now)}
            self._largest = max((panes.total for panes in self._certain.values()), default=0)


_KINDS: dict[type[Aggregate], type[CountSeries | SumSeries | DistinctSeries | RepeatSeries | UnansweredSeries]] = {
    nodes.Count: CountSeries,
    nodes.Sum: SumSeries,
    nodes.Distinct: DistinctSeries,
    nodes.Repeat: RepeatSeries,
    nodes.Unanswered: UnansweredSeries,
}


def series(aggregate: Aggregate, window: Window, memory: Memory, name: Hashable, key: str) -> Series:
    """Return an empty series for one key of an aggregate."""
    return _KINDS[type(aggregate)](window, memory, name, key)
