"""The rules that are compared: a statistic for every series and bucket; each is tuned to the same budget of a board."""

from __future__ import annotations

from collections import deque
from typing import Protocol

import numpy as np

from cartellino.availability.baseline import Baseline
from cartellino.availability.cells import Cells, Floats
from cartellino.availability.detection import WEEK, Detection, limits


class Rule(Protocol):
    """A rule: what it says of the next bucket, and a copy of it, so that many outages begin at one instant."""

    def step(self, bucket: int, counts: Floats) -> Floats:
        """Take a bucket; return the statistic of every series."""

    def learn(self, bucket: int, counts: Floats) -> None:
        """Learn from a bucket that was as usual."""

    def fork(self) -> Rule:
        """Return a copy that may go another way."""


class FixedCount:
    """So many reports in fifteen minutes, the same everywhere (OpenStatus: seven)."""

    def step(self, bucket: int, counts: Floats) -> Floats:
        """Return the count."""
        return counts

    def learn(self, bucket: int, counts: Floats) -> None:
        """Nothing is learnt."""

    def fork(self) -> FixedCount:
        """Return itself: it holds nothing."""
        return self


class FixedHour:
    """So many reports within an hour, the same everywhere."""

    def __init__(self, held: deque[Floats] | None = None) -> None:
        self._held = deque(held or (), maxlen=4)

    def step(self, bucket: int, counts: Floats) -> Floats:
        """Return the count of the last hour."""
        self._held.append(counts)
        found: Floats = np.sum(list(self._held), axis=0)
        return found

    def learn(self, bucket: int, counts: Floats) -> None:
        """Nothing is learnt."""

    def fork(self) -> FixedHour:
        """Return a copy."""
        return FixedHour(self._held)


class Ratio:
    """The count over the mean of that time of day (as Downdetector describes it); half a report is added to both."""

    def __init__(self, series: int) -> None:
        self._sums, self._seen = np.zeros((96, series)), np.zeros(96)

    def step(self, bucket: int, counts: Floats) -> Floats:
        """Return the ratio."""
        place = bucket % 96
        mean = self._sums[place] / max(self._seen[place], 1)
        found: Floats = (counts + 0.5) / (mean + 0.5)
        return found

    def learn(self, bucket: int, counts: Floats) -> None:
        """Add to the mean of the time of day."""
        self._sums[bucket % 96] += counts
        self._seen[bucket % 96] += 1

    def fork(self) -> Ratio:
        """Return itself: a step changes nothing."""
        return self


class Ours:
    """The sum over the residuals of the seasonal negative binomial, by how much it exceeds its threshold."""

    def __init__(self, cells: Cells, baseline: Baseline | None = None, detection: Detection | None = None) -> None:
        self._cells = cells
        self._baseline = baseline or Baseline(cells)
        self._detection = detection or Detection()
        self._usual = self._baseline.expect(0)

    def step(self, bucket: int, counts: Floats) -> Floats:
        """Return by how much the sum exceeds its threshold."""
        self._usual = self._baseline.expect(bucket)
        if not self._baseline.is_known:
            return np.zeros(len(counts))
        self._detection.step(bucket, counts, self._usual)
        return excess(self._detection, len(self._cells))

    def learn(self, bucket: int, counts: Floats) -> None:
        """Teach the baseline, as the service does."""
        suspect = np.zeros(len(counts), np.bool_)
        if self._baseline.is_known:
            suspect = self._detection.passes(limits(len(counts), WEEK))[: len(counts)]
        self._baseline.learn(bucket, counts, self._usual, suspect)

    def fork(self) -> Ours:
        """Return a copy with the same baseline, which it does not teach."""
        return Ours(self._cells, self._baseline, self._detection.copy())


def excess(detection: Detection, series: int) -> Floats:
    """Return by how much the sums exceed their threshold."""
    found: Floats = detection.highest[:series] - limits(series, WEEK).total
    return found


def rules(cells: Cells) -> dict[str, Rule]:
    """Return every rule, new."""
    return {
        "Cartellino": Ours(cells),
        "ratio to time of day": Ratio(len(cells)),
        "7 in 15 min, tuned": FixedCount(),
        "fixed threshold, 1 h": FixedHour(),
    }
