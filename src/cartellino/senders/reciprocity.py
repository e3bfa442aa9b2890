"""Whether strangers answer: of the people to whom a number wrote first, the share that came back."""

from __future__ import annotations

from cartellino.senders.accounts import Number
from cartellino.senders.practice import practice
from cartellino.vocabulary.times import DAY, Instant


def share_of_strangers(number: Number, now: Instant) -> tuple[float, float, int] | None:
    """Return the share of first messages that were answered or read, as an interval, and of how many.

    Those of today may still be answered, so `most` takes them as answered. `None` below the least number of people.
    """
    bounds = practice().reciprocity
    days = list(number.days.last(bounds.within // DAY, now))
    first = sum(day.first for _, day in days)
    if first < bounds.people:
        return None
    came_back = sum(min(day.answered + day.read, day.began) * day.first // max(day.began, 1) for _, day in days)
    open_still = days[-1][1].first
    return came_back / first, min(1.0, (came_back + open_still) / first), first
