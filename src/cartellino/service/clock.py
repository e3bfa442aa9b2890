"""The clock of the service: never back. What has ended stays ended, also when the machine's clock is set back.

>>> times = iter([1_000, 400, 1_500])
>>> clock = Clock(lambda: next(times))
>>> clock.now(), clock.now(), clock.now()
(1000, 1000, 1500)
"""

from __future__ import annotations

import time
from collections.abc import Callable

from cartellino.vocabulary.times import Instant


def machine() -> Instant:
    """Return the time by the machine's clock, in ms."""
    return time.time_ns() // 1_000_000


class Clock:
    """The largest time that was ever seen, here or by an earlier run."""

    def __init__(self, read: Callable[[], Instant] = machine) -> None:
        """`read` tells the time."""
        self._read = read
        self._largest = 0

    def now(self) -> Instant:
        """Return the time."""
        self._largest = max(self._largest, self._read())
        return self._largest

    def not_before(self, at: Instant) -> None:
        """Learn of a time that an earlier run has seen."""
        self._largest = max(self._largest, at)
