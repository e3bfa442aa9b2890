"""Series: the state of a family of aggregates for one key, and the intervals that are read from it.

`add` takes the time of an event, the value of the counted column (`None`: unknown), `sure` and `now`. `sure` is true if
the event certainly counts, and `None` if it may: its filter is unknown, or its author may have taken it back. Events
that fail the filter are not passed. `now` is the key's clock, the latest time it has seen. The lower end of an interval
counts what is certain, the upper end also what is possible.

>>> from cartellino.expressions.parse import parse_text
>>> from cartellino.kernel.sightings import Exact
>>> peers = series(Family((parse_text('distinct(read.peer, over="1m")'),)), Exact(), "main", "a1")
>>> for time, peer, sure in ((1_000, "b", True), (2_000, "b", True), (3_000, "c", None), (4_000, "d", True)):
...     peers.add(time, peer, sure, time)
>>> peers.read(5_000, 0)
Interval(least=2, most=3)
"""

from __future__ import annotations

from math import inf
from typing import Protocol

from cartellino.events.columns import OWN_PREFIX
from cartellino.events.event import Scalar
from cartellino.expressions import nodes
from cartellino.expressions.nodes import Aggregate
from cartellino.kernel.codes import Author
from cartellino.kernel.families import THOUSANDTHS, Family
from cartellino.kernel.panes import Panes
from cartellino.kernel.repeat_series import RepeatSeries
from cartellino.kernel.revocable import Revocable, less
from cartellino.kernel.sightings import ANSWERED, MANY, MAYBE, SEEN, Memory, Sighting, Sightings
from cartellino.vocabulary.times import Instant
from cartellino.vocabulary.truth import Interval, Truth


class Series(Protocol):
    """The state of a family of aggregates for one key."""

    def add(self, time: Instant, value: Scalar | None, sure: Truth, now: Instant) -> None:
        """Count an event."""

    def read(self, now: Instant, index: int) -> Interval:
        """Return the interval of member `index` of the family, over the window that ends with the pane of `now`."""

    def record_author(self, peer: str | Author | None, time: Instant, now: Instant) -> Truth:
        """Record who caused an event that can be taken back; return true if it may count as certain, else `None`."""

    def take_back(self, peer: str | Author | None, time: Instant, now: Instant) -> None:
        """Record that a peer took back what they had caused, and no longer count it as certain."""


class CountSeries(Revocable):
    """The number of events: the series of `count`."""

    __slots__ = ("_certain", "_possible")

    def __init__(self, family: Family, memory: Memory, sightings: Sightings, authors: Sightings) -> None:
        """Start empty."""
        cap = memory.cap_of(family.head.by)
        super().__init__(family, authors, cap)
        (over,) = family.windows
        self._certain = Panes(over, cap)
        self._possible = Panes(over, cap)

    def add(self, time: Instant, value: Scalar | None, sure: Truth, now: Instant) -> None:
        """Count an event."""
        (self._certain if sure else self._possible).add(time, 1)

    def read(self, now: Instant, index: int) -> Interval:
        """Return [certain − in doubt, certain + possible]."""
        return less(_between(self._certain, self._possible, now), self.doubt(now, index))

    def _withdraw(self, latest: Instant | None, number: int, now: Instant) -> None:
        """Remove the latest of `number` events exactly, as its pane is known, and put the rest in doubt.

        If the number is unknown (`MANY`), put all in doubt.
        """
        if latest is not None and number < MANY:
            self._certain.advance(now)
            self._certain.subtract(latest)
            number -= 1
        if number:
            self._put_in_doubt(latest, number, now)


