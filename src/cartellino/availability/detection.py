"""Is this more than usual? Two sums over the residuals of all series at once, and one budget for the whole board.

CUSUM adds up the log-likelihood ratio of a surge (twice, four, eight times the usual) against the usual; by Lorden's
bound a sum passes h by chance at most e^-h times a bucket, so h grows with the logarithm of how many series there
are. EWMA smooths the normal score of the count. Mean and dispersion are estimates, so that the budget is kept is shown
by simulation (`benchmarks/outages/calibrate.py`).
"""

from __future__ import annotations

from copy import deepcopy
from typing import NamedTuple

import numpy as np

from cartellino.availability.baseline import PER_DAY, PER_WEEK, Usual
from cartellino.availability.cells import Floats, grown

SURGES = (2.0, 4.0, 8.0)
DROPS = (0.3,)
"""What counts are a multiple of where something is wrong."""

WEEK, QUARTER = PER_WEEK, 91 * PER_DAY
"""The budget of the whole board: one false warning in so many buckets, and one false danger."""

SMOOTHING = 0.3
_STEADY = float(np.sqrt(SMOOTHING / (2 - SMOOTHING)))
"""Standard deviation of the smoothed normal scores."""

_HIGHEST = 9.0
"""Normal scores beyond this are all the same."""


class Limits(NamedTuple):
    """Thresholds of both sums."""

    total: float
    smooth: float


def limits(series: int, buckets: int) -> Limits:
    """Return the thresholds at which so many series together are wrong once in so many buckets."""
    from scipy.special import ndtri

    chances = max(series, 1) * buckets
    return Limits(float(np.log(chances)), -float(ndtri(0.5 / chances)) * _STEADY)


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
    """The sums of all series, and since when each is running."""

    def __init__(self, multiples: tuple[float, ...] = SURGES) -> None:
        self._multiples = multiples
        self._sums = np.zeros((len(multiples), 0))
        self._smooth, self._since, self._calm = np.zeros(0), np.zeros(0), np.zeros(0)

    def step(self, bucket: int, counts: Floats, usual: Usual) -> None:
        """Take the counts of the next bucket."""
        many = len(counts)
        self._grow(many)
        running = self._sums[:, :many].max(0) > 0
        for sums, multiple in zip(self._sums, self._multiples, strict=True):
            np.maximum(sums[:many] + gain(counts, usual, multiple), 0, out=sums[:many])
        scores = score(counts, usual)
        self._smooth[:many] += SMOOTHING * (scores - self._smooth[:many])
        still = running & (self._sums[:, :many].max(0) > 0)
        self._since[:many] = np.where(still, self._since[:many], bucket)
        towards = scores if self._multiples[0] > 1 else -scores
        self._calm[:many] = np.where(towards < 1, self._calm[:many] + 1, 0)
        self._settle(many)

    def _settle(self, many: int) -> None:
        """Forget a surge that is over: three buckets in a row were as usual."""
        over = self._calm[:many] >= 3
        self._sums[:, :many] *= ~over
        self._smooth[:many] = np.where(over, self._smooth[:many].clip(-1, 0.3), self._smooth[:many])

    def passes(self, limits: Limits) -> np.typing.NDArray[np.bool_]:
        """Say which series pass either threshold."""
        smooth = self._smooth if self._multiples[0] > 1 else -self._smooth
        found: np.typing.NDArray[np.bool_] = (self._sums.max(0) > limits.total) | (smooth > limits.smooth)
        return found

    def copy(self) -> Detection:
        """Return a copy that may go another way."""
        return deepcopy(self)

    @property
    def sums(self) -> Floats:
        """The largest sum of every series."""
        found: Floats = self._sums.max(0)
        return found

    @property
    def since(self) -> Floats:
        """The bucket in which each running sum began."""
        return self._since

    @property
    def smooth(self) -> Floats:
        """The smoothed scores."""
        return self._smooth

    def _grow(self, many: int) -> None:
        self._sums = grown(self._sums, many)
        self._smooth, self._since = grown(self._smooth, many), grown(self._since, many)
        self._calm = grown(self._calm, many)
        # a new series begins at rest


def is_knowable(usual: Usual, limits: Limits) -> np.typing.NDArray[np.bool_]:
    """Say of which series an hour of ten times the usual would be noticed; of others silence tells nothing."""
    surge = np.maximum(10 * usual.mean, 1e-9)
    hour = 4 * np.maximum.reduce([gain(surge, usual, multiple) for multiple in SURGES])
    found: np.typing.NDArray[np.bool_] = hour > limits.total
    return found
