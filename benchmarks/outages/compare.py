"""Which share of outages four rules find within 15, 30 and 60 minutes, at the same false alarms of a whole board.

    nice -n 15 python -m benchmarks.outages.compare --boards 4 --resume build/outages/compare.ndjson
    nice -n 15 python -m benchmarks.outages.compare --nab --resume build/outages/nab.ndjson

Every rule gets four quiet weeks to learn, then eight in which nothing fails; its threshold is the one that it passes
as often on the *whole* board in those as a budget says (`BUDGETS`, false alarms a week). So rivals are tuned on the
very board on which they are judged, which the service cannot do. Then an outage begins in each country and feature at
random instants: reports are multiplied by a size. With --nab the counts are NAB's tweets about ten companies (15
minutes each), of each of which its labelled windows are left out of the tuning; outages are added to them. Each line of
the file is one board; a run can be ended and taken up again.
"""

from __future__ import annotations

import json
import os
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.evidence.replay import markdown
from benchmarks.outages.boards import Counts, Shape
from benchmarks.outages.rules import Rule, rules
from cartellino.availability.baseline import PER_WEEK
from cartellino.availability.cells import Cells, Floats
from cartellino.learning.precision import Share

SHAPES = {"country": Shape(20, 9, 1.0), "world": Shape(120, 9, 0.4, spread=2.0)}
SIZES = (2, 3, 4, 6, 10, 20, 40)
TAUGHT, QUIET = 4, 8
BUDGETS = (0.25, 1.0, 4.0)
"""False alarms a week of the whole board."""

VOLUMES = ((0.1, 0.3), (0.3, 1.0), (1.0, 3.0), (3.0, 10.0), (10.0, 100.0))
INSTANTS = 24
"""At how many instants outages begin on a board."""

Marked = np.typing.NDArray[np.bool_]
"""By series and bucket: what is left out."""

Draw = Callable[[int, float], Floats]
"""The counts of all series in a bucket in which reports are multiplied."""


class Trial:
    """One board: rules that have learnt, their thresholds, and what they find."""

    def __init__(self, cells: Cells, numbers: np.typing.NDArray[np.int64], draw: Draw) -> None:
        self.rules, self.numbers, self.draw = rules(cells), numbers, draw
        self.peaks: dict[str, list[float]] = {name: [] for name in self.rules}
        self.thresholds: dict[str, Floats] = {}

    def live(self, first: int, last: int, *, judged: bool, but: Marked | None = None) -> None:
        """Live through quiet buckets; keep how high each statistic comes, where they are judged."""
        highest: dict[str, list[float]] = {name: [] for name in self.rules}
        for bucket in range(first, last):
            counts = self.draw(bucket, 1.0)
            for name, rule in self.rules.items():
                found = rule.step(bucket, counts)[self.numbers]
                left = found if but is None else found[~but[:, bucket]]
                highest[name].append(float(left.max(initial=-np.inf)))
                rule.learn(bucket, counts)
        for name, values in highest.items() if judged else ():
            self.peaks[name] += peaks(values)

    def tune(self, weeks: float) -> None:
        """Set the thresholds so that the board was falsely raised as often as each budget says."""
        for name, found in self.peaks.items():
            highest = sorted(found, reverse=True)
            self.thresholds[name] = np.array([highest[max(round(weeks * budget) - 1, 0)] for budget in BUDGETS])

    def outage(self, bucket: int, size: float, part: float) -> Iterator[tuple[str, np.typing.NDArray[np.int64]]]:
        """Yield for every rule after how many buckets each series was found by each budget; 9 for never in the hour."""
        for name, rule in self.rules.items():
            other, at = rule.fork(), np.full((len(BUDGETS), len(self.numbers)), 9)
            for later in range(4):
                counts = self.draw(bucket + later, 1 + (size - 1) * (part if later == 0 else 1.0))
                passed = other.step(bucket + later, counts)[self.numbers] > self.thresholds[name][:, None]
                at = np.where(passed & (at == 9), later, at)
            yield name, at

    def raised(self, bucket: int) -> dict[str, Any]:
        """Say which series each rule holds raised in a bucket as usual: they are left out."""
        counts = self.draw(bucket, 1.0)
        return {name: rule.fork().step(bucket, counts)[self.numbers] > self.thresholds[name][:, None]
                for name, rule in self.rules.items()}  # fmt: skip


