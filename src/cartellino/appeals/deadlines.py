"""Deadlines: which one applies to an appeal, a complaint, an order or a request, where, and since when.

The table is data (`data/jurisdictions.yaml`): each entry has its trigger, regions, length, legal basis, source, and the
time in which it is in force. One gazette changed India's limits by a factor of twelve, hence `since` and `until`. Where
no law sets a deadline, it is our own promise.

>>> deadline("appeal", "IN", instant("2026-03-01T00:00:00Z")).show()
'7d (India, IT Rules 2021, rule 3(2)(a)(i))'
>>> deadline("appeal", "IN", instant("2026-01-01T00:00:00Z")).show()
'15d (India, IT Rules 2021, rule 3(2)(a)(i))'
>>> deadline("appeal", None, 0).show()
'3d (our own promise)'
>>> deadline("order", "ID", instant("2026-11-28T00:00:00Z"), urgent=True).show()
'4h (Indonesia, Permenkominfo 5/2020, articles 14(3) and 15)'
"""

from __future__ import annotations

from cartellino.appeals.jurisdictions import ANYWHERE, Deadline, Trigger, jurisdictions
from cartellino.vocabulary.times import HOUR, Duration, Instant, instant

__all__ = ["ANYWHERE", "REMIND", "Deadline", "Trigger", "deadline", "instant", "remind_at"]

REMIND: Duration = 12 * HOUR
"""How long before the deadline of a case the reviewers are reminded, in ms; of a short one, when half of it is left."""


def deadline(
    trigger: Trigger, region: str | None, at: Instant, category: str = "", *, urgent: bool = False
) -> Deadline:
    """Return the deadline for a trigger at the time `at` in a region (ISO 3166-1 alpha-2; `None` if unknown)."""
    for candidate in jurisdictions().deadlines:
        if candidate.trigger == trigger and candidate.fits(region, at, category, urgent=urgent):
            return candidate
    raise AssertionError(f"no deadline for {trigger}")


def remind_at(opened_at: Instant, due_at: Instant) -> Instant:
    """Return when the reviewers are reminded of a case.

    >>> remind_at(0, 4 * HOUR) // HOUR, remind_at(0, 72 * HOUR) // HOUR
    (2, 60)
    """
    return due_at - min(REMIND, (due_at - opened_at) // 2)
