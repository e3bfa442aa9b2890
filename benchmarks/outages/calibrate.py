"""How far the two thresholds are raised so that a whole board is falsely yellow once a week, and red once a quarter.

    nice -n 15 python -m benchmarks.outages.calibrate --weeks 20 --resume build/outages/calibrate.ndjson

Boards of four sizes, in which nothing ever fails, are lived through: for every episode in which a threshold is passed
by chance, it is kept by how much. The factors are those at which the rate is the budget. A run can be ended and taken
up again; each line of the file is a week of a board.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from math import log
from pathlib import Path

import numpy as np

from benchmarks.outages.boards import Counts, Shape
from cartellino.availability.baseline import PER_WEEK
from cartellino.availability.detection import QUARTER, SURGES, WEEK, Detection, limits

SHAPES = {
    "village": Shape(3, 4, 0.5),
    "country": Shape(20, 9, 1.0),
    "continent": Shape(60, 9, 0.5),
    "world": Shape(240, 9, 0.3, spread=2.0),
}
TAUGHT = 4
"""Weeks that a board has been known before it is judged."""


def live(shape: Shape, seed: int, weeks: int) -> Iterator[dict[str, float]]:
    """Yield, for every week of a board, the largest excess of each statistic over its unraised threshold, by episode.

    Excesses are those of the highest series in each run of buckets, apart by three hours.
    """
    board = Counts(shape, seed)
    baseline, detection = board.taught(TAUGHT), Detection(SURGES)
    series = len(board.cells)
    smooth = limits(series, WEEK, raised=False).smooth
    for week in range(weeks):
        sums, smooths = [], []
        for bucket in range((TAUGHT + week) * PER_WEEK, (TAUGHT + week + 1) * PER_WEEK):
            counts, usual = board.draw(bucket), baseline.expect(bucket)
            detection.step(bucket, counts, usual)
            suspect = detection.passes(limits(series, WEEK))[:series]
            baseline.learn(bucket, counts, usual, suspect)
            sums.append(float(detection.sums.max()) - log(series * WEEK))
            smooths.append(float(detection.smooth.max()) / smooth)
        yield {"sum": _peaks(sums), "smooth": _peaks(smooths)}  # type: ignore[dict-item]


def _peaks(values: list[float]) -> list[float]:
    """Return the largest values of a week, no two within three hours."""
    held, found = np.array(values), list[float]()
    for _ in range(5):
        at = int(held.argmax())
        found.append(round(float(held[at]), 3))
        held[max(0, at - 12) : at + 13] = -np.inf
    return found


def main() -> None:
    """Live through the boards, and print what to raise."""
    command = ArgumentParser(description=__doc__)
    command.add_argument("--weeks", type=int, default=20)
    command.add_argument("--resume", type=Path, default=Path("build/outages/calibrate.ndjson"))
    given = command.parse_args()
    given.resume.parent.mkdir(parents=True, exist_ok=True)
    done = [json.loads(one) for one in given.resume.read_text("utf-8").splitlines()] if given.resume.exists() else []
    for name, shape in SHAPES.items():
        for seed in range((given.weeks + 3) // 4):
            if any(one["shape"] == name and one["seed"] == seed for one in done):
                continue
            weeks = list(live(shape, seed, 4))
            lines = [{"shape": name, "seed": seed, **one} for one in weeks]
            with given.resume.open("a", encoding="utf-8") as out:
                out.writelines(json.dumps(one) + "\n" for one in lines)
            done += lines
            print(f"{name} {seed}: {weeks[-1]}", flush=True)
    for name in SHAPES:
        show(name, [one for one in done if one["shape"] == name])


def show(name: str, weeks: list[dict[str, list[float]]]) -> None:
    """Print how often each statistic passes at the thresholds as they are, and what would meet the budget of a week."""
    many = len(weeks)
    for what in ("sum", "smooth"):
        peaks = sorted((peak for week in weeks for peak in week[what]), reverse=True)
        once = peaks[max(many // 2 - 1, 0)]  # each of the two has half of the budget
        quarter = peaks[max(many // 26 - 1, 0)]
        extra = log(QUARTER / WEEK) if what == "sum" else 0.0
        print(f"{name:<10}{what:<8}{many:>4} weeks: half a week's budget at {once:.2f}, half a quarter's at "
              f"{quarter - extra:.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
