"""Traffic that vanishes without a failure: those who usually get through are missing, or what they send never arrives.

Missing is held against what is usual, of a cell, of a country with all features and of a feature in all countries: a
few are missed in each, together they are too many. Until the week is known, only what has fallen wholly silent within
an hour and a half is missed, against half of what came in the hours before: nights come more slowly. Where a service
tells what is delivered, the share of senders of whose messages nothing arrives is watched like failures.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cartellino.availability.baseline import FEWEST, PER_HOUR, Baseline, Usual
from cartellino.availability.cells import ALL, Cells, Floats, Ints, Mask, either, grown
from cartellino.availability.detection import DROPS, Detection, Limits, gain
from cartellino.availability.places import WORLD, is_country, region_of
from cartellino.availability.shares import DELIVERIES, ShareTest

LONGEST = 16
"""Buckets over which absence is added up: of few it takes hours to be sure."""

_FADES = 0.9
"""What a bucket leaves of the level that stands for what is usual until that is known."""

_KNOWN_BY = 6.0
"""Buckets, as they fade, from which on the level is one: about two hours."""

_HALF, _UNSURE = 0.5, 2.0
"""Before the week is known, half of the level is usual, with this size: evenings end."""

_UNKNOWN = -2.0
"""By how much more a sum has to be before the week is known."""

_SUDDENLY = 6
"""Buckets within which enough has to be missing before the week is known: a night takes a few away at a time."""

_SILENT = 2
"""Buckets without anybody before the week is known."""

_LATE = 0.5
"""The part of a bucket's usual accounts that may come late before nobody was missing after all."""

_SENT = 50.0
"""Senders of a cell that have to be seen before it is known how much usually arrives within a bucket."""


