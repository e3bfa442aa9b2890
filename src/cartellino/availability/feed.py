"""Does the feed of our own events come at all? If nothing comes of any service, nobody is missing: we do not know.

A pipeline that is behind, or a bus that stands still, looks as if everybody had gone. So a quarter of an hour without
a single event teaches nothing and misses nobody, nor does the quarter in which the feed breaks off or comes back: it
came as usual, and then nothing did, for longer than chance allows. As soon as a single event comes again, from
whatever service, the feed is alive, and whoever is missing is missing.

>>> feed = Feed()
>>> for at in range(0, BUCKET, 1_000):
...     feed.take(at)
>>> feed.close(0), feed.close(1), feed.is_stalled
(True, False, True)
"""

from __future__ import annotations

from cartellino.availability.baseline import BUCKET
from cartellino.vocabulary.times import Duration, Instant

_SURE = 12.0
"""Events that would have come in a gap before it is none of chance: once in 160,000 times it is."""

_DENSE = 0.25
"""The part of the usual with which the feed still came as usual: evenings end."""

_WIDER = 3
"""How many times wider a gap at the end is than those of before: some sources send every five minutes."""

_FADES = 0.9


class Feed:
    """When events came, in the present bucket and before."""

    def __init__(self) -> None:
        self._many = 0
        self._first = self._last = 0
        self._level = self._weight = 0.0
        self._widest: float = 0.0
        self._was_dense = self._was_empty = False
        self.stalled_since: int | None = None
        """The bucket in which the feed broke off that has not come back, if much used to come."""

    @property
    def is_stalled(self) -> bool:
        """Whether nothing came in the last bucket."""
        return self._was_empty

    def take(self, at: Instant) -> None:
        """Take the time of an event."""
        self._first = at if not self._many else min(self._first, at)
        self._last = at if not self._many else max(self._last, at)
        self._many += 1

    def close(self, bucket: int) -> bool:
        """End a bucket; say whether what came in it can be held against what is usual."""
        usual = self._level / self._weight if self._weight else 0.0
        begin, many = bucket * BUCKET, self._many
        lead, tail = self._first - begin, begin + BUCKET - self._last
        dense = many >= _DENSE * usual * (BUCKET - tail) / BUCKET
        cut = dense and self._was_dense and tail > _WIDER * self._widest and tail * usual >= _SURE * BUCKET
        resumed = self._was_empty and lead * usual >= _SURE * BUCKET
        is_whole = many > 0 and not cut and not resumed
        if is_whole:
            self._learn(many, tail)
        self._was_dense = is_whole and many >= _DENSE * usual
        self._was_empty, self._many = not many, 0
        if many:
            self.stalled_since = bucket if cut else None
        elif self.stalled_since is None and usual >= _SURE:
            self.stalled_since = bucket
        return is_whole

    def _learn(self, many: int, tail: Duration) -> None:
        self._level = self._level * _FADES + many
        self._weight = self._weight * _FADES + 1
        self._widest = max(self._widest * _FADES, float(tail))