class SumSeries(Revocable):
    """The total of a number column: the series of `sum`. While a value is unknown, it has no upper end.

    The columns of the event format (`events.columns`) are never negative; an operator's own may be, so values that are
    possibly negative lower the lower end. When events are taken back, it falls by the largest value that each can have
    had. If the column has no such bound, the sum is open: see `read`.
    """

    __slots__ = (
        "_certain",
        "_certain_negative",
        "_has_bounds",
        "_is_own",
        "_largest_value",
        "_possible",
        "_possible_negative",
        "_unknown_values",
    )

    def __init__(self, family: Family, memory: Memory, sightings: Sightings, authors: Sightings) -> None:
        """Start empty."""
        cap = memory.cap_of(family.head.by)
        super().__init__(family, authors, cap)
        (over,) = family.windows
        self._is_own = (family.head.column or "").startswith(OWN_PREFIX)
        self._largest_value = family.most_taken_back
        self._has_bounds = not family.is_revocable or self._largest_value is not None
        of_sums = memory.geometry.cap_of_sums if memory.geometry is not None else None
        self._certain = Panes(over, of_sums)
        self._certain_negative = Panes(over, of_sums)
        self._possible = Panes(over, of_sums)
        self._possible_negative = Panes(over, of_sums)
        self._unknown_values = Panes(over, cap)

    def add(self, time: Instant, value: Scalar | None, sure: Truth, now: Instant) -> None:
        """Add a value."""
        if not isinstance(value, int | float):
            self._unknown_values.add(time, 1)
            return
        certain, possible = self._certain, self._possible
        if value < 0:
            certain, possible = self._certain_negative, self._possible_negative
        # A float product, rounded half to even, as in the compiled kernel (`np.rint`).
        (certain if sure else possible).add(time, abs(round(value * float(THOUSANDTHS))))

    def read(self, now: Instant, index: int) -> Interval:
        """Return [certain − possibly negative, certain + possible].

        The upper end is infinite while an unknown value or a full pane is in the window.
        """
        certain = self._certain.read(now) - self._certain_negative.read(now)
        most = certain + self._possible.read(now)
        least = certain - self._possible_negative.read(now)
        panes = (self._certain, self._certain_negative, self._possible, self._possible_negative, self._unknown_values)
        is_open = self._unknown_values.read(now) > 0 or any(counter.is_full(now) for counter in panes)
        # For own columns the lower end is not valid while the sum is open; `leaves._of_any_sign` makes it −inf.
        if not self._is_own:
            least = max(0, least) if self._has_bounds or not is_open else 0
        return Interval(least / THOUSANDTHS, inf if is_open else most / THOUSANDTHS)

    def _put_in_doubt(self, latest: Instant | None, number: int, now: Instant) -> None:
        at = now if latest is None else latest
        doubts, amount = self._unknown_values, 1
        if self._largest_value is not None:
            doubts, amount = self._possible_negative, number * self._largest_value
        doubts.advance(now)
        doubts.add(at, amount)