class Silence:
    """What usually comes, what has come of late, and what has arrived."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self.attempts = Baseline(cells)
        self.usual: Floats = np.zeros(0)
        self.now: Floats = np.zeros(0)
        self._detection = Detection(DROPS, LONGEST)
        self._deliveries = ShareTest(DELIVERIES)
        self._level, self._weight = np.zeros(0), np.zeros(0)
        self._recent = np.zeros((PER_HOUR, 0))
        self._compared = Usual(np.zeros(0), np.zeros(0))

    def close(self, bucket: int, succeeded: dict[int, float], suspect: Mask, known: Mask | None = None) -> None:
        """End a bucket, with how many accounts have got through in each cell.

        `known` are the series of which that is known, where the feed of events has come only in part, or not at all:
        what is known then is no more than that nobody came where others say that it fails.
        """
        many = len(self._cells)
        counts, usual = self._cells.summed(succeeded), self.attempts.expect(bucket)
        if self.attempts.is_known:
            self.usual = usual.mean
        else:
            self.usual, usual = usual.mean, self._provisional(many)
        self._compared = usual
        self._detection.step(bucket, counts, usual, known)
        if known is not None:
            recent = self._recent = grown(self._recent, many)
            recent[:, :many] = np.where(known, np.roll(recent[:, :many], 1, axis=0), recent[:, :many])
            recent[0, :many] = np.where(known, counts, recent[0, :many])
            self.now = self.usual
            return
        self._take(counts, suspect)
        self.attempts.learn(bucket, counts, self.attempts.expect(bucket), suspect)
        if self.attempts.observed == FEWEST:  # what was added up so far was held against something else
            self._detection.forget(np.arange(many))
        self.now = counts

    def came_late(self, late: Mapping[tuple[str, str], int]) -> Ints:
        """Forget that people are missing of whom at least half have come after all, by service and country.

        Return the series of these countries, and of the pools in which they count.
        """
        found = set[int]()
        for (service, country), many in sorted(late.items()):
            whole = self._cells.find(service, country, ALL)
            usual = 0.0 if whole is None or whole >= len(self._compared.mean) else float(self._compared.mean[whole])
            if many >= max(_LATE * usual, 1):
                of_country = [cell for cell, key in self._cells.cells() if key[:2] == (service, country)]
                found.update(of_country, *map(self._cells.pools, of_country))
        series = np.array(sorted(found), np.int64)
        series = series[series < len(self._compared.mean)]
        self._detection.forget(series)
        self._recent[0, series] = np.maximum(self._recent[0, series], 1)
        return series

    def _provisional(self, many: int) -> Usual:
        """Return what is usual until the week is known: half the level of the hours before, where there is one."""
        self._level, self._weight = grown(self._level, many), grown(self._weight, many)
        known = self._weight[:many] >= _KNOWN_BY
        mean = np.where(known, _HALF * self._level[:many] / np.maximum(self._weight[:many], 1), 0)
        return Usual(np.maximum(mean, 1e-9), np.full(many, _UNSURE))

    def _take(self, counts: Floats, suspect: Mask) -> None:
        many = len(counts)
        self._level, self._weight = grown(self._level, many), grown(self._weight, many)
        self._recent = np.roll(grown(self._recent, many), 1, axis=0)
        self._recent[0, :many] = counts
        begun = (self._weight[:many] > 0) | (counts > 0)
        taught = begun & ~suspect & ((counts > 0) | (self._weight[:many] < _KNOWN_BY))
        for held, value in ((self._level, counts), (self._weight, np.ones(many))):
            held[:many] = np.where(taught, held[:many] * _FADES + value, held[:many])

    def deliver(self, bucket: int, sent: Floats, undelivered: Floats, suspect: Mask) -> None:
        """Take how many accounts have sent in each cell, and of how many nothing has arrived."""
        self._deliveries.step(bucket, sent, undelivered, suspect)

    def undelivered(self, limits: Limits) -> Mask:
        """Say where what is sent does not arrive, more than usual."""
        many = len(self._cells)
        test = self._deliveries
        found = np.zeros(many, np.bool_)
        have = min(many, len(test.sums))
        usual = test.usual[:have]
        clearly = test.share[:have] >= np.minimum(np.maximum(2 * usual, 0.5), (1 + usual) / 2)
        found[:have] = (test.sums[:have] > limits.total) & (test.learnt[:have] >= _SENT) & clearly
        return found

    def missing(self, limits: Limits) -> Mask:
        """Say in which cells those are missing who usually get through, alone or together with others."""
        many = len(self._cells)
        passing = np.zeros(many, np.bool_)
        if self.attempts.is_known:
            held = self._detection.passes(limits, 0)[:many]
        else:
            held = self._detection.passes_within(_SUDDENLY, limits, _UNKNOWN)[:many]
        passing[: len(held)] = held
        if not self.attempts.is_known:
            passing &= self._silent(many)
        if not passing.any():
            return passing
        found = np.zeros(many, np.bool_)
        numbers = self._cells.numbers
        found[numbers] = passing[numbers]
        for pool in np.flatnonzero(passing).tolist():
            if not found[pool]:
                found[self._together(pool, passing, limits)] = True
        return found

    def is_bad(self, bucket: int) -> Mask:
        """Say in which cells people were missing in a bucket, or what they sent did not arrive, by itself."""
        return either(len(self._cells), self._detection.is_bad(), self._deliveries.is_bad(bucket))

    def _silent(self, many: int) -> Mask:
        recent = grown(self._recent, many)[:_SILENT, :many]
        found: Mask = recent.sum(0) == 0
        return found

    def _together(self, pool: int, passing: Mask, limits: Limits) -> Ints:
        """Return the cells of a pool from which most are missing, if without those that pass alone it still falls."""
        key = self._cells.keys[pool]
        if is_country(key.place) and key.feature != ALL:
            return np.zeros(0, np.int64)
        rest = np.array([
            cell for cell, one in self._cells.cells()
            if not passing[cell] and key.service == one.service and key.feature in (ALL, one.feature)
            and key.place in (WORLD, one.place, region_of(one.place)) and cell < len(self._compared.mean)
        ], np.int64)  # fmt: skip
        if not len(rest):
            return rest
        hour, usual = self._recent[:, rest].sum(0), PER_HOUR * self._compared.mean[rest]
        summed = Usual(usual.sum(keepdims=True), self._compared.size[[pool]])
        gains = [float(gain(hour.sum(keepdims=True), summed, drop)[0]) for drop in DROPS]
        members = rest[(usual >= 1) & (hour <= usual / 3)]
        found: Ints = members if max(gains) > limits.total / 2 else members[:0]
        return found
