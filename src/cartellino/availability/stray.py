"""Rows whose time is absurdly far from all others: a clock that is off, a year that was mistyped.

No clock is read, so a row is held against the others. Months without any row are nothing unusual in a replay of old
incidents; a few rows years after all others, or decades before them, would only make levels of a time that nobody
meant. What stands whatever the gap (announcements, changes) may lie before.

>>> strays([1_000, 2_000, 3_000, 4_000, 5_000 + 80 * 365 * 86_400_000])
(0, 4)
"""

from __future__ import annotations

from collections.abc import Sequence

from cartellino.vocabulary.times import DAY, Duration, Instant

AHEAD: Duration = 366 * DAY
BEHIND: Duration = 3_660 * DAY
"""Gaps after and before which a few rows are not meant."""

FEW, PART = 3, 100
"""So many rows are few, or such a part of all, where there are at least twice as many others."""


def strays(times: Sequence[Instant]) -> tuple[int, int]:
    """Return from which to before which place of ascending times there are those that are meant."""
    first, last = 0, len(times)
    for place in range(len(times) - 1, 0, -1):
        if times[place] - times[place - 1] > AHEAD and _are_few(len(times) - place, len(times)):
            last = place
    for place in range(1, last):
        if times[place] - times[place - 1] > BEHIND and _are_few(place, last):
            first = place
    return first, last


def _are_few(some: int, everything: int) -> bool:
    return some <= max(FEW, everything // PART) and 3 * some <= everything
