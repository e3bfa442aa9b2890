"""What came back of messages within the time by which quality is judged, the latest weighing most."""

from __future__ import annotations

import msgspec

from cartellino.senders.platform import platform
from cartellino.vocabulary.times import HOUR, Instant


class Hour(msgspec.Struct):
    """What happened within one hour."""

    delivered: int = 0
    read: int = 0
    bad: float = 0.0


class Summary(msgspec.Struct, frozen=True):
    """Weighted sums over the time."""

    delivered: float
    read: float
    bad: float

    @property
    def share(self) -> float:
        """How many of those reached blocked or reported."""
        return min(1.0, self.bad / self.delivered) if self.delivered else 0.0


class Feedback(msgspec.Struct):
    """Deliveries, reads, blocks and reports by hour."""

    hours: dict[int, Hour] = msgspec.field(default_factory=dict)

    def hour(self, now: Instant) -> Hour:
        """Return the current hour; those that are too old are forgotten."""
        current, oldest = now // HOUR, (now - platform().quality.over) // HOUR
        while self.hours and next(iter(self.hours)) < oldest:
            del self.hours[next(iter(self.hours))]
        return self.hours.setdefault(current, Hour())

    def sums(self, now: Instant) -> Summary:
        """Add up, an hour weighing less the longer it is past."""
        over, delivered, read, bad = platform().quality.over, 0.0, 0.0, 0.0
        for hour, held in self.hours.items():
            weight = 1 - max(0, now - hour * HOUR) / over
            if weight > 0:
                delivered += weight * held.delivered
                read += weight * held.read
                bad += weight * held.bad
        return Summary(delivered, read, bad)
