"""Boards of counts: many series at once, drawn from rates that are swept, with or without an outage; no rows.

A board has the countries and features of a service whose size is drawn, too; counts follow the local hour and the
weekend, and are negative binomial with a size that is drawn for each series. So a threshold that holds on boards like
these was not chosen for one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cartellino.availability.baseline import PER_WEEK, Baseline
from cartellino.availability.cells import Cells, Floats
from cartellino.availability.features import FEATURES
from cartellino.availability.places import COUNTRIES


class Shape(NamedTuple):
    """How large a board is, and how noisy: median and spread (log) of reports a bucket, and of the sizes."""

    countries: int
    features: int
    median: float
    spread: float = 1.5
    sizes: tuple[float, float] = (1.5, 12.0)


@dataclass
class Counts:
    """A board that is drawn bucket by bucket."""

    shape: Shape
    seed: int

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        self.cells = Cells()
        names = self.rng.permutation(list(COUNTRIES))[: self.shape.countries]
        pairs = [(str(name), feature) for name in names for feature in FEATURES[: self.shape.features]]
        self.numbers = np.array([self.cells.number("main", *pair) for pair in pairs], np.int64)
        self.rates = np.exp(self.rng.normal(np.log(self.shape.median), self.shape.spread, len(pairs)))
        self.sizes = self.rng.uniform(*self.shape.sizes, len(pairs))
        self.ahead = np.repeat(self.rng.uniform(-12, 12, self.shape.countries), self.shape.features)

    def mean(self, bucket: int) -> Floats:
        """Return the true mean of every cell in a bucket."""
        hour = bucket / 4 + self.ahead
        weekend = np.where(hour % 168 >= 120, 1.25, 1.0)
        found: Floats = self.rates * weekend * (1 + 0.85 * np.cos(2 * np.pi * (hour - 20) / 24))
        return found

    def draw(self, bucket: int, surge: Floats | float = 1.0) -> Floats:
        """Return the counts of all series in a bucket, cells and pools."""
        noise = self.rng.gamma(self.sizes, 1 / self.sizes)
        counts = self.rng.poisson(self.mean(bucket) * surge * noise)
        return self.cells.summed(dict(zip(self.numbers.tolist(), counts.astype(float).tolist(), strict=True)))

    def taught(self, weeks: int) -> Baseline:
        """Return a baseline that has seen the board for some weeks."""
        baseline = Baseline(self.cells)
        nothing = np.zeros(len(self.cells), np.bool_)
        for bucket in range(weeks * PER_WEEK):
            baseline.learn(bucket, self.draw(bucket), baseline.expect(bucket), nothing)
        return baseline
