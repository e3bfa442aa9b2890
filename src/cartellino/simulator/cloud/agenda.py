"""What is going to happen, in the order of time."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

from cartellino.vocabulary.times import Instant

Happening = Callable[[], None]


class Agenda:
    """A queue by time; what is due at the same instant happens in the order in which it was entered."""

    def __init__(self) -> None:
        self._held: list[tuple[Instant, int, Happening]] = []
        self._order = count()

    def __len__(self) -> int:
        return len(self._held)

    def enter(self, at: Instant, happening: Happening) -> None:
        """Let something happen at an instant."""
        heappush(self._held, (at, next(self._order), happening))

    def next_at(self) -> Instant | None:
        """Return when something happens next."""
        return self._held[0][0] if self._held else None

    def due(self, until: Instant) -> tuple[Instant, Happening] | None:
        """Take what happens next, if it is due until an instant."""
        if not self._held or self._held[0][0] > until:
            return None
        at, _, happening = heappop(self._held)
        return at, happening
