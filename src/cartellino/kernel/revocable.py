"""Events that can be taken back: reports are withdrawn, blocks lifted, and refusals followed by consent.

From then on the earlier events by the same author no longer count. If peers are the counted values, or for the latest
event, their counter is known, and they are removed exactly. Of the others only the number is known; so many are put in
doubt, which lowers the lower end. Events without an author may be by anybody who takes something back, and are put in
doubt as well. An event that arrives late, from before it was taken back, is not certain.

>>> from cartellino.expressions.parse import parse_text
>>> from cartellino.kernel.sightings import Exact
>>> series = Revocable(Family((parse_text('sum(reported.credit, over="1m")'),)), Exact().of("by whom", "a"), None)
>>> [series.record_author("p", 1_000, 1_000), series.record_author("q", 2_000, 2_000), series.doubt(2_000, 0)]
[True, True, 0]
>>> series.take_back("p", 3_000, 3_000)
>>> series.doubt(3_000, 0)
1
"""

from __future__ import annotations

from math import inf

from cartellino.kernel.codes import Author
from cartellino.kernel.families import Family
from cartellino.kernel.panes import Panes
from cartellino.kernel.sightings import ANSWERED, MANY, MAYBE, Sightings
from cartellino.vocabulary.times import SECOND, Instant
from cartellino.vocabulary.truth import Interval, Truth


class Revocable:
    """The tallies of authors of a series, and its events in doubt; unused if the kind cannot be taken back."""

    __slots__ = ("_authors", "_doubts", "_most_of_one")

    def __init__(self, family: Family, authors: Sightings, cap: int | None) -> None:
        """Start empty; `authors` has the tallies, and when each author took something back."""
        self._authors = authors
        self._most_of_one = 1 if family.counts_peers else MANY
        self._doubts = [Panes(window, cap) for window in family.windows if family.is_revocable]

    def record_author(self, peer: str | Author | None, time: Instant, now: Instant) -> Truth:
        """Record the author of an event; return true if it may count as certain, else `None`.

        It may if it was certainly not taken back, and the tally of its author is known. All authors without a name
        share one tally.
        """
        since = self._since(now)
        if time < since:
            return True
        if self._was_taken_back(peer, time):
            return None
        return True if self._authors.tally(peer, time, since) < MANY else None

    def take_back(self, peer: str | Author | None, time: Instant, now: Instant) -> None:
        """Remove the events of an author, or put them in doubt.

        If the author has no name, put as many in doubt as one author can have caused for certain. Events without an
        author are put in doubt in either case, since they may be by the same one.
        """
        since = self._since(now)
        latest, number = (None, MANY) if peer is None else self._authors.untally(peer, since)
        self._record_take_back(peer, time)
        if number:
            self._withdraw(latest, number, now)
        latest, number = self._authors.untally(None, since)
        if number:
            self._put_in_doubt(latest, number, now)

    def doubt(self, now: Instant, index: int) -> float:
        """Return how many of the certain events in a window may have been taken back."""
        if not self._doubts:
            return 0
        return inf if self._doubts[index].is_full(now) else self._doubts[index].read(now)

    def _since(self, now: Instant) -> Instant:
        return min(panes.since(now) for panes in self._doubts)

    def _was_taken_back(self, peer: str | Author | None, time: Instant) -> bool:
        """Return whether an event may have been taken back: by its author, or by an author without a name.

        An event without an author may have been taken back by anybody. An entry that may have been evicted counts, too.
        """
        second = time // SECOND * SECOND
        sightings = self._authors.look_up(ANSWERED, peer, second), self._authors.look_up(MAYBE, None, second)
        return any(sighting.before is not None or not sighting.certain for sighting in sightings)

    def _record_take_back(self, peer: str | Author | None, time: Instant) -> None:
        """Record when an author took something back (role `ANSWERED`).

        For no author (`None`), record when anybody last did, and when an author without a name last did (`MAYBE`).
        """
        if peer is not None:
            self._authors.put(ANSWERED, peer, time, True)
        self._authors.put(ANSWERED, None, time, True)
        if peer is None:
            self._authors.put(MAYBE, None, time, True)

    def _withdraw(self, latest: Instant | None, number: int, now: Instant) -> None:
        """Remove `number` events, the latest at `latest`, as exactly as possible; here, put all in doubt."""
        self._put_in_doubt(latest, number, now)

    def _put_in_doubt(self, latest: Instant | None, number: int, now: Instant) -> None:
        """Put `number` events in doubt, until the latest of them (`None`: now) leaves the window.

        If peers are counted, an author counts once, however many events they caused.
        """
        for doubts in self._doubts:
            doubts.advance(now)
            doubts.add(now if latest is None else latest, min(number, self._most_of_one))


def less(interval: Interval, doubt: float) -> Interval:
    """Return an interval whose lower end is lower by `doubt`, but at least 0."""
    return interval if doubt == 0 else Interval(max(0, interval.least - doubt), interval.most)
