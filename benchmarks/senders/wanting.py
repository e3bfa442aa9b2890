"""How many offers a week somebody wants: as many as bring the most answers.

Whoever does not answer an offer minds the next one more and answers it less, for a week. So from some number of
unanswered offers a week on, a further one costs more answers than it brings. That number follows from the assumed
chances; neither the gateway nor the shop knows them. More than one a day nobody wants.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

OVER = 60
"""Days within which answers count."""

_WEEK = 7


class Person(NamedTuple):
    """Chances of an offer that is the first of a week."""

    answers: float
    ends: float
    """That they block, report or stop: then nothing is answered any more."""
    tires: bool = True

    def chances(self, lately: int) -> tuple[float, float]:
        """Return the chance of an answer and of an end after so many unanswered offers within seven days."""
        return (self.answers * 0.8**lately, self.ends * (1 + lately)) if self.tires else (self.answers, self.ends)


@cache
def wanted_a_week(person: Person, days: frozenset[int]) -> int:
    """Return how many unanswered offers a week somebody wants of a shop that has offers on these weekdays.

    >>> every_day = frozenset(range(6))
    >>> [wanted_a_week(Person(answers, 0.0085), every_day) for answers in (0.28, 0.04)]
    [3, 3]
    >>> wanted_a_week(Person(0.04, 0.0, tires=False), every_day)
    6
    """
    most = range(1, len(days) + 1)
    return max(most, key=lambda at_most: (round(_answers(person, days, at_most), 9), at_most), default=1)


def _answers(person: Person, days: frozenset[int], at_most: int) -> float:
    """Return the answers to be expected of somebody who gets at most so many unanswered offers within seven days."""
    answered, likely = 0.0, {0: 1.0}
    for day in range(OVER):
        after: dict[int, float] = {}
        for before, share in likely.items():
            week = before << 1 & (1 << _WEEK) - 1  # bits: the unanswered offers of the last days, today's the lowest
            if day % _WEEK not in days or week.bit_count() >= at_most:
                after[week] = after.get(week, 0.0) + share
                continue
            answers, ends = person.chances(week.bit_count())
            answered += share * answers
            after[0] = after.get(0, 0.0) + share * answers
            after[week | 1] = after.get(week | 1, 0.0) + share * max(0.0, 1 - answers - ends)
        likely = after
    return answered
