"""The curves of docs/explanation/availability.md, from what the comparison has measured.

    python -m benchmarks.outages.charts build/outages/compare.ndjson docs/images/outages-found.svg
    python -m benchmarks.outages.charts build/outages/compare.ndjson docs/images/outages-budget.svg --by budget
    python -m benchmarks.outages.charts build/outages/nab.ndjson docs/images/outages-nab.svg

By size: the share found, a row for each time, at one false alarm a week. By budget: the share found within 30 minutes,
a row for each size, against the false alarms of the whole board. Bands are intervals of 95 %, of each outage by itself.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from math import log
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from benchmarks.outages.compare import BUDGETS, MINUTES, SIZES, VOLUMES, Cell, summed
from cartellino.learning.precision import Share

WIDE, HIGH, LEFT, TOP = 190, 130, 46, 58
STYLES = {
    "Cartellino": ("#0b6e4f", ""),
    "ratio to time of day": ("#b3541e", "6 3"),
    "7 in 15 min, tuned": ("#31508c", "2 3"),
    "fixed threshold, 1 h": ("#777777", "8 3 2 3"),
}
"""Colour and dashes: never colour alone."""

SOME_SIZES = (4, 10, 20)

Curve = list[tuple[float, Share]]


class Row(NamedTuple):
    """A row of the picture: its name, what is along it, and every rule's curve by volume."""

    name: str
    along: Sequence[float]
    curves: dict[tuple[str, int], Curve]


def by_size(done: list[dict[str, Any]]) -> list[Row]:
    """Return a row for each time: the share found by size."""
    found = summed(done)
    return [
        Row(f"in {minutes} min", SIZES, {
            (rule, number): [(size, found[rule, size, number][minutes]) for size in SIZES
                             if (rule, size, number) in found]
            for rule in STYLES for number in range(len(VOLUMES))
        })
        for minutes in MINUTES
    ]  # fmt: skip


def by_budget(done: list[dict[str, Any]]) -> list[Row]:
    """Return a row for some sizes: the share found within 30 minutes by the budget of false alarms."""
    found: dict[float, dict[Cell, dict[int, Share]]] = {budget: summed(done, budget) for budget in BUDGETS}
    return [
        Row(f"×{size}, in 30 min", BUDGETS, {
            (rule, number): [(budget, found[budget][rule, size, number][30]) for budget in BUDGETS
                             if (rule, size, number) in found[budget]]
            for rule in STYLES for number in range(len(VOLUMES))
        })
        for size in SOME_SIZES
    ]  # fmt: skip


def drawn(rows: Sequence[Row], title: str, below: str) -> Iterator[str]:
    """Yield the picture: a column for each volume that has anything."""
    volumes = [number for number in range(len(VOLUMES)) if any(row.curves["Cartellino", number] for row in rows)]
    width, height = max(LEFT + len(volumes) * WIDE, 640), TOP + len(rows) * HIGH + 34
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
           f'font-family="sans-serif" font-size="10"><title>{escape(title)}</title>'
           f'<rect width="{width}" height="{height}" fill="#ffffff"/>')  # fmt: skip
    for number, (name, (colour, dashes)) in enumerate(STYLES.items()):
        x = LEFT + number * (width - LEFT) / 4
        yield f'<path d="M{x:.0f} 14h24" stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"/>'
        yield f'<text x="{x + 28:.0f}" y="17">{escape(name)}</text>'
    for column, volume in enumerate(volumes):
        low, high = VOLUMES[volume]
        yield f'<text x="{LEFT + column * WIDE}" y="40">{low:g} to {high:g} reports / 15 min</text>'
        for place, row in enumerate(rows):
            yield from _panel(row, volume, LEFT + column * WIDE, TOP + place * HIGH, named=column == 0)
    yield f'<text x="{LEFT}" y="{height - 6}">{escape(below)}</text></svg>'


def _panel(row: Row, volume: int, x: int, y: int, *, named: bool) -> Iterator[str]:
    width, height = WIDE - 24, HIGH - 32
    yield f'<path d="M{x} {y}v{height}h{width}" fill="none" stroke="#333333"/>'
    for share in (0, 50, 100):
        at = y + height * (1 - share / 100)
        yield f'<path d="M{x} {at:.1f}h{width}" stroke="#dddddd"/>'
        if named:
            yield f'<text x="{x - 4}" y="{at + 3:.1f}" text-anchor="end">{share} %</text>'
    if named:
        middle = y + height / 2
        yield f'<text transform="translate(11 {middle:.0f}) rotate(-90)" text-anchor="middle">{escape(row.name)}</text>'
    for value in row.along:
        at = x + _along(row.along, value) * width
        yield f'<text x="{at:.1f}" y="{y + height + 12}" text-anchor="middle">{value:g}</text>'
    for name, (colour, dashes) in STYLES.items():
        points = [(x + _along(row.along, value) * width, share) for value, share in row.curves[name, volume]]
        if points:
            yield _line(points, y, height, colour, dashes)


def _line(points: Curve, y: int, height: int, colour: str, dashes: str) -> str:
    """Draw a line with its band: the intervals of 95 %."""
    ends = [(at, *(share.interval or (0.0, 0.0)), share.value or 0.0) for at, share in points]
    upper = " ".join(f"{at:.1f},{y + height * (1 - high):.1f}" for at, _, high, _ in ends)
    lower = " ".join(f"{at:.1f},{y + height * (1 - low):.1f}" for at, low, _, _ in reversed(ends))
    line = " ".join(f"{at:.1f},{y + height * (1 - share):.1f}" for at, _, _, share in ends)
    return (f'<polygon points="{upper} {lower}" fill="{colour}" opacity="0.15"/><polyline points="{line}" fill="none" '
            f'stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"/>')  # fmt: skip


def _along(values: Sequence[float], value: float) -> float:
    return (log(value) - log(values[0])) / (log(values[-1]) - log(values[0]))


def main() -> None:
    """Draw what a file holds."""
    command = ArgumentParser(description=__doc__)
    command.add_argument("measured", type=Path)
    command.add_argument("picture", type=Path)
    command.add_argument("--by", choices=["size", "budget"], default="size")
    given = command.parse_args()
    done = [json.loads(one) for one in given.measured.read_text("utf-8").splitlines()]
    if given.by == "size":
        rows, below = by_size(done), "reports multiplied by"
        title = "Share of outages found within 15, 30 and 60 minutes, by size, at one false alarm a week of the board"
    else:
        rows, below = by_budget(done), "false alarms a week of the whole board"
        title = "Share of outages found within 30 minutes, by the false alarms of the whole board"
    given.picture.write_text("\n".join(drawn(rows, title, below)) + "\n", "utf-8")


if __name__ == "__main__":
    main()
