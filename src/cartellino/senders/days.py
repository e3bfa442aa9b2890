"""What a number did, day by day: the figures from which the pillars are drawn over time."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from cartellino.vocabulary.times import DAY, Instant

KEPT_DAYS = 400
"""How many days are kept."""


class Day(msgspec.Struct):
    """One day (UTC) of one number."""

    sent: dict[str, int] = {}
    """By category."""
    began: int = 0
    """Messages outside a service window."""
    first: int = 0
    """Messages to people to whom the business had never written and who had not written to it."""
    consented: int = 0
    unknown_consent: int = 0
    delivered: int = 0
    read: int = 0
    failed: dict[str, int] = {}
    """By code of the error."""
    refused: dict[str, int] = {}
    """By rule of ours."""
    answered: int = 0
    """Messages by which the business began and that a person answered, counted on the day on which they were sent."""
    answer_minutes: list[int] = []
    """How long people waited for an answer of the business; at most a thousand a day."""
    wrote: int = 0
    """Messages of people."""
    stopped: int = 0
    resumed: int = 0
    automated: int = 0
    automated_free: int = 0
    """Free-form messages that a program sent."""
    by_person: int = 0
    """Free-form messages that a person of the business sent."""
    handed_over: int = 0
    links: int = 0
    contents: dict[str, int] = {}
    """By fingerprint of what is alike; the first thousand."""
    campaigns: dict[str, int] = {}
    others: int = 0
    """Messages of this number that went out without passing here: another program sends, too."""
    general_ai: int = 0
    """Messages that the platform charges as those of a general AI."""


class Days(msgspec.Struct):
    """The days of a number."""

    by_day: dict[int, Day] = {}

    def on(self, at: Instant) -> Day:
        """Return a day, begun if there was none; of one that is not kept any more, figures that nobody looks at."""
        day = at // DAY
        if day not in self.by_day:
            oldest = max([day, *self.by_day]) - KEPT_DAYS
            if day < oldest:
                return Day()  # the platform tells histories, too
            self.by_day[day] = Day()
            for old in [kept for kept in self.by_day if kept < oldest]:
                del self.by_day[old]
        return self.by_day[day]

    def last(self, count: int, now: Instant) -> Iterator[tuple[int, Day]]:
        """Yield the last days with their number since 1970, the oldest first; days without anything are empty."""
        today = now // DAY
        for day in range(today - count + 1, today + 1):
            yield day, self.by_day.get(day, Day())


def count(figures: dict[str, int], name: str, most: int = 1_000) -> None:
    """Count one more of a name, unless it is a new one and there are too many."""
    if name in figures or len(figures) < most:
        figures[name] = figures.get(name, 0) + 1
