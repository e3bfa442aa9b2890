"""The same shops for sixty days with and without the gateway's rules.

    python -m benchmarks.senders.sixty_days --seeds 10 --out build/senders/days.ndjson
    python -m benchmarks.senders.sixty_days --show build/senders/days.ndjson

Each seed is another population, other days, and another platform: what it does not publish differs by up to a half.
The seeds from 101 on were used to choose the practice; those from 1 on are reported. Intervals are of 95 %, of the mean
of the seeds (Student's t).
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from math import sqrt
from pathlib import Path
from statistics import fmean, stdev

import msgspec
from scipy.stats import t

from benchmarks.senders.sending import With, Without
from benchmarks.senders.shop_days import Days, run
from benchmarks.senders.shops import SHOPS

Measure = Callable[[Days], float]


def _undelivered(days: Days, *kinds: str) -> float:
    return float(sum(days.wishes[kind] - days.delivered[kind] for kind in kinds))


MEASURES: dict[str, Measure] = {
    "delivered": lambda days: float(days.delivered.total()),
    "answered": lambda days: float(days.answered["campaign"] + days.answered["order"]),
    "blocks and reports": lambda days: float(days.blocks + days.reports),
    "days yellow": lambda days: days.colours["YELLOW"] / 24,
    "days red": lambda days: days.colours["RED"] / 24,
    "days restricted": lambda days: days.restricted_hours / 24,
    "codes and orders not delivered": lambda days: _undelivered(days, "code", "order"),
    "replies not delivered": lambda days: _undelivered(days, "reply"),
}

_WAYS: dict[str, type[With] | type[Without]] = {"without": Without, "with": With}


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Return mean and half the width of its 95 % interval."""
    if len(values) < 2:
        return fmean(values), float("nan")
    return fmean(values), float(t.ppf(0.975, len(values) - 1)) * stdev(values) / sqrt(len(values))


def table(done: Sequence[Days]) -> str:
    """Return the result as a table of Markdown: a row for each measure, a column for each shop and way.

    Of what was ended early, the seeds count of which both ways are there.
    """
    ran = {(days.shop, days.seed, days.way) for days in done}
    done = [days for days in done if all((days.shop, days.seed, way) in ran for way in _WAYS)]
    shops = [name for name in SHOPS if any(days.shop == name for days in done)]
    rows = [
        "| | " + " | ".join(f"{name}: without | with" for name in shops) + " |",
        "| --- |" + " ---: |" * 2 * len(shops),
    ]
    for name, measure in MEASURES.items():
        cells = []
        for shop in shops:
            for way in ("without", "with"):
                mean, half = interval([measure(days) for days in done if (days.shop, days.way) == (shop, way)])
                cells.append(f"{mean:,.0f} ± {half:,.0f}" if mean >= 10 else f"{mean:.1f} ± {half:.1f}")
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join([*rows, "", *(_pairs(shop, done) for shop in shops)])


def _pairs(shop: str, done: Sequence[Days]) -> str:
    """Compare the two ways seed by seed."""
    by_seed = {(days.seed, days.way): days for days in done if days.shop == shop}
    seeds = sorted({seed for seed, _ in by_seed})
    answered = MEASURES["answered"]
    more = [answered(by_seed[seed, "with"]) - answered(by_seed[seed, "without"]) for seed in seeds]
    mean, half = interval(more)
    struck = {way: sum(by_seed[seed, way].restricted_hours > 0 for seed in seeds) for way in ("without", "with")}
    figures = ("wanted", "answerable", "answerable_refused")
    wanted, answerable, missed = (sum(getattr(by_seed[seed, "with"], name) for seed in seeds) for name in figures)
    refused = sum(by_seed[seed, "with"].wanted_refused.total() for seed in seeds)
    later = sum(by_seed[seed, "with"].sent_later["campaign"] for seed in seeds)
    waited = [sum(by_seed[seed, "with"].wishes[kind] for seed in seeds) for kind in ("code", "order")]
    stopped = sum(
        many
        for seed in seeds
        for why, many in by_seed[seed, "with"].refused.items()
        if why.startswith(("code ", "order "))
    )
    return (
        f"- {shop}: restricted in {struck['without']} of {len(seeds)} without and {struck['with']} with;"
        f" {mean:+,.0f} ± {half:,.0f} answers, as many or more in {sum(one >= 0 for one in more)} of {len(seeds)};"
        f" {refused:,} of {wanted:,} wanted offers were refused by a rule of ours"
        f" ({100 * refused / max(1, wanted):.1f} %; of those that would have been answered in hindsight"
        f" {100 * missed / max(1, answerable):.1f} %),"
        f" {later:,} offers were sent later, and {stopped:,} of {sum(waited):,} codes and orders were not sent."
    )


def main() -> int:
    """Run, or show what was run."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--shop", action="append", choices=list(SHOPS), help="one of the shops; again for more")
    parser.add_argument("--way", action="append", choices=list(_WAYS), help="one of the ways; again for both")
    parser.add_argument("--tireless", action="store_true", help="people do not tire of offers")
    parser.add_argument("--out", type=Path, default=Path("build/senders/days.ndjson"))
    parser.add_argument("--show", type=Path, nargs="+", help="show what was run, both ways of it")
    given = parser.parse_args()
    if given.show is None:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        with given.out.open("wb") as out:
            for seed in range(given.first, given.first + given.seeds):
                for shop in given.shop or SHOPS:
                    for way in given.way or _WAYS:
                        made = run(SHOPS[shop], seed, _WAYS[way], tireless=given.tireless)
                        out.write(msgspec.json.encode(made) + b"\n")
                        out.flush()
                        sys.stderr.write(f"seed {seed}, {shop}, {way}\n")
        if given.way and len(set(given.way)) < len(_WAYS):
            return 0
    done = [msgspec.json.decode(line, type=Days, dec_hook=lambda kind, held: kind(held))
            for shown in given.show or [given.out] for line in shown.read_bytes().splitlines()]  # fmt: skip
    sys.stdout.write(table(done) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
