"""What can be taken back: a report that is withdrawn, a block that is lifted, a refusal that is followed by consent.

From then on the earlier events of the same account and peer do not count. What a peer has added is known exactly where
it is the peer that is counted, or one event; of the rest it is known how many they were, and so many go from `least`.
What nobody's name stands on may be anybody's: whoever takes something back may take it back as well. What comes late,
from before it was taken back, is not certain.

>>> from cartellino.expressions.parse import parse_text
>>> from cartellino.kernel.sightings import Exact
>>> by_whom = Revocable(Family((parse_text('sum(reported.credit, over="1m")'),)), Exact().of("by whom", "a"), None)
>>> [by_whom.record_author("p", 1_000, 1_000), by_whom.record_author("q", 2_000, 2_000), by_whom.doubt(2_000, 0)]
[True, True, 0]
>>> by_whom.take_back("p", 3_000, 3_000)
>>> by_whom.doubt(3_000, 0)
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
    """Who has added to a series, and how much of it is in doubt; nothing where its kind cannot be taken back."""

    __slots__ = ("_by_whom", "_doubts", "_most_of_one")

    def __init__(self, family: Family, by_whom: Sightings, cap: int | None) -> None:
        """Start with nobody; `by_whom` remembers how often each peer has, and when they took it back."""
        self._by_whom = by_whom
        self._most_of_one = 1 if family.counts_peers else MANY
        self._doubts = [Panes(window, cap) for window in family.windows if family.is_revocable]

    def record_author(self, peer: str | Author | None, time: Instant, now: Instant) -> Truth:
        """Note who is behind an event, and say whether it can be certain: it must be known how often they have been.

        Those whose names are missing are told apart from nobody, and count as one.
        """
        since = self._since(now)
        if time < since:
            return True
        if self._was_taken_back(peer, time):
            return None
        return True if self._by_whom.tally(peer, time, since) < MANY else None

    def take_back(self, peer: str | Author | None, time: Instant, now: Instant) -> None:
        """Put what a peer has added into doubt; of nobody knows whom, as much as anybody can have added for certain.

        All that has no name is in doubt as well: it may be theirs.
        """
        since = self._since(now)
        latest, number = (None, MANY) if peer is None else self._by_whom.untally(peer, since)
        self._record_take_back(peer, time)
        if number:
            self._withdraw(latest, number, now)
        latest, number = self._by_whom.untally(None, since)
        if number:
            self._put_in_doubt(latest, number, now)

    def doubt(self, now: Instant, index: int) -> float:
        """Return how much of what is certain in a window may have been taken back."""
        if not self._doubts:
            return 0
        return inf if self._doubts[index].is_full(now) else self._doubts[index].read(now)

    def _since(self, now: Instant) -> Instant:
        return min(panes.since(now) for panes in self._doubts)

    def _was_taken_back(self, peer: str | Author | None, time: Instant) -> bool:
        """Say whether it may have been: by the peer, or by somebody without a name; what has no name, by anybody.

        Whoever is not remembered since then may have been forgotten.
        """
        second = time // SECOND * SECOND
        sightings = self._by_whom.look_up(ANSWERED, peer, second), self._by_whom.look_up(MAYBE, None, second)
        return any(sighting.before is not None or not sighting.certain for sighting in sightings)

    def _record_take_back(self, peer: str | Author | None, time: Instant) -> None:
        """Note when a peer took back (`ANSWERED`); of nobody when anybody did, and when somebody without a name did
        (`MAYBE`).
        """
        if peer is not None:
            self._by_whom.put(ANSWERED, peer, time, True)
        self._by_whom.put(ANSWERED, None, time, True)
        if peer is None:
            self._by_whom.put(MAYBE, None, time, True)

    def _withdraw(self, latest: Instant | None, number: int, now: Instant) -> None:
        """Take so many out, of which the latest came then, as exactly as that is known."""
        self._put_in_doubt(latest, number, now)

    def _put_in_doubt(self, latest: Instant | None, number: int, now: Instant) -> None:
        """Doubt so many, for as long as the latest of them is in the window; however often one peer has been, where
        peers are counted they are one."""
        for doubts in self._doubts:
            doubts.advance(now)
            doubts.add(now if latest is None else latest, min(number, self._most_of_one))


def less(interval: Interval, doubt: float) -> Interval:
    """Return an interval in which what is in doubt is not certain."""
    return interval if doubt == 0 else Interval(max(0, interval.least - doubt), interval.most)
