"""Is this more than usual? A sum over the residuals of all series at once, and one budget for the whole board.

CUSUM adds up the log-likelihood ratio of a surge (twice to sixteen times the usual) against the usual, over the last
hour and a half; by Lorden's bound a sum passes h by chance at most e^-h times a bucket, so h grows with the logarithm
of how many series there are. The bound is loose, of which `SLACK` takes a part back. The newest bucket alone has some
advantage, since a sum over several has had more chances to rise. Mean and dispersion are estimates, so that the budget
is kept is shown by simulation (`benchmarks/outages/calibrate.py`). EWMA smooths the normal score of the count; it
raises nothing, and says where there is some unrest.
"""

from __future__ import annotations

from copy import deepcopy
from typing import NamedTuple

import numpy as np

from cartellino.availability.baseline import PER_DAY, PER_WEEK, Usual
from cartellino.availability.cells import Floats, Ints, Mask, grown

SURGES = (2.0, 4.0, 8.0, 16.0)
DROPS = (0.3, 0.05)
"""What counts are a multiple of where something is wrong."""

WEEK, QUARTER = PER_WEEK, 91 * PER_DAY
"""The budget of the whole board: one false warning in so many buckets, and one false danger."""

WINDOW = 6
"""Buckets over which gains are added up: people are bursty for longer, and an outage that shows is found in less."""

SMOOTHING = 0.5

NEWEST = 1.0
"""What is added to the gain of the newest bucket alone: a sum over six buckets passes about e times as often by chance.

With it instead of a second test on the smoothed score, sparse series are raised within the first quarter of an hour as
early as by any rule that was compared, and nowhere later than before (`benchmarks/outages/compare.py`).
"""

SLACK = 1.5
"""By how much less than Lorden's bound suffices, since the bound is loose for counts; by simulation."""

_HIGHEST = 9.0
"""Normal scores beyond this are all the same."""


class Limits(NamedTuple):
    """The threshold of a sum."""

    total: float


def limits(series: int, buckets: int) -> Limits:
    """Return the threshold at which so many series together are wrong once in so many buckets."""
    return Limits(float(np.log(max(series, 1) * buckets)))


def gain(counts: Floats, usual: Usual, surge: float) -> Floats:
    """Return the log-likelihood ratio of counts under a multiple of the usual mean against the mean itself."""
    mean, size = usual
    found: Floats = counts * np.log(surge) - (counts + size) * np.log1p((surge - 1) * mean / (size + mean))
    return found


def score(counts: Floats, usual: Usual) -> Floats:
    """Return the normal score of counts: their middle tail probability, as standard deviations.

    Middle, because a count of zero where none is usual says nothing, not half a deviation less.
    """
    from scipy.special import betainc, ndtri

    chance = usual.mean / (usual.mean + usual.size)
    above = betainc(counts + 1, usual.size, chance)  # more than the count
    least = np.where(counts > 0, betainc(np.maximum(counts, 1), usual.size, chance), 1.0)  # at least the count
    found: Floats = -ndtri(0.5 * (above + least)).clip(-_HIGHEST, _HIGHEST)
    return found


class Detection:
    """The gains of the last buckets of all series, their largest sums, the smoothed scores."""

    def __init__(self, multiples: tuple[float, ...] = SURGES, window: int = WINDOW) -> None:
        """`window` is over how many buckets gains are added up."""
        self._multiples = multiples
        self._gains = np.zeros((window, len(multiples), 0))
        self._sums, self._since = np.zeros(0), np.zeros(0)
        self._smooth, self._calm = np.zeros(0), np.zeros(0)

    def step(self, bucket: int, counts: Floats, usual: Usual, known: Mask | None = None) -> None:
        """Take the counts of the next bucket; of series that are not `known`, nothing was counted."""
        many = len(counts)
        self._grow(many)
        self._gains = np.roll(self._gains, 1, axis=0)
        known = np.ones(many, np.bool_) if known is None else known
        for place, multiple in enumerate(self._multiples):
            self._gains[0, place, :many] = np.where(known, gain(counts, usual, multiple), 0)
        scores = score(counts, usual)
        self._smooth[:many] += np.where(known, SMOOTHING * (scores - self._smooth[:many]), 0)
        calm = scores < 1 if self._multiples[0] > 1 else self._gains[0, :, :many].max(0) <= 0
        self._calm[:many] = np.where(known, np.where(calm, self._calm[:many] + 1, 0), self._calm[:many])
        self._settle(many)
        self._add_up(bucket)

    def forget(self, series: Ints) -> None:
        """Forget what was added up of some series: it was counted wrongly."""
        self._gains[:, :, series] = 0
        self._sums = np.maximum(np.cumsum(self._gains, axis=0).max(1).max(0), 0)

    def _settle(self, many: int) -> None:
        """Forget a surge that is over: three buckets in a row were as usual."""
        over = self._calm[:many] >= 3
        self._gains[:, :, :many] *= ~over
        self._smooth[:many] = np.where(over, self._smooth[:many].clip(-1, 0.3), self._smooth[:many])

    def _add_up(self, bucket: int) -> None:
        """Find the largest sum over the last buckets of every series, and where it begins."""
        sums = np.cumsum(self._gains, axis=0).max(1)
        self._sums = np.maximum(sums.max(0), 0)
        self._since = bucket - np.where(self._sums > 0, sums.argmax(0), 0.0)

    def passes(self, limits: Limits, slack: float = SLACK) -> Mask:
        """Say which series pass the threshold."""
        found: Mask = self.highest > limits.total - slack
        return found

    def passes_within(self, buckets: int, limits: Limits, slack: float) -> Mask:
        """Say which series pass the threshold with no more than the newest buckets."""
        found: Mask = np.cumsum(self._gains[:buckets], axis=0).max((0, 1)) > limits.total - slack
        return found

    @property
    def highest(self) -> Floats:
        """The largest sum of every series, or the newest gain with its advantage where that is more."""
        found: Floats = np.maximum(self._sums, self._gains[0].max(0) + NEWEST)
        return found

    def copy(self) -> Detection:
        """Return a copy that may go another way."""
        return deepcopy(self)

    @property
    def sums(self) -> Floats:
        """The largest sum of every series."""
        return self._sums

    @property
    def since(self) -> Floats:
        """The bucket in which the largest sum begins."""
        return self._since

    @property
    def smooth(self) -> Floats:
        """The smoothed scores."""
        return self._smooth

    def is_bad(self) -> Mask:
        """Say which series were not as usual in the newest bucket of which anything is known."""
        found: Mask = self._calm == 0
        return found

    def _grow(self, many: int) -> None:
        self._gains, self._smooth = grown(self._gains, many), grown(self._smooth, many)
        self._calm = grown(self._calm, many)


def is_knowable(usual: Usual, limits: Limits) -> Mask:
    """Say of which series an hour of ten times the usual would be noticed; of others silence tells nothing."""
    surge = np.maximum(10 * usual.mean, 1e-9)
    hour = 4 * np.maximum.reduce([gain(surge, usual, multiple) for multiple in SURGES])
    found: Mask = hour > limits.total
    return found
