"""How fast one number may write to one person: a message each 6 seconds, and a burst that borrows from what comes.

>>> from cartellino.senders.platform import platform
>>> pair, burst = platform().pair, Burst()
>>> [burst.next_at(0, pair) or burst.take(0, pair) for _ in range(20)][-1]
>>> burst.next_at(7_000, pair)
120000
"""

from __future__ import annotations

import msgspec

from cartellino.senders.platform import Pair
from cartellino.vocabulary.times import Instant


class Burst(msgspec.Struct):
    """The latest burst of messages in one thread: when it began, how many they were, how long an error stops it."""

    began: Instant = -(1 << 60)
    count: int = 0
    slowed_until: Instant = 0
    errors: int = 0

    def next_at(self, now: Instant, pair: Pair) -> Instant | None:
        """Return when the next message may be sent; `None` for now.

        A burst may go on while it is young and not full; then its debt has to be paid, `every` for each message.
        """
        if now < self.slowed_until:
            return self.slowed_until
        paid = self.began + self.count * pair.every
        if now >= paid or (now < self.began + pair.every and self.count < pair.burst):
            return None
        return paid

    def take(self, now: Instant, pair: Pair) -> None:
        """Count a message."""
        if now >= self.began + self.count * pair.every:
            self.began, self.count = now, 0
        self.count += 1

    def give_back(self, at: Instant) -> None:
        """Do not count a message of this burst that was not sent."""
        if at >= self.began and self.count:
            self.count -= 1

    def slow(self, until: Instant) -> None:
        """Pause after an error of the platform."""
        self.errors += 1
        self.slowed_until = max(self.slowed_until, until)
