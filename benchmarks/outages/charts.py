"""The curves of docs/explanation/availability.md, from what the comparison has measured.

python -m benchmarks.outages.charts build/outages/compare.ndjson docs/images/outages-found.svg
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from math import log
from pathlib import Path
from xml.sax.saxutils import escape

from benchmarks.outages.compare import SIZES, VOLUMES, summed
from cartellino.learning.precision import Share

WIDE, HIGH, LEFT, TOP = 190, 130, 46, 58
STYLES = {
    "Cartellino": ("#0b6e4f", ""),
    "ratio to time of day": ("#b3541e", "6 3"),
    "7 in 15 min, tuned": ("#31508c", "2 3"),
    "fixed threshold, 1 h": ("#777777", "8 3 2 3"),
}
"""Colour and dashes: never colour alone."""

Found = dict[tuple[str, float, int], dict[int, Share]]


def drawn(found: Found, volumes: list[int], title: str) -> Iterator[str]:
    """Yield the picture: a column for each volume, a row for each time."""
    width, height = LEFT + len(volumes) * WIDE, TOP + 3 * HIGH + 34
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
        for row, minutes in enumerate((15, 30, 60)):
            x, y = LEFT + column * WIDE, TOP + row * HIGH
            yield from _panel(found, volume, minutes, x, y, named=column == 0)
    yield f'<text x="{LEFT}" y="{height - 6}">reports multiplied by</text></svg>'


def _panel(found: Found, volume: int, minutes: int, x: int, y: int, *, named: bool) -> Iterator[str]:
    width, height = WIDE - 24, HIGH - 32
    yield f'<path d="M{x} {y}v{height}h{width}" fill="none" stroke="#333333"/>'
    for share in (0, 50, 100):
        at = y + height * (1 - share / 100)
        yield f'<path d="M{x} {at:.1f}h{width}" stroke="#dddddd"/>'
        if named:
            yield f'<text x="{x - 4}" y="{at + 3:.1f}" text-anchor="end">{share} %</text>'
    if named:
        middle = y + height / 2
        yield f'<text transform="translate(11 {middle:.0f}) rotate(-90)" text-anchor="middle">in {minutes} min</text>'
    for size in SIZES:
        yield f'<text x="{x + _along(size) * width:.1f}" y="{y + height + 12}" text-anchor="middle">{size}</text>'
    for name, (colour, dashes) in STYLES.items():
        points = [(x + _along(size) * width, found[name, size, volume][minutes]) for size in SIZES
                  if (name, size, volume) in found]  # fmt: skip
        if points:
            yield _line(points, y, height, colour, dashes)


def _line(points: list[tuple[float, Share]], y: int, height: int, colour: str, dashes: str) -> str:
    """Draw a line with its band: the intervals of 95 %."""
    ends = [(at, *(share.interval or (0.0, 0.0)), share.value or 0.0) for at, share in points]
    upper = " ".join(f"{at:.1f},{y + height * (1 - high):.1f}" for at, _, high, _ in ends)
    lower = " ".join(f"{at:.1f},{y + height * (1 - low):.1f}" for at, low, _, _ in reversed(ends))
    line = " ".join(f"{at:.1f},{y + height * (1 - share):.1f}" for at, _, _, share in ends)
    return (f'<polygon points="{upper} {lower}" fill="{colour}" opacity="0.15"/><polyline points="{line}" fill="none" '
            f'stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"/>')  # fmt: skip


def _along(size: float) -> float:
    return (log(size) - log(SIZES[0])) / (log(SIZES[-1]) - log(SIZES[0]))


def main() -> None:
    """Draw what a file holds."""
    command = ArgumentParser(description=__doc__)
    command.add_argument("measured", type=Path)
    command.add_argument("picture", type=Path)
    given = command.parse_args()
    done = [json.loads(one) for one in given.measured.read_text("utf-8").splitlines()]
    found = summed(done)
    volumes = sorted({volume for _, _, volume in found})
    title = f"Share of outages found within 15, 30 and 60 minutes by size, {len(done)} boards"
    given.picture.write_text("\n".join(drawn(found, volumes, title)) + "\n", "utf-8")


if __name__ == "__main__":
    main()
