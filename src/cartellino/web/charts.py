"""What a chart shows: lines over time, or over another number, with limits drawn in; `static/charts.js` draws it.

>>> chart = Chart("Strangers", (0, 60), (Line("strangers", (1, None), limit=9),), across="Minute", is_time=False)
>>> chart.shown
[('0', (1,)), ('60', (None,))]
>>> as_data(chart).startswith('{"is_time":false,"x":[0,60],"lines":[')
True
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import msgspec
from markupsafe import Markup

from cartellino.vocabulary.times import show_instant

ROWS = 48
"""Rows that the table beside a chart has at most; a longer one is thinned."""


@dataclass(frozen=True)
class Line:
    """One line: a value for each place, `None` where it is unknown, and the limit above which something happens."""

    label: str
    values: Sequence[float | None]
    limit: float | None = None
    means: Literal["", "right", "wrong"] = ""
    """Whether more of it is good or bad, which its colour says; nothing: a line like others."""


@dataclass(frozen=True)
class Chart:
    """Lines over `x`: instants in ms, or other numbers. `mark` is a place to be marked, with its words."""

    title: str
    x: Sequence[float]
    lines: Sequence[Line]
    across: str = "Time"
    is_time: bool = True
    mark: tuple[float, str] | None = None

    @property
    def shown(self) -> list[tuple[str, tuple[float | None, ...]]]:
        """The rows of the table that stands beside it."""
        every = max(1, -(-len(self.x) // ROWS))
        return [
            (self._place(at), tuple(line.values[number] for line in self.lines))
            for number, at in list(enumerate(self.x))[::every]
        ]

    def _place(self, at: float) -> str:
        return show_instant(int(at))[:16].replace("T", " ") if self.is_time else f"{at:g}"


def as_data(chart: Chart) -> Markup:
    """Write a chart as JSON that can stand in a page: nothing in it ends the element that it stands in."""
    data = {
        "is_time": chart.is_time,
        "x": chart.x,
        "lines": [asdict(line) for line in chart.lines],
        "mark": chart.mark,
        "across": chart.across,
    }
    text = msgspec.json.encode(data).decode()
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))
