"""Figures over time: each day of the last sixty stands for the seven days that end with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cartellino.senders.accounts import Number
from cartellino.senders.days import Day
from cartellino.senders.pillars.shape import Point, Series, Unit
from cartellino.vocabulary.times import DAY, Instant

SHOWN, OVER = 60, 7

Week = Sequence[Day]


def course_of_share(
    name: str, about: str, number: Number, now: Instant, hits: Callable[[Day], int], of: Callable[[Day], int],
    unknown: Callable[[Day], int] = lambda _: 0,
) -> Series:  # fmt: skip
    """Return the course of a share, with what is unknown between its ends."""

    def point(week: Week) -> tuple[float | None, float | None]:
        whole = sum(map(of, week))
        if not whole:
            return None, None
        known = sum(map(hits, week))
        return round(min(1.0, known / whole), 4), round(min(1.0, (known + sum(map(unknown, week))) / whole), 4)

    return _course(name, about, "share", number, now, point)


def course_of_sum(
    name: str, about: str, unit: Unit, number: Number, now: Instant, of: Callable[[Day], int | None]
) -> Series:
    """Return the course of a count; days without anything are unknown, not zero."""

    def point(week: Week) -> tuple[float | None, float | None]:
        known = [value for value in map(of, week) if value is not None]
        return (float(sum(known)),) * 2 if known else (None, None)

    return _course(name, about, unit, number, now, point)


def course_of_median(
    name: str, about: str, unit: Unit, number: Number, now: Instant, of: Callable[[Day], Sequence[int]]
) -> Series:
    """Return the course of a median."""

    def point(week: Week) -> tuple[float | None, float | None]:
        values = sorted(value for day in week for value in of(day))
        return (float(values[len(values) // 2]),) * 2 if values else (None, None)

    return _course(name, about, unit, number, now, point)


def _course(
    name: str, about: str, unit: Unit, number: Number, now: Instant,
    point: Callable[[Week], tuple[float | None, float | None]],
) -> Series:  # fmt: skip
    days = list(number.days.last(SHOWN + OVER - 1, now))
    points = []
    for place in range(SHOWN):
        week = [day for _, day in days[place : place + OVER]]
        points.append(Point(days[place + OVER - 1][0] * DAY, *point(week)))
    return Series(name=name, about=about, unit=unit, points=tuple(points))


def sent(day: Day) -> int:
    """Return how many messages were sent on a day."""
    return sum(day.sent.values())


def failed(day: Day, *codes: str) -> int:
    """Return how many messages of a day failed, with these codes or with any."""
    return sum(many for code, many in day.failed.items() if not codes or code in codes)