def peaks(values: list[float]) -> list[float]:
    """Return the highest values, no two within three hours of each other: each is an episode."""
    held, found = np.array(values), list[float]()
    for _ in range(min(40, len(values) // 26)):
        at = int(held.argmax())
        found.append(float(held[at]))
        held[max(0, at - 12) : at + 13] = -np.inf
    return found


def board(shape: Shape, seed: int) -> list[dict[str, Any]]:
    """Return what came of a made-up board."""
    counts = Counts(shape, seed)
    trial = Trial(counts.cells, counts.numbers, counts.draw)
    trial.live(0, TAUGHT * PER_WEEK, judged=False)
    trial.live(TAUGHT * PER_WEEK, (TAUGHT + QUIET) * PER_WEEK, judged=True)
    trial.tune(QUIET)
    found = outages(trial, (TAUGHT + QUIET) * PER_WEEK, counts.mean, np.random.default_rng(seed + 1))
    return listed(found, lambda bucket: f"{seed}/{bucket}")


Tally = dict[tuple[str, float, int, float], dict[int, list[int]]]
"""By rule, size, volume and budget, and by bucket: how many were found within 15, 30 and 60 minutes, of how many."""


def outages(trial: Trial, first: int, mean: Callable[[int], Floats], rng: np.random.Generator) -> Tally:
    """Return what each rule found of outages of each size and volume; the board goes on between them."""
    tally: Tally = {}
    bucket = first
    for _ in range(INSTANTS):
        ahead = int(rng.integers(8, 40))
        trial.live(bucket, bucket + ahead, judged=False)
        bucket += ahead
        usual, held = mean(bucket), trial.raised(bucket)
        for size in SIZES:
            for name, at in trial.outage(bucket, size, float(rng.uniform())):
                for (number, (low, high)), (which, budget) in product(enumerate(VOLUMES), enumerate(BUDGETS)):
                    chosen = (usual >= low) & (usual < high) & ~held[name][which]
                    counts = [int(np.count_nonzero(at[which][chosen] <= within)) for within in (0, 1, 3, 9)]
                    tally.setdefault((name, size, number, budget), {})[bucket] = counts
    return tally


def listed(tally: Tally, cluster: Callable[[int], str]) -> list[dict[str, Any]]:
    """Return a tally as it is kept. Outages of one cluster share their noise, so they are not independent."""
    rows = []
    for (name, size, number, budget), by_bucket in sorted(tally.items()):
        found: dict[str, list[int]] = {}
        for bucket, counts in by_bucket.items():
            held = found.setdefault(cluster(bucket), [0, 0, 0, 0])
            held[:] = [one + other for one, other in zip(held, counts, strict=True)]
        rows.append({"rule": name, "size": size, "volume": number, "budget": budget, "found": found})
    return rows


def nab(seed: int) -> list[dict[str, Any]]:
    """Return what came of NAB's tweets, with outages added; instants are drawn by the seed."""
    series, labelled = tweets()
    cells, rng = Cells(), np.random.default_rng(seed)
    numbers = np.array([cells.number("main", country, "sending") for country in _NAMES[: len(series)]])

    def draw(bucket: int, surge: float) -> Floats:
        counts = series[:, bucket] + rng.poisson(series[:, bucket] * (surge - 1))
        return cells.summed(dict(zip(numbers.tolist(), counts.astype(float).tolist(), strict=True)))

    trial, end = Trial(cells, numbers, draw), series.shape[1]
    trial.live(0, TAUGHT * PER_WEEK, judged=False)
    trial.live(TAUGHT * PER_WEEK, end - 1_200, judged=True, but=labelled)
    trial.tune((end - 1_200 - TAUGHT * PER_WEEK) / PER_WEEK)
    found = outages(trial, end - 1_200, lambda bucket: series[:, bucket].astype(float), rng)
    return listed(found, lambda bucket: f"day {bucket // 96}")


_NAMES = ("US", "GB", "DE", "FR", "IT", "ES", "BR", "IN", "ID", "JP")


def tweets() -> tuple[np.typing.NDArray[np.int64], Marked]:
    """Return NAB's tweets by series and quarter of an hour, and which of these lie in a labelled window."""
    folder = Path(os.environ.get("CARTELLINO_DATA", "../shared/data")) / "nab"
    windows = json.loads((folder / "labels" / "combined_windows.json").read_text("utf-8"))
    held, marked = [], []
    for file in sorted((folder / "realTweets").glob("*.csv")):
        rows = [line.split(",") for line in file.read_text("utf-8").splitlines()[1:]]
        times = np.array([row[0] for row in rows], "datetime64[s]")
        quarters = (times - times[0]).astype(int) // 900
        held.append(np.bincount(quarters, weights=[float(row[1]) for row in rows]).astype(np.int64))
        marked.append(np.zeros(len(held[-1]), np.bool_))
        for begins, ends in windows[f"realTweets/{file.name}"]:
            low, high = (int((np.datetime64(one[:19]) - times[0]) / np.timedelta64(900, "s")) for one in (begins, ends))
            marked[-1][low : high + 1] = True
    shortest = min(map(len, held))
    return np.array([one[:shortest] for one in held]), np.array([one[:shortest] for one in marked])


def main() -> None:
    """Run what is missing, and print the tables."""
    command = ArgumentParser(description=__doc__)
    command.add_argument("--boards", type=int, default=4)
    command.add_argument("--nab", action="store_true")
    command.add_argument("--resume", type=Path, default=Path("build/outages/compare.ndjson"))
    given = command.parse_args()
    given.resume.parent.mkdir(parents=True, exist_ok=True)
    done = [json.loads(one) for one in given.resume.read_text("utf-8").splitlines()] if given.resume.exists() else []
    for seed in range(given.boards):
        for name, shape in {"nab": None}.items() if given.nab else SHAPES.items():
            if any((one["shape"], one["seed"]) == (name, seed) for one in done):
                continue
            found = nab(seed) if shape is None else board(shape, 100 + seed)
            done.append({"shape": name, "seed": seed, "found": found})
            with given.resume.open("a", encoding="utf-8") as out:
                out.write(json.dumps(done[-1]) + "\n")
            print(f"{name} {seed} done", flush=True)
    show(done)


Cell = tuple[str, float, int]
"""Rule, size and volume."""

MINUTES = (15, 30, 60)


def clustered(done: list[dict[str, Any]], budget: float) -> dict[Cell, dict[str, list[int]]]:
    """Return what was found in every cell at a budget, by cluster."""
    total: dict[Cell, dict[str, list[int]]] = {}
    for row in (row for one in done for row in one["found"] if row["budget"] == budget):
        cell = total.setdefault((row["rule"], row["size"], row["volume"]), {})
        for cluster, counts in row["found"].items():
            held = cell.setdefault(cluster, [0, 0, 0, 0])
            held[:] = [one + other for one, other in zip(held, counts, strict=True)]
    return total


def summed(done: list[dict[str, Any]], budget: float = 1.0) -> dict[Cell, dict[int, Share]]:
    """Return the shares by rule, size and volume at a budget: within 15, 30 and 60 minutes."""
    found = {}
    for key, clusters in clustered(done, budget).items():
        *hits, of = (sum(counts) for counts in zip(*clusters.values(), strict=True))
        if of:
            found[key] = {minutes: Share(hit, of) for minutes, hit in zip(MINUTES, hits, strict=True)}
    return found


def show(done: list[dict[str, Any]]) -> None:
    """Print, for each volume, the share that each rule finds within the hour, by size; and where ours is behind."""
    found = summed(done)
    names = list(dict.fromkeys(rule for rule, _, _ in found))
    for number, (low, high) in enumerate(VOLUMES):
        rows = [
            (f"×{size}", *(found[name, size, number][60].show() if (name, size, number) in found else ""
                           for name in names))
            for size in SIZES
        ]  # fmt: skip
        print(f"\n{low:g} to {high:g} reports a quarter of an hour, found within the hour:\n")
        print(markdown(("reports multiplied by", *names), rows))
    for budget in BUDGETS:
        print(f"\nAt {budget:g} false alarms a week, ours against each:\n")
        print(markdown(("rule", "cells", "ahead", "behind", "where it is behind"), standing(done, budget)))


def standing(done: list[dict[str, Any]], budget: float) -> list[tuple[str, int, int, int, str]]:
    """Return for each rival in how many cells (size, volume, time) ours is surely ahead and surely behind.

    By the difference of the shares in each cluster, with an interval of 95 %. Cells in which neither finds 5 %, or both
    more than 95 %, are left out: there is nothing to tell.
    """
    found, shares = clustered(done, budget), summed(done, budget)
    rows = []
    for rival in dict.fromkeys(rule for rule, _, _ in shares if rule != OURS):
        ahead, behind, cells = 0, list[str](), 0
        for size, number, (place, minutes) in product(SIZES, range(len(VOLUMES)), enumerate(MINUTES)):
            ours, theirs = (OURS, size, number), (rival, size, number)
            values = [shares[key][minutes].value or 0.0 for key in (ours, theirs) if key in shares]
            if len(values) < 2 or max(values) < 0.05 or min(values) > 0.95:
                continue
            low, high = difference(found[ours], found[theirs], place)
            cells += 1
            ahead += low > 0
            if high < 0:
                behind.append(f"×{size} at {VOLUMES[number][0]:g} in {minutes} min")
        rows.append((rival, cells, ahead, len(behind), ", ".join(behind)))
    return rows


def difference(ours: dict[str, list[int]], theirs: dict[str, list[int]], place: int) -> tuple[float, float]:
    """Return the interval of 95 % of how much larger our share is, by clusters that weigh as much as they hold."""
    from scipy.stats import t

    both = [name for name in ours if ours[name][3] and theirs.get(name, [0, 0, 0, 0])[3]]
    weights = np.array([ours[name][3] for name in both], float)
    apart = np.array([ours[name][place] / ours[name][3] - theirs[name][place] / theirs[name][3] for name in both])
    mean = float((weights * apart).sum() / weights.sum())
    spread = float(np.sqrt(((weights * (apart - mean)) ** 2).sum()) / weights.sum())
    half = float(t.ppf(0.975, max(len(both) - 1, 1))) * spread
    return mean - half, mean + half


OURS = "Cartellino"

__all__ = ["Rule", "main"]

if __name__ == "__main__":
    main()
