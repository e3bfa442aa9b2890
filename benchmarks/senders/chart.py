"""The curve of docs/explanation/senders.md: answers until each day, with and without the gateway's rules.

    python -m benchmarks.senders.chart build/senders/days.ndjson docs/images/senders-answered.svg

The mean of the seeds, and the band of its 95 % interval.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path

import msgspec

from benchmarks.senders.shop_days import Days
from benchmarks.senders.shops import SHOPS
from benchmarks.senders.sixty_days import interval

WIDE, HIGH, GAP, TOP, LEFT = 190, 130, 40, 46, 44
STYLES = {"without": ("#b3541e", "6 3"), "with": ("#0b6e4f", "")}
"""Colour and dashes: never colour alone."""

Band = list[tuple[float, float]]


def band(done: Sequence[Days], shop: str, way: str) -> Band:
    """Return mean and half the interval of the answers until each day."""
    sums = [list(accumulate(days.answered_by_day)) for days in done if (days.shop, days.way) == (shop, way)]
    return [interval([float(one[day]) for one in sums]) for day in range(len(sums[0]))]


def drawn(done: Sequence[Days]) -> str:
    """Return the picture."""
    shops = [shop for shop in SHOPS if any(days.shop == shop for days in done)]
    wide, high = LEFT + len(shops) * (WIDE + GAP), TOP + HIGH + 36
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" font-family="sans-serif" font-size="11">',
        f'<rect width="{wide}" height="{high}" fill="#fff"/>',
    ]
    for place, (way, (colour, dashes)) in enumerate(STYLES.items()):
        x = LEFT + 170 * place
        parts.append(f'<path d="M{x} 14h28" stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"/>')
        parts.append(f'<text x="{x + 34}" y="18">{way} the gateway</text>')
    for place, shop in enumerate(shops):
        parts += _panel(shop, {way: band(done, shop, way) for way in STYLES}, LEFT + place * (WIDE + GAP))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(shop: str, bands: dict[str, Band], left: float) -> Iterator[str]:
    most = max(mean + half for one in bands.values() for mean, half in one)
    days = len(next(iter(bands.values())))

    def at(day: int, value: float) -> str:
        return f"{left + WIDE * day / (days - 1):.1f} {TOP + HIGH * (1 - max(0.0, value) / most):.1f}"

    yield f'<text x="{left}" y="{TOP - 8}" font-weight="bold">{shop}</text>'
    yield f'<path d="M{left} {TOP}v{HIGH}h{WIDE}" fill="none" stroke="#888"/>'
    yield f'<text x="{left - 4}" y="{TOP + 8}" text-anchor="end">{most:,.0f}</text>'
    yield f'<text x="{left - 4}" y="{TOP + HIGH}" text-anchor="end">0</text>'
    yield f'<text x="{left}" y="{TOP + HIGH + 15}">day 1</text>'
    yield f'<text x="{left + WIDE}" y="{TOP + HIGH + 15}" text-anchor="end">day {days}</text>'
    for way, one in bands.items():
        colour, dashes = STYLES[way]
        upper = [at(day, mean + half) for day, (mean, half) in enumerate(one)]
        lower = [at(day, mean - half) for day, (mean, half) in enumerate(one)]
        line = " L".join(at(day, mean) for day, (mean, _) in enumerate(one))
        yield f'<path d="M{" L".join([*upper, *reversed(lower)])}Z" fill="{colour}" opacity="0.2"/>'
        yield f'<path d="M{line}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"/>'


def main() -> int:
    """Draw what was run."""
    source, target = map(Path, sys.argv[1:3])
    done = [msgspec.json.decode(line, type=Days, dec_hook=lambda kind, held: kind(held))
            for line in source.read_bytes().splitlines()]  # fmt: skip
    target.write_text(drawn(done), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
