"""Do more fail than usual? A CUSUM over shares: of accounts that could not, of probes that did not get through.

The usual share is learnt, drawn towards a prior; the alternatives are a clear rise and a near total loss. Accounts of
one bucket are not independent, so no bucket counts for more than some tens of them. After a gap of a day what was
added up fades with a half-life of two days, as OONI's own detection does it: old failures are not carried over.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cartellino.availability.baseline import PER_DAY, PER_WEEK
from cartellino.availability.cells import Floats, Mask, grown


class Nature(NamedTuple):
    """What kind of shares these are: the prior and its weight, the least rise, a loss, and what a bucket weighs."""

    prior: float
    weight: float
    rise: float
    loss: float
    most: float
    calm: int
    highest: float = 0.4
    """The largest share that may be usual."""


ACCOUNTS = Nature(prior=0.05, weight=60, rise=0.1, loss=0.5, most=40, calm=2)
DELIVERIES = Nature(prior=0.2, weight=10, rise=0.15, loss=0.9, most=25, calm=2, highest=0.75)
PROBES = Nature(prior=0.02, weight=50, rise=0.3, loss=0.75, most=6, calm=2)

KEPT = 16
"""Buckets that are kept one by one."""

_FADES_AFTER, _HALF_LIFE = PER_DAY, 2 * PER_DAY
_DECAY = 0.5 ** (1 / (4 * PER_WEEK))


class ShareTest:
    """The sums of all series, what is usual for each, and since when each is running."""

    def __init__(self, nature: Nature) -> None:
        self._nature = nature
        self._sums = np.zeros((2, 0))
        self._failed, self._tried = np.zeros(0), np.zeros(0)
        self._since, self._calm, self._last = np.zeros(0), np.zeros(0), np.zeros(0)
        self._recent = np.zeros((2 * KEPT, 0))  # of the last buckets, the newest first: how many tried, how many failed

    def step(self, bucket: int, tried: Floats, failed: Floats, suspect: Mask) -> None:
        """Take the next bucket; series that nobody tried stay as they are."""
        many = len(tried)
        self._grow(many)
        seen = tried > 0
        self._fade(bucket, seen)
        usual = self.usual[:many]
        weight = np.minimum(1, self._nature.most / np.maximum(tried, 1))
        bad, good = failed * weight, (tried - failed) * weight
        running = self._sums[:, :many].max(0) > 0
        for sums, other in zip(self._sums, self._alternatives(usual), strict=True):
            step = bad * np.log(other / usual) + good * np.log((1 - other) / (1 - usual))
            np.maximum(sums[:many] + step, 0, out=sums[:many])
        still = running & (self._sums[:, :many].max(0) > 0)
        self._since[:many] = np.where(still | ~seen, self._since[:many], bucket)
        calm = failed <= (1.5 * usual + 0.05) * tried
        self._calm[:many] = np.where(seen, np.where(calm, self._calm[:many] + 1, 0), self._calm[:many])
        self._sums[:, :many] *= self._calm[:many] < self._nature.calm
        self._learn(many, tried, failed, suspect)

    def _alternatives(self, usual: Floats) -> tuple[Floats, Floats]:
        rise = np.minimum(2 * usual + self._nature.rise, 0.9)
        return rise, np.maximum(rise, self._nature.loss)

    def _learn(self, many: int, tried: Floats, failed: Floats, suspect: Mask) -> None:
        self._recent[:, :many] = np.roll(self._recent[:, :many], 2, axis=0)
        self._recent[0, :many], self._recent[1, :many] = tried, failed
        taught = ~suspect & (self._sums[:, :many].max(0) < 4)
        for held, value in ((self._tried, tried), (self._failed, failed)):
            held[:many] = held[:many] * _DECAY + np.where(taught, value, 0)

    def _fade(self, bucket: int, seen: Mask) -> None:
        many = len(seen)
        gap = np.where(seen, bucket - self._last[:many], 0)
        self._sums[:, :many] *= 0.5 ** (np.maximum(gap - _FADES_AFTER, 0) / _HALF_LIFE)
        self._last[:many] = np.where(seen, bucket, self._last[:many])

    @property
    def usual(self) -> Floats:
        """The usual share of every series."""
        prior, weight = self._nature.prior, self._nature.weight
        found: Floats = ((self._failed + prior * weight) / (self._tried + weight)).clip(0.002, self._nature.highest)
        return found

    @property
    def sums(self) -> Floats:
        """The larger sum of every series."""
        found: Floats = self._sums.max(0)
        return found

    @property
    def since(self) -> Floats:
        """The bucket in which each running sum began."""
        return self._since

    @property
    def learnt(self) -> Floats:
        """How many tried of whom the usual share was learnt, as they fade."""
        return self._tried

    @property
    def last(self) -> Floats:
        """The last bucket in which anybody tried."""
        return self._last

    @property
    def tried(self) -> Floats:
        """How many tried in the last hour."""
        found: Floats = self._recent[:8:2].sum(0)
        return found

    @property
    def share(self) -> Floats:
        """The share that failed in the last hour."""
        found: Floats = self._recent[1:8:2].sum(0) / np.maximum(self.tried, 1)
        return found

    def counts(self, series: int, buckets: int) -> tuple[float, float]:
        """Return how many tried and how many failed in the last so many buckets, none of which counts for too much."""
        if series >= self._recent.shape[1]:
            return 0.0, 0.0
        tried, failed = self._recent[: 2 * buckets : 2, series], self._recent[1 : 2 * buckets : 2, series]
        weight = np.minimum(1, self._nature.most / np.maximum(tried, 1))
        return float((tried * weight).sum()), float((failed * weight).sum())

    def is_fine(self, least: float) -> Mask:
        """Say where at least so many tried in the last hour, and no more failed than usual."""
        calm = (self.sums < 1) & (self.share <= 2 * self.usual + 0.05)
        found: Mask = (self.tried >= least) & calm
        return found

    def is_bad(self, bucket: int) -> Mask:
        """Say in which series more failed than usual in a bucket, by itself."""
        found: Mask = (self._calm == 0) & (self._last == bucket)
        return found

    def _grow(self, many: int) -> None:
        self._sums, self._recent = grown(self._sums, many), grown(self._recent, many)
        self._failed, self._tried = grown(self._failed, many), grown(self._tried, many)
        self._since, self._calm = grown(self._since, many), grown(self._calm, many)
        self._last = grown(self._last, many)
