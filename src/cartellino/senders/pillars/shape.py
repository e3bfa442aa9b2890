"""What a pillar is: measured figures with what is unknown of them, their course over time, and what would raise them.

There is no score: nobody could defend its weights.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from cartellino.senders.pillars.saying import Saying
from cartellino.vocabulary.times import Instant

Unit = Literal["share", "people", "messages", "campaigns", "templates", "per_week", "minutes"]


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A measured figure between `least` and `most`: they differ by what is unknown; `None` is where nothing is known.

    >>> share("consent", "agreement on record", hits=60, unknown=30, of=100).shown
    '60 to 90 %'
    >>> share("consent", "agreement on record", hits=0, of=0).shown
    'unknown'
    """

    name: str
    about: str
    unit: Unit
    least: float | None
    most: float | None
    of: int = 0
    """Of how many people or messages."""
    unknown: int = 0
    """About how many of them nobody knows."""

    @property
    def is_certain(self) -> bool:
        """Whether nothing about it is unknown."""
        return self.least is not None and self.least == self.most

    @property
    def shown(self) -> str:
        """The figure in words."""
        if self.least is None:
            return "unknown"
        factor, ending = (100, " %") if self.unit == "share" else (1, "")
        least = _written(factor * self.least)
        if self.most is None:
            return f"at least {least}{ending}"
        most = _written(factor * self.most)
        return f"{least}{ending}" if least == most else f"{least} to {most}{ending}"


def _written(value: float) -> str:
    """Return a number as people write it.

    >>> _written(10_080.5), _written(0.234), _written(66.67), _written(0)
    ('10,080', '0.234', '66.7', '0')
    """
    return f"{value:,.0f}" if value >= 1_000 else f"{value:.3g}"


class Point(msgspec.Struct, frozen=True):
    """A figure over the seven days that end with a day; `None` where nothing happened."""

    day: Instant
    least: float | None
    most: float | None


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """A figure day by day."""

    name: str
    about: str
    unit: Unit
    points: tuple[Point, ...]


class Lever(msgspec.Struct, frozen=True, kw_only=True):
    """What would raise a figure: of how many people or messages, and what it would be then."""

    name: str
    figure: str
    saying: Saying
    many: int
    now: float | None = None
    then: float | None = None

    @property
    def said(self) -> str:
        """What would raise it, in English."""
        return self.saying.said


class Pillar(msgspec.Struct, frozen=True, kw_only=True):
    """One of the five, with its largest lever first."""

    name: str
    about: str
    figures: tuple[Figure, ...]
    series: tuple[Series, ...]
    levers: tuple[Lever, ...]

    def figure(self, name: str) -> Figure:
        """Return a figure by its name."""
        return next(figure for figure in self.figures if figure.name == name)


def share(name: str, about: str, *, hits: int, of: int, unknown: int = 0) -> Figure:
    """Return a share of which some may be hits or not."""
    if of <= 0:
        return Figure(name=name, about=about, unit="share", least=None, most=None)
    least, most = min(hits, of) / of, min(hits + unknown, of) / of
    return Figure(name=name, about=about, unit="share", least=round(least, 4), most=round(most, 4), of=of,
                  unknown=unknown)  # fmt: skip


def number(name: str, about: str, unit: Unit, value: float | None, *, of: int = 0) -> Figure:
    """Return a figure that is no share; `None` is unknown."""
    rounded = None if value is None else round(value, 2)
    return Figure(name=name, about=about, unit=unit, least=rounded, most=rounded, of=of)


def largest(*levers: Lever | None) -> tuple[Lever, ...]:
    """Return levers that move something, the one that moves most people or messages first."""
    return tuple(
        sorted((lever for lever in levers if lever is not None and lever.many > 0), key=lambda lever: -lever.many)
    )