class DistinctSeries(Revocable):
    """The number of different values: the series of `distinct`. A value seen again moves to the new pane.

    Values of events that may fail the filter are counted apart. The upper end is the sum of both counts, so that a
    value may be counted twice, but never missed.
    """

    __slots__ = ("_certain", "_counts_peers", "_possible", "_sightings", "_tells_peers_apart")

    def __init__(self, family: Family, memory: Memory, sightings: Sightings, authors: Sightings) -> None:
        """Start empty."""
        cap = memory.cap_of(family.head.by)
        super().__init__(family, authors, cap)
        self._counts_peers, self._tells_peers_apart = family.counts_peers, family.tells_peers_apart
        self._certain = [Panes(window, cap) for window in family.windows]
        self._possible = [Panes(window, cap) for window in family.windows]
        self._sightings = sightings

    def add(self, time: Instant, value: Scalar | None, sure: Truth, now: Instant) -> None:
        """Count a value in each window where it is new, or move it to the pane of `time`."""
        since = [panes.since(now) for panes in self._certain]
        if value is None:
            for panes, first in zip(self._possible, since, strict=True):
                if time >= first:
                    panes.add(time, 1)
            return
        met = self._sightings.record(SEEN if sure else MAYBE, value, time, since)
        for certain, possible, sighting in zip(self._certain, self._possible, met, strict=True):
            if sighting is not None:
                _move(certain if sure and sighting.certain else possible, sighting.before, time, now)

    def read(self, now: Instant, index: int) -> Interval:
        """Return [certain − in doubt, certain + possible]."""
        return less(_between(self._certain[index], self._possible[index], now), self.doubt(now, index))

    def record_author(self, peer: str | Author | None, time: Instant, now: Instant) -> Truth:
        """Return whether the event may count as certain; a peer without a name never does.

        If peers are the counted values, no tally is needed.
        """
        if self._counts_peers and peer is None:
            return None
        if not self._tells_peers_apart:
            return super().record_author(peer, time, now)
        return True if time < self._since(now) or not self._was_taken_back(peer, time) else None

    def take_back(self, peer: str | Author | None, time: Instant, now: Instant) -> None:
        """Remove the peer from every window, or put one in doubt if they have no name.

        If peers are not told apart, do as `Revocable` does.
        """
        if not self._tells_peers_apart:
            super().take_back(peer, time, now)
            return
        self._record_take_back(peer, time)
        if peer is None:
            self._withdraw(None, 1, now)
        else:
            for index in range(len(self._certain)):
                self._remove_peer(peer, index, now)
            self._sightings.drop(SEEN, peer)
            self._sightings.drop(MAYBE, peer)

    def _remove_peer(self, peer: str | Author, index: int, now: Instant) -> None:
        certain, possible = self._certain[index], self._possible[index]
        since = certain.since(now)
        possible.advance(now)
        seen, maybe = (self._sightings.look_up(role, peer, since, index) for role in (SEEN, MAYBE))
        if seen.before is not None:
            (certain if seen.certain else possible).subtract(seen.before)
        if not seen.certain:
            # They may also stand in the certain counter, under an entry that was evicted.
            self._doubts[index].advance(now)
            self._doubts[index].add(now, 1)
        if maybe.before is not None:
            possible.subtract(maybe.before)


def _between(certain: Panes, possible: Panes, now: Instant) -> Interval:
    """Return [certain, certain + possible]; the upper end is infinite while a pane is full."""
    least = certain.read(now)
    is_full = certain.is_full(now) or possible.is_full(now)
    return Interval(least, inf if is_full else least + possible.read(now))


def _move(panes: Panes, before: Instant | None, time: Instant, now: Instant) -> None:
    """Count a value that is new in the window; move one counted in an older pane to the pane of `time`."""
    panes.advance(now)
    if before is None:
        panes.add(time, 1)
    elif panes.is_later(time, before):
        panes.subtract(before)
        panes.add(time, 1)


