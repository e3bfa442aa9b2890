"""The simulated time: it moves by advances, and by the real time that passes meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from cartellino.vocabulary.times import Duration, Instant


class Clock:
    """Time since a start; `elapsed` says how many seconds really passed, and can be held still in tests."""

    def __init__(self, start: Instant, elapsed: Callable[[], float]) -> None:
        self._start, self._elapsed = start, elapsed
        self._began = elapsed()
        self._advanced: Duration = 0

    def now(self) -> Instant:
        """Return the simulated time."""
        return self._start + self._advanced + int((self._elapsed() - self._began) * 1_000)

    def advance(self, by: Duration) -> None:
        """Move on at once."""
        self._advanced += by
