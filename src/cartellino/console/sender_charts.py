"""The five pillars of a sender as pictures over time, one for each unit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from cartellino.senders.pillars.shape import Pillar, Point, Series
from cartellino.web.charts import Chart, Line

_UNITS = {"share": "%", "per_week": "a week"}


def charts_of(pillar: Pillar) -> list[Chart]:
    """Return a chart for each unit of a pillar's figures over time; days on which nothing happened are unknown."""
    by_unit: dict[str, list[Series]] = defaultdict(list)
    for series in pillar.series:
        by_unit[series.unit].append(series)
    return [_chart(unit, those) for unit, those in by_unit.items()]


def _chart(unit: str, those: Sequence[Series]) -> Chart:
    factor, named = (100 if unit == "share" else 1), _UNITS.get(unit, unit)
    lines = [line for series in those for line in _lines(series, factor)]
    title = f"{'; '.join(series.about for series in those)}, {named}"
    return Chart(f"{title[:1].upper()}{title[1:]}", [float(point.day) for point in those[0].points], lines)


def _lines(series: Series, factor: int) -> list[Line]:
    """Return a line, or two where something is unknown: it lies between them."""
    name = series.name.replace("_", " ")
    if all(point.least == point.most for point in series.points):
        return [Line(name, _values(series.points, "least", factor))]
    return [Line(f"{name}, at least", _values(series.points, "least", factor)),
            Line(f"{name}, at most", _values(series.points, "most", factor))]  # fmt: skip


def _values(points: Sequence[Point], end: str, factor: int) -> list[float | None]:
    found: list[float | None] = [getattr(point, end) for point in points]
    return [None if value is None else round(factor * value, 2) for value in found]
