"""What reports say of every cell: nothing, as usual, more than usual, surely more; never more than people can say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from cartellino.availability.baseline import BUCKET, PER_DAY, PER_HOUR, Baseline, Usual
from cartellino.availability.board import QUIET, RAISED, STRONG, Levels
from cartellino.availability.cells import ALL, Cells, Floats, Ints
from cartellino.availability.detection import SURGES, Detection, Limits, gain, is_knowable
from cartellino.availability.features import FEATURES
from cartellino.availability.peaks import is_peak
from cartellino.availability.places import WORLD, is_country, region_of
from cartellino.availability.reports import Reports
from cartellino.availability.rows import Announcement, Problem
from cartellino.availability.shares import Mask

REPORTS_A_DAY = 1e-4
"""Reports of all features by an active account and day before a service knows its own rate: an assumption."""

_OWN_WORDS = 16
"""Buckets for which people report what we have told them, where we did not say until when."""

_TOGETHER = 3
"""Countries that have to be in a surge that only their region or the world shows."""


class ReportWatch:
    """Reports, what is usual of them, and how far they are from it."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self.reports = Reports(cells)
        self.baseline = Baseline(cells)
        self.detection = Detection()
        self.usual = Usual(np.zeros(0), np.zeros(0))
        self.counts: Floats = np.zeros(0)
        self.suppressed: dict[int, str] = {}
        self.is_borrowed = False
        self._hour = np.zeros((4, 0))
        self._begun = False
        self._passing: Mask = np.zeros(0, np.bool_)
        self._own: list[Announcement] = []

    def take(self, one: Problem) -> None:
        """Take a report."""
        self._begun = True
        self.reports.take(one)

    def announce(self, own: Announcement) -> None:
        """Note what the operator has told people."""
        self._own.append(own)

    def withdraw(self, one: Announcement) -> None:
        """Note that the operator has taken back what they told people."""
        self._own = [own.withdrawn(one.time) if own.id == one.withdraws else own for own in self._own]

    def close(self, bucket: int, active: Counter[tuple[str, str]], busy: Floats) -> None:
        """End a bucket, with the active accounts of each country and how many times busier it is than usual."""
        many = len(self._cells)
        self.counts = self._cells.summed(self.reports.close(bucket))
        self.usual = self.baseline.expect(bucket)
        self.is_borrowed = not self.baseline.is_known
        if self.is_borrowed:
            self.usual = self._borrowed(active)
        busy = np.concatenate([busy, np.ones(max(many - len(busy), 0))])[:many]
        self.usual = Usual(self.usual.mean * busy, self.usual.size)
        if not is_peak(bucket):
            known = self.usual.mean > 0
            counts = np.where(known, self.counts, 0)
            self.detection.step(bucket, counts, Usual(np.where(known, self.usual.mean, 1e-12), self.usual.size))
        self._hour = np.vstack([self.counts[None, :], _padded(self._hour, many)[:3]])

    def learn(self, bucket: int, suspect: Mask) -> None:
        """Learn what is usual from the bucket that ended."""
        passing = np.zeros(len(suspect), np.bool_)
        passing[: len(self._passing)] = self._passing
        held = suspect | passing | is_peak(bucket)
        usual = self.usual if not self.is_borrowed else self.baseline.expect(bucket)
        if self._begun:
            self.baseline.learn(bucket, self.counts, usual, held)
        self.reports.learn({int(cell): True for cell in np.flatnonzero(held)})

    def says(self, bucket: int, warning: Limits, danger: Limits) -> Levels:
        """Return what reports say of every series at the end of a bucket."""
        many = len(self._cells)
        found = np.zeros(many, np.int8)
        self.suppressed = {}
        if not self._begun:
            return found
        if not self.is_borrowed and not is_peak(bucket):
            usual = Usual(np.minimum(self.usual.mean, self.baseline.rate()), self.usual.size)
            found[is_knowable(usual, warning)] = QUIET  # neither in its best hour alone nor in its worst
        self._passing = _wide(self.detection.passes(warning), many) & (self.usual.mean > 0)
        strong = _wide(self.detection.passes(danger), many)
        if self.is_borrowed:
            self._passing &= strong
        raised = {cell for cell, _ in self._cells.cells() if self._passing[cell]} if self._passing.any() else set()
        for cell in sorted(raised | self._pooled(raised, warning)):
            if why := self._excuse(cell, bucket, warning):
                self.suppressed[cell] = why
            elif not is_peak(bucket):
                found[cell] = STRONG if strong[cell] and not self.is_borrowed else RAISED
        return found

    def _excuse(self, cell: int, bucket: int, limits: Limits) -> str:
        """Say why a surge of a cell raises nothing; empty where it does."""
        key = self._cells.keys[cell]
        at = (bucket + 1) * BUCKET
        for one in self._own:
            until = one.ends if one.ends is not None else one.starts + _OWN_WORDS * BUCKET
            if one.starts < at <= until + BUCKET and (one.country, key.feature) in _about(one):
                return "announced"
        network = self.reports.is_concentrated(cell, int(self.detection.since[cell]), self.usual, limits.total)
        return f"one-network:{network}" if network else ""

    def _pooled(self, raised: set[int], limits: Limits) -> set[int]:
        """Return cells whose own surge is too small to tell, in pools that surge even without those that tell alone."""
        found = set[int]()
        for pool in np.flatnonzero(self._passing).tolist():
            key = self._cells.keys[pool]
            if pool in raised or (is_country(key.place) and key.feature != ALL):
                continue
            rest = [
                cell for cell, one in self._cells.cells()
                if cell not in raised and key.feature in (ALL, one.feature) and key.service == one.service
                and key.place in (WORLD, one.place, region_of(one.place))
            ]  # fmt: skip
            found.update(self._together(pool, np.array(rest, np.int64), limits))
        return found

    def _together(self, pool: int, rest: Ints, limits: Limits) -> list[int]:
        """Return the cells of a pool that are above the usual, if they are a surge together, and several."""
        hour, usual = self._hour.sum(0)[rest], 4 * self.usual.mean[rest]
        summed = Usual(usual.sum(keepdims=True), 4 * self.usual.size[[pool]])
        gains = [float(gain(hour.sum(keepdims=True), summed, surge)[0]) for surge in SURGES]
        members = [int(cell) for cell in rest[hour >= np.maximum(1, 2 * usual)]]
        several = len({self._cells.keys[cell].place for cell in members}) >= _TOGETHER
        enough = several or (is_country(self._cells.keys[pool].place) and len(members) > 1)
        return members if enough and max(gains) > limits.total else []

    def _borrowed(self, active: Counter[tuple[str, str]]) -> Usual:
        """Return rates by active account, for a service that has no history of its own; without accounts, nothing.

        What was seen so far counts where it is more. With such rates a surge can be told, but not that there is none.
        """
        rate, mean = self.baseline.rate(), np.zeros(len(self._cells))
        for cell, key in self._cells.cells() if self.baseline.observed >= PER_HOUR else ():
            if accounts := active[key.service, key.place]:
                mean[cell] = max(accounts * REPORTS_A_DAY / PER_DAY / len(FEATURES), float(rate[cell]))
                for pool in self._cells.pools(cell):
                    mean[pool] += mean[cell]
        return Usual(mean, np.ones(len(mean)))

    def uneasy(self, threshold: float) -> Mask:
        """Say where more is reported than usual, though not enough to say so."""
        return _wide(self.detection.smooth > threshold, len(self._cells))


def _about(own: Announcement) -> Sequence[tuple[str, str]]:
    return [(own.country, feature) for feature in own.features]


def _padded(held: Floats, many: int) -> Floats:
    found = np.zeros((len(held), many))
    found[:, : held.shape[1]] = held[:, :many]
    return found


def _wide(held: Mask, many: int) -> Mask:
    found = np.zeros(many, np.bool_)
    found[: min(many, len(held))] = held[:many]
    return found
