"""Which services are watched: real ones first, and not many names of any one key.

A service is real once it sends events. A name that only rows of health know has to share the room with others: who
sends the rows of one key may name a few, so that nobody fills the room with names that they have made up.

>>> watched = WatchedServices()
>>> [watched.admits(f"invented-{number}", "key", 0) for number in range(PER_SOURCE + 1)][-2:]
[True, False]
>>> watched.meet("shop"), watched.admits("shop", "key", 0)
(True, True)
"""

from __future__ import annotations

from cartellino.availability.baseline import PER_DAY

MOST_SERVICES = 32
"""Services that send events and are watched; and as many names that only rows of health know."""

PER_SOURCE = 8
"""Names that one key, or one person, may bring in."""

KEPT = 7 * PER_DAY
"""Buckets for which a name keeps its room without any row."""


class WatchedServices:
    """The names of services that are watched, and who has brought in those that send no events."""

    def __init__(self) -> None:
        self._real: set[str] = set()
        self._named: dict[str, tuple[str, int]] = {}

    def meet(self, service: str) -> bool:
        """Note that a service sends events; say whether it is watched."""
        if service not in self._real and len(self._real) < MOST_SERVICES:
            self._real.add(service)
            self._named.pop(service, None)
        return service in self._real

    def admits(self, service: str, source: str, bucket: int) -> bool:
        """Say whether a service is watched of which somebody sends a row."""
        if service in self._real:
            return True
        if service not in self._named:
            self._named = {name: held for name, held in self._named.items() if bucket - held[1] <= KEPT}
            own = sum(by == source for by, _ in self._named.values())
            if own >= PER_SOURCE or len(self._named) >= MOST_SERVICES:
                return False
            self._named[service] = (source, bucket)
        self._named[service] = (self._named[service][0], bucket)
        return True
