"""How many are usual: a negative binomial for every series and hour of the week, learnt as it goes.

The mean of an hour of the week is drawn towards the series' own hour of the day, that towards the series' rate times
the shape of what stands above it (feature → country → region), each by as much as few observations deserve. The
dispersion is measured from how far counts lay from what was expected, and an estimate from little adds to it. So a
country with ten reports a day borrows the shape of its week, and pays for what it does not know with a wider spread.

What is counted decays by a tenth a week. A bucket that is under suspicion teaches as if it had been usual.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cartellino.availability.cells import Cells, Floats, Ints, grown
from cartellino.vocabulary.times import MINUTE, Duration

BUCKET: Duration = 15 * MINUTE
PER_HOUR, PER_DAY, PER_WEEK = 4, 96, 672

DECAY = 0.9
"""What a week leaves of what was counted before."""

FEWEST = 3 * PER_DAY
"""Buckets without which nothing is known."""

_HOUR_OF_WEEK, _HOUR_OF_DAY = 168, 24
_PULL = 8.0
"""Buckets of an hour that weigh as much as what they are drawn towards."""

_DISPERSION, _WEIGHT = 0.3, 25.0
"""The dispersion (variance = mean + dispersion × mean²) before anything was seen, and how much it weighs then."""

_LEAST = 0.3
"""The least dispersion: people are bursty even where what was seen was not (NAB's tweets have 0.1 to 3)."""

_FIRST_WEEK = 0.3
"""Added to the dispersion until a whole week was seen: the weekend is still to come."""


class Usual(NamedTuple):
    """What is usual in a bucket: mean and size (the inverse of the dispersion) of every series."""

    mean: Floats
    size: Floats


class Baseline:
    """What is usual for the series of some cells."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self.observed = 0
        """Buckets that were seen; before a series' first count they held zero."""
        self._weeks, self._days = np.zeros(_HOUR_OF_WEEK), np.zeros(_HOUR_OF_DAY)
        self._all = 0.0
        self._week = np.zeros((_HOUR_OF_WEEK, 0))
        self._day = np.zeros((_HOUR_OF_DAY, 0))
        self._total, self._spread, self._squares = np.zeros(0), np.zeros(0), np.zeros(0)

    @property
    def is_known(self) -> bool:
        """Whether enough was seen to say what is usual."""
        return self.observed >= FEWEST

    def rate(self) -> Floats:
        """Return the mean of all that was seen, by series."""
        self._grow()
        found: Floats = self._total[: len(self._cells)] / max(self._all, 1)
        return found

    def expect(self, bucket: int) -> Usual:
        """Say what is usual in a bucket."""
        self._grow()
        many, hour, day = len(self._cells), *_hours(bucket)
        rate = (self._total[:many] + 0.25) / (self._all + PER_DAY)
        mean, sure = np.empty(many), np.empty(many)
        for series in self._cells.by_depth:
            self._expect(series, hour, day, rate, mean, sure)
        dispersion = (self._spread[:many] + _WEIGHT * _DISPERSION) / (self._squares[:many] + _WEIGHT)
        dispersion = dispersion.clip(_LEAST, 3) + 1 / sure
        if self.observed < PER_WEEK:
            dispersion += _FIRST_WEEK
        return Usual(mean, 1 / dispersion)

    def _expect(self, series: Ints, hour: int, day: int, rate: Floats, mean: Floats, sure: Floats) -> None:
        above = self._cells.above[series]
        shape = np.where(above < 0, 1.0, mean[above] / rate[above])
        prior = rate[series] * shape.clip(0.02, 20)
        of_day = (self._day[day, series] + _PULL * prior) / (self._days[day] + _PULL)
        mean[series] = (self._week[hour, series] + _PULL * of_day) / (self._weeks[hour] + _PULL)
        sure[series] = 0.5 + np.minimum(
            self._week[hour, series] + _PULL * of_day, self._day[day, series] + _PULL * prior
        ).clip(None, self._total[series] + 0.5)

    def learn(self, bucket: int, counts: Floats, usual: Usual, suspect: npt.NDArray[np.bool_]) -> None:
        """Take the counts of a bucket; of series that are suspect, as if they had been usual."""
        many, hour, day = len(counts), *_hours(bucket)
        if bucket % PER_HOUR == 0:
            self._decay(hour, day)
        spread = usual.mean + usual.mean**2 / usual.size
        held = counts
        if self.is_known:
            held = np.minimum(counts, usual.mean + 5 * np.sqrt(spread))
            self._spread[:many] += (held - usual.mean) ** 2 - usual.mean
            self._squares[:many] += usual.mean**2
            held = np.where(suspect, usual.mean, held)
        self._week[hour, :many] += held
        self._day[day, :many] += held
        self._total[:many] += held
        self._weeks[hour] += 1
        self._days[day] += 1
        self._all += 1
        self.observed += 1

    def _decay(self, hour: int, day: int) -> None:
        for held, place, factor in ((self._week, hour, DECAY), (self._day, day, DECAY ** (1 / 7))):
            held[place] *= factor
        self._weeks[hour] *= DECAY
        self._days[day] *= DECAY ** (1 / 7)
        factor = DECAY ** (1 / _HOUR_OF_WEEK)
        for all_time in (self._total, self._spread, self._squares):
            all_time *= factor
        self._all *= factor

    def _grow(self) -> None:
        many = len(self._cells)
        if many > self._total.shape[0]:
            self._week, self._day = grown(self._week, many), grown(self._day, many)
            self._total, self._spread = grown(self._total, many), grown(self._spread, many)
            self._squares = grown(self._squares, many)


def _hours(bucket: int) -> tuple[int, int]:
    hour = bucket // PER_HOUR
    return hour % _HOUR_OF_WEEK, hour % _HOUR_OF_DAY