class UnansweredSeries:
    """The number of peers who were written to within the window and have not replied: the series of `unanswered`.

    A peer who replied counts as answered for as long as the conversation goes on, without a gap longer than the window.
    A late reply answers later messages, too. A reply without a peer may come from any peer that waits, so it lowers the
    lower end by one. A peer who is written to again within the window after it may have sent that reply, and counts as
    possible only.
    """

    __slots__ = ("_certain", "_doubt", "_possible", "_sightings", "_window")

    def __init__(self, family: Family, memory: Memory, sightings: Sightings, authors: Sightings) -> None:
        """Start empty."""
        cap = memory.cap_of(family.head.by)
        (self._window,) = family.windows
        self._certain = Panes(self._window, cap)
        self._possible = Panes(self._window, cap)
        self._doubt = Panes(family.doubted(self._window), cap)
        self._sightings = sightings

    def add(
        self, time: Instant, value: Scalar | None, sure: Truth, now: Instant, may_have_replied_unseen: bool = False
    ) -> None:
        """Count a peer, unless they are counted already or have replied.

        `may_have_replied_unseen`: they may have replied without the log showing it. This holds for as long as the
        conversation goes on.
        """
        since = self._certain.since(now)
        if time < since:
            return
        if value is None:
            self._possible.add(time, 1)
            return
        replied = self._sightings.look_up(ANSWERED, value, since)
        if may_have_replied_unseen and replied.before is None:
            replied = Sighting(time, False)
        if replied.before is not None or not replied.certain:
            self._sightings.put(ANSWERED, value, time, replied.certain)
        if replied.certain and replied.before is not None:
            return
        sure = sure if replied.certain else None
        (met,) = self._sightings.record(SEEN if sure else MAYBE, value, time, [since])
        if met is not None:
            _move(self._certain if sure and met.certain else self._possible, met.before, time, now)

    def may_have_replied(self, peer: str, last_unnamed_reply: Instant, now: Instant) -> bool:
        """Return whether the latest reply without a name (-1: none) may have come from a peer, in the conversation."""
        latest = self._latest(peer, self._certain.since(now))
        if latest is None or last_unnamed_reply < 0:
            return False
        return self._window.holds(latest, last_unnamed_reply)

    def record_unnamed_reply(self, time: Instant, now: Instant) -> None:
        """Record a reply without a name: any waiting peer may have sent it."""
        if time >= self._certain.since(now):
            self._doubt.add(time, 1)

    def record_reply(self, time: Instant, peer: str, now: Instant) -> None:
        """Take a peer out who has replied. If they may be counted where nobody remembers it, `least` gives way."""
        since = self._certain.since(now)
        if time < since:
            return
        latest = self._latest(peer, since)
        self._remove_peer(peer, since, now)
        self._sightings.put(ANSWERED, peer, time if latest is None else max(time, latest), True)

    def record_author(self, peer: str | Author | None, time: Instant, now: Instant) -> Truth:
        """Return true: peers are the counted values, so no tally is needed."""
        return True

    def take_back(self, peer: str | Author | None, time: Instant, now: Instant) -> None:
        """Stop counting a peer who took back the event; put one in doubt if they have no name."""
        if peer is None:
            self._doubt.add(now, 1)
        else:
            self._remove_peer(peer, self._certain.since(now), now)

    def _remove_peer(self, peer: str | Author, since: Instant, now: Instant) -> None:
        self._possible.advance(now)
        replied = self._sightings.peek(ANSWERED, peer, since)
        if not (replied.certain and replied.before is not None):
            seen, maybe = self._sightings.look_up(SEEN, peer, since), self._sightings.look_up(MAYBE, peer, since)
            if seen.before is not None:
                (self._certain if seen.certain else self._possible).subtract(seen.before)
            if not seen.certain:
                self._doubt.add(now, 1)
            if maybe.before is not None:
                self._possible.subtract(maybe.before)
            self._sightings.drop(SEEN, peer)
            self._sightings.drop(MAYBE, peer)

    def _latest(self, peer: str | Author, since: Instant) -> Instant | None:
        """Return when a peer was last written to; `None` if that is not stored."""
        met = [self._sightings.peek(role, peer, since).before for role in (SEEN, MAYBE)]
        return max((time for time in met if time is not None), default=None)

    def read(self, now: Instant, index: int) -> Interval:
        """Return [certain − in doubt, certain + possible]."""
        doubt = inf if self._doubt.is_full(now) else self._doubt.read(now)
        return less(_between(self._certain, self._possible, now), doubt)


_KINDS: dict[type[Aggregate], type[CountSeries | SumSeries | DistinctSeries | RepeatSeries | UnansweredSeries]] = {
    nodes.Count: CountSeries,
    nodes.Sum: SumSeries,
    nodes.Distinct: DistinctSeries,
    nodes.Repeat: RepeatSeries,
    nodes.Unanswered: UnansweredSeries,
}


def series(family: Family, memory: Memory, service: str, name: str) -> Series:
    """Return an empty series for one key of a family."""
    head = family.head
    sightings, authors = (
        memory.of(table_name, name, service) for table_name in (sightings_table(family), authors_table(family))
    )
    return _KINDS[type(head)](family, memory, sightings, authors)


def sightings_table(family: Family) -> str:
    """Return the name of the table of (key, value) pairs of a family."""
    return f"{family.head.by} {family.name}"


def authors_table(family: Family) -> str:
    """Return the name of the table that tallies, for each author, the events that can be taken back."""
    return f"{family.head.by} {family.name} by whom"
