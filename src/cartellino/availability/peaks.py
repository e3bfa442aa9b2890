"""Hours of which everybody knows that everybody writes: on New Year's Eve reports alone raise nothing.

The day is the same everywhere, and midnight goes round the world within 26 hours.
"""

from __future__ import annotations

from datetime import UTC, datetime

from cartellino.availability.baseline import BUCKET, PER_HOUR

_BEGINS, _LASTS = 10, 27
"""Hours after the beginning of 31 December in UTC at which it begins (Kiribati), and how long it lasts."""


def is_peak(bucket: int) -> bool:
    """Say whether a bucket lies in the turn of a year.

    >>> [is_peak(int(datetime(*day, tzinfo=UTC).timestamp()) // 900) for day in ((2025, 12, 31, 17), (2026, 1, 2))]
    [True, False]
    """
    at = datetime.fromtimestamp(bucket * BUCKET / 1000, UTC)
    eve = datetime(at.year - (at.month == 1), 12, 31, tzinfo=UTC)
    hours = (bucket - int(eve.timestamp() * 1000) // BUCKET) / PER_HOUR
    return _BEGINS <= hours < _BEGINS + _LASTS
