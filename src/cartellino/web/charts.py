"""The data of a chart: lines over time or another number, with their limits; `static/charts.js` draws it.

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
"""Most rows of the table beside a chart; longer ones are thinned out."""


@dataclass(frozen=True)
class Line:
    """One line: a value for each place of `x`, `None` where it is unknown, and the limit at which a rule fires."""

    label: str
    values: Sequence[float | None]
    limit: float | None = None
    means: Literal["", "right", "wrong"] = ""
    """Whether high values are good or bad, which sets its colour; empty: neither."""


@dataclass(frozen=True)
class Chart:
    """Lines over `x`, which are instants in ms or other numbers. `mark` is a marked place with its label."""

    title: str
    x: Sequence[float]
    lines: Sequence[Line]
    across: str = "Time"
    is_time: bool = True
    mark: tuple[float, str] | None = None

    @property
    def shown(self) -> list[tuple[str, tuple[float | None, ...]]]:
        """The rows of the table beside the chart."""
        every = max(1, -(-len(self.x) // ROWS))
        return [
            (self._place(at), tuple(line.values[number] for line in self.lines))
            for number, at in list(enumerate(self.x))[::every]
        ]

    def _place(self, at: float) -> str:
        return show_instant(int(at))[:16].replace("T", " ") if self.is_time else f"{at:g}"


def as_data(chart: Chart) -> Markup:
    """Return a chart as JSON that is safe inside an HTML element."""
    data = {
        "is_time": chart.is_time,
        "x": chart.x,
        "lines": [asdict(line) for line in chart.lines],
        "mark": chart.mark,
        "across": chart.across,
    }
    text = msgspec.json.encode(data).decode()
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))
