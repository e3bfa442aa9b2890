"""The last day of a series as SVG, without a script: reports as bars, what is usual as a line, and a table of both.

Counts are told by fives, and those of one to four not at all, so that nobody is found by them or by a difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from cartellino.availability.history import Quarter
from cartellino.learning.hidden import FEWEST, Shown
from cartellino.service.shown_levels import RAISED, hidden
from cartellino.vocabulary.times import show_instant

WIDTH, HEIGHT, BASE = 960, 200, 176
BAR = 9
_HOURS = 16
"""Quarters between two times that are written below."""


class Bar(NamedTuple):
    """A quarter of an hour as it is shown."""

    time: str
    reports: Shown
    expected: float | None
    level: str


def roughly(count: int) -> Shown:
    """Return a count as it is public.

    >>> roughly(0), roughly(3), roughly(5), roughly(9)
    (0, '<5', 5, 5)
    """
    return hidden(count) if count < FEWEST else count // FEWEST * FEWEST


def bars(quarters: Sequence[Quarter]) -> list[Bar]:
    """Return quarters as they are shown."""
    return [
        Bar(show_instant(quarter.time), roughly(quarter.reports),
            None if quarter.expected is None else round(quarter.expected, 1), quarter.level)
        for quarter in quarters
    ]  # fmt: skip


def drawn(shown: Sequence[Bar], label: str) -> Markup:
    """Draw a day; the latest quarter is on the right."""
    most = max([*(_height(bar.reports) for bar in shown), *(bar.expected or 0 for bar in shown), FEWEST], default=1)
    first = WIDTH - 10 * len(shown)
    scale = (BASE - 16) / most
    parts = [f'<path class="axis" d="M0 {BASE}H{WIDTH}"/>', f'<text x="4" y="12">{most:g}</text>']
    for number, bar in enumerate(shown):
        x, high = first + 10 * number, _height(bar.reports) * scale
        if high:
            kind = "few" if isinstance(bar.reports, str) else "raised" if bar.level in RAISED else "calm"
            parts.append(f'<rect class="{kind}" x="{x}" y="{BASE - high:.1f}" width="{BAR}" height="{high:.1f}"/>')
        if (len(shown) - number - 1) % _HOURS == 0:
            end = ' text-anchor="end"' if number == len(shown) - 1 else ""
            parts.append(f'<text x="{x + BAR if end else x}" y="{HEIGHT - 6}"{end}>{bar.time[11:16]}</text>')
    parts += _usual(shown, first, scale)
    return Markup(
        f'<svg class="day" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{Markup.escape(label)}">'
        f"{''.join(parts)}</svg>"
    )


def _height(count: Shown) -> float:
    return count if isinstance(count, int) else FEWEST / 2


def _usual(shown: Sequence[Bar], first: int, scale: float) -> list[str]:
    """Draw what is usual, in pieces where it is known."""
    path, pen = "", False
    for number, bar in enumerate(shown):
        if bar.expected is not None:
            path += f"{'L' if pen else 'M'}{first + 10 * number} {BASE - bar.expected * scale:.1f}h{BAR}"
        pen = bar.expected is not None
    return [f'<path class="usual" d="{path}"/>'] if path else []
