"""Rate limits by token buckets: each caller has a bucket, which is filled at their rate.

>>> times = iter([0.0, 0.0, 0.0, 30.0])
>>> limits = Limits(lambda: next(times))
>>> [limits.wait("a", 2) for _ in range(4)]
[0, 0, 30, 0]
"""

from __future__ import annotations

import time
from collections.abc import Callable
from math import ceil

MOST = 100_000
"""Most buckets that are kept; beyond it the fullest half is dropped, which limits nobody now."""


class Limits:
    """The buckets of all callers."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` returns seconds."""
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait(self, who: str, often: int, minutes: int = 1) -> int:
        """Take one of `often` tokens in so many minutes; return 0, or the seconds until there is one."""
        a_minute = often / minutes
        now = self._clock()
        tokens, since = self._buckets.get(who, (float(often), now))
        tokens = min(float(often), tokens + (now - since) * a_minute / 60)
        if tokens < 1:
            self._buckets[who] = (tokens, now)
            return ceil((1 - tokens) * 60 / a_minute)
        if len(self._buckets) >= MOST and who not in self._buckets:
            self._forget()
        self._buckets[who] = (tokens - 1, now)
        return 0

    def give_back(self, who: str, often: int) -> None:
        """Return a token that was not needed."""
        if who in self._buckets:
            tokens, since = self._buckets[who]
            self._buckets[who] = (min(float(often), tokens + 1), since)

    def _forget(self) -> None:
        kept = sorted(self._buckets.items(), key=lambda item: item[1][0])[: MOST // 2]
        self._buckets = dict(kept)
