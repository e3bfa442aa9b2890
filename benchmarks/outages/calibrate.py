"""Is a whole board falsely yellow no more than once a week, and red no more than once a quarter?

    nice -n 15 python -m benchmarks.outages.calibrate --weeks 12 --resume build/outages/calibrate.ndjson
    nice -n 15 python -m benchmarks.outages.calibrate --weeks 6 --silence

Boards of four sizes, in which nothing ever fails, are lived through for some weeks after four in which they were
learnt. Kept are the highest sums, no two within three hours, as distances from the threshold of a warning. A run can be
ended and taken up again; each line of the file is a week of a board.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from itertools import product
from math import log
from pathlib import Path

import numpy as np

from benchmarks.outages.boards import Counts, Shape
from cartellino.availability.baseline import PER_WEEK
from cartellino.availability.detection import QUARTER, SLACK, SURGES, WEEK, Detection, limits
from cartellino.availability.silence import Silence

SHAPES = {
    "village": Shape(3, 4, 0.5),
    "country": Shape(20, 9, 1.0),
    "continent": Shape(60, 9, 0.5),
    "world": Shape(240, 9, 0.3, spread=2.0),
}
TAUGHT = 4
"""Weeks that a board has been known before it is judged."""


def live(shape: Shape, seed: int, weeks: int) -> Iterator[list[float]]:
    """Yield, for every week of a board, by how much the highest series exceeded the threshold, by episode."""
    board = Counts(shape, seed)
    baseline, detection = board.taught(TAUGHT), Detection(SURGES)
    series = len(board.cells)
    for week in range(weeks):
        sums = []
        for bucket in range((TAUGHT + week) * PER_WEEK, (TAUGHT + week + 1) * PER_WEEK):
            counts, usual = board.draw(bucket), baseline.expect(bucket)
            detection.step(bucket, counts, usual)
            suspect = detection.passes(limits(series, WEEK))[:series]
            baseline.learn(bucket, counts, usual, suspect)
            sums.append(float(detection.highest.max()) - limits(series, WEEK).total + SLACK)
        yield _peaks(sums)


def missed(shape: Shape, seed: int, weeks: int) -> tuple[int, int]:
    """Return how often anybody was missed on a board from its first day on: in the first week, and after it."""
    board = Counts(shape, seed)
    silence, suspect, last, found = Silence(board.cells), np.zeros(len(board.cells), np.bool_), -SHORT, [0, 0]
    series = 2 * len(board.cells)  # reports are watched beside it
    for bucket in range(weeks * PER_WEEK):
        counts = board.draw(bucket)[board.numbers]
        silence.close(bucket, dict(zip(board.numbers.tolist(), counts.tolist(), strict=True)), suspect)
        suspect = silence.missing(limits(series, WEEK))
        if suspect.any():
            found[bucket >= PER_WEEK] += bucket - last > SHORT
            last = bucket
    return found[0], found[1]


SHORT = 12
"""Buckets within which it is the same episode."""


def _peaks(values: list[float]) -> list[float]:
    """Return the largest values of a week, no two within three hours."""
    held, found = np.array(values), list[float]()
    for _ in range(5):
        at = int(held.argmax())
        found.append(round(float(held[at]), 3))
        held[max(0, at - 12) : at + 13] = -np.inf
    return found


def main() -> None:
    """Live through the boards, and print how often each was raised."""
    command = ArgumentParser(description=__doc__)
    command.add_argument("--weeks", type=int, default=20)
    command.add_argument("--silence", action="store_true", help="whether anybody is missed, instead of reports")
    command.add_argument("--resume", type=Path, default=Path("build/outages/calibrate.ndjson"))
    given = command.parse_args()
    if given.silence:
        for (name, shape), seed in product(SHAPES.items(), range(2)):
            first, later = missed(shape._replace(median=3 * shape.median), seed, given.weeks)
            print(f"{name} {seed}: missed {first} times in the first week, {later} in {given.weeks - 1} later ones",
                  flush=True)  # fmt: skip
        return
    given.resume.parent.mkdir(parents=True, exist_ok=True)
    done = [json.loads(one) for one in given.resume.read_text("utf-8").splitlines()] if given.resume.exists() else []
    for name, shape in SHAPES.items():
        for seed in range((given.weeks + 3) // 4):
            if any(one["shape"] == name and one["seed"] == seed for one in done):
                continue
            weeks = list(live(shape, seed, 4))
            lines = [{"shape": name, "seed": seed, "sum": one} for one in weeks]
            with given.resume.open("a", encoding="utf-8") as out:
                out.writelines(json.dumps(one) + "\n" for one in lines)
            done += lines
            print(f"{name} {seed}: {weeks[-1]}", flush=True)
    for name in SHAPES:
        show(name, [one for one in done if one["shape"] == name])
    show("all", done)


def show(name: str, weeks: list[dict[str, list[float]]]) -> None:
    """Print how often the threshold was passed, with Poisson intervals of 95 %."""
    from scipy.stats import chi2

    many = len(weeks)
    for level, budget in (("yellow", WEEK), ("red", QUARTER)):
        further = log(budget / WEEK)
        passed = sum(peak > further for week in weeks for peak in week["sum"])
        low, high = (
            float(chi2.ppf(0.025, 2 * passed)) / 2 if passed else 0.0,
            float(chi2.ppf(0.975, 2 * passed + 2)) / 2,
        )
        per = budget / WEEK / many
        print(f"{name:<10}{level:<7}{many:>4} weeks, {passed:>3} times: {passed * per:.2f} ({low * per:.2f} to "
              f"{high * per:.2f}) of the budget of one")  # fmt: skip


if __name__ == "__main__":
    main()
