"""What reports say of every cell: nothing, as usual, more than usual, surely more; never more than people can say."""

from __future__ import annotations

from collections import Counter

import numpy as np

from cartellino.availability.baseline import BUCKET, PER_DAY, PER_HOUR, Baseline, Usual
from cartellino.availability.board import QUIET, RAISED, STRONG, Levels
from cartellino.availability.cells import ALL, Cells, Floats, Ints, Mask
from cartellino.availability.detection import SURGES, Detection, Limits, gain, is_knowable, score
from cartellino.availability.features import FEATURES
from cartellino.availability.peaks import is_peak
from cartellino.availability.places import WORLD, is_country, region_of
from cartellino.availability.reports import Reports
from cartellino.availability.rows import Announcement, Problem
from cartellino.vocabulary.times import DAY, Duration, Instant

REPORTS_A_DAY = 1e-4
"""Reports of all features by an active account and day before a service knows its own rate: an assumption."""

_FIRST_DAY, _FIRST_DAYS = 4.0, 2.0
"""How many times what was seen is usual as long as no whole day was seen, and after it."""

_UNSURE = 0.5
"""The size of a borrowed rate: a dispersion of two, since countries and features differ."""

_OWN_WORDS = 16
"""Buckets for which people report what we have told them, where we did not say until when."""

_LONGEST_WORDS: Duration = DAY
"""How long our own words mute reports at most, whatever they say: nobody reads for weeks that something may fail."""

_ABOVE = 1.5
"""The normal score of an hour of a cell that takes part in the surge of a pool."""

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
        self._own: list[tuple[Announcement, str | None]] = []

    def take(self, one: Problem) -> None:
        """Take a report."""
        self._begun = True
        self.reports.take(one)

    def announce(self, own: Announcement, service: str | None = None) -> None:
        """Note what the operator has told people, of one service or of all."""
        self._own.append((own, service))

    def withdraw(self, one: Announcement) -> None:
        """Note that the operator has taken back what they told people."""
        self.end(one.withdraws or "", one.time)

    def end(self, told: str, at: Instant) -> None:
        """Note that what was told under an id holds no more."""
        self._own = [(own.withdrawn(at) if own.id == told else own, service) for own, service in self._own]

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

    def says(self, bucket: int, warning: Limits, danger: Limits, raised: Mask) -> Levels:
        """Return what reports say of every series at the end of a bucket, with those whose level is raised already."""
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
            self._passing &= _wide(self.detection.passes(danger, slack=0), many)
        alone = {cell for cell, _ in self._cells.cells() if self._passing[cell]} if self._passing.any() else set()
        for cell in sorted(alone | self._pooled(alone, raised, warning)):
            if why := self._excuse(cell, bucket, warning):
                self.suppressed[cell] = why
            elif not is_peak(bucket):
                found[cell] = STRONG if strong[cell] and not self.is_borrowed else RAISED
        return found

    def _excuse(self, cell: int, bucket: int, limits: Limits) -> str:
        """Say why a surge of a cell raises nothing; empty where it does."""
        key = self._cells.keys[cell]
        at = (bucket + 1) * BUCKET
        for one, service in self._own:
            until = min(
                one.ends if one.ends is not None else one.starts + _OWN_WORDS * BUCKET, one.starts + _LONGEST_WORDS
            )
            is_about = one.country == key.place and key.feature in one.features
            if is_about and service in (None, key.service) and one.starts < at <= until + BUCKET:
                return "announced"
        network = self.reports.is_concentrated(cell, int(self.detection.since[cell]), self.usual, limits.total)
        return f"one-network:{network}" if network else ""

    def _pooled(self, alone: set[int], raised: Mask, limits: Limits) -> set[int]:
        """Return cells whose own surge is too small to tell, in pools that surge even without those that tell alone.

        Cells that are raised already are told of; where one feature surges in a region or the world, it is no surge of
        all features there.
        """
        found = set[int]()
        told = alone | set(np.flatnonzero(raised).tolist())
        for pool in np.flatnonzero(self._passing).tolist():
            key = self._cells.keys[pool]
            if pool in alone or (is_country(key.place) and key.feature != ALL):
                continue
            rest = [
                cell for cell, one in self._cells.cells()
                if cell not in told and key.feature in (ALL, one.feature) and key.service == one.service
                and key.place in (WORLD, one.place, region_of(one.place))
                and not (key.feature == ALL and self._is_of_a_feature(cell))
            ]  # fmt: skip
            found.update(self._together(pool, np.array(rest, np.int64), limits))
        return found

    def _is_of_a_feature(self, cell: int) -> bool:
        """Say whether the feature of a cell surges in its region or the world."""
        return any(self._passing[pool] for pool in self._cells.pools(cell) if self._cells.keys[pool].feature != ALL)

    def _together(self, pool: int, rest: Ints, limits: Limits) -> list[int]:
        """Return the cells of a pool that are above the usual, if they are a surge together, and several."""
        hour, usual = self._hour.sum(0)[rest], 4 * self.usual.mean[rest]
        summed = Usual(usual.sum(keepdims=True), 4 * self.usual.size[[pool]])
        gains = [float(gain(hour.sum(keepdims=True), summed, surge)[0]) for surge in SURGES]
        above = score(hour, Usual(usual, 4 * self.usual.size[rest])) > _ABOVE
        members = [int(cell) for cell in rest[above & (hour >= np.maximum(1, 2 * usual))]]
        several = len({self._cells.keys[cell].place for cell in members}) >= _TOGETHER
        enough = several or (is_country(self._cells.keys[pool].place) and len(members) > 1)
        return members if enough and max(gains) > limits.total else []

    def _borrowed(self, active: Counter[tuple[str, str]]) -> Usual:
        """Return rates by active account, for a service that has no history of its own; without accounts, nothing.

        Where more was reported so far than is assumed, by the cell or by all of the service, that counts; and as the
        hours of the day that are still to come may be busier than those that were seen, several times as much is
        usual. With such rates a surge can be told, but not that there is none.
        """
        rate, mean = self.baseline.rate(), np.zeros(len(self._cells))
        day = _FIRST_DAY if self.baseline.observed < PER_DAY else _FIRST_DAYS
        accounts = Counter[str]()
        for (service, _), many in active.items():
            accounts[service] += many
        for cell, key in self._cells.cells() if self.baseline.observed >= PER_HOUR else ():
            if many := active[key.service, key.place]:
                world = self._cells.find(key.service, WORLD, ALL)
                seen = 0.0 if world is None else float(rate[world]) / accounts[key.service]
                each = max(REPORTS_A_DAY / PER_DAY, seen) / len(FEATURES)
                mean[cell] = day * max(many * each, float(rate[cell]))
                for pool in self._cells.pools(cell):
                    mean[pool] += mean[cell]
        return Usual(mean, np.full(len(mean), _UNSURE))

    def uneasy(self, threshold: float) -> Mask:
        """Say where more is reported than usual, though not enough to say so."""
        return _wide(self.detection.smooth > threshold, len(self._cells))


def _padded(held: Floats, many: int) -> Floats:
    found = np.zeros((len(held), many))
    found[:, : held.shape[1]] = held[:, :many]
    return found


def _wide(held: Mask, many: int) -> Mask:
    found = np.zeros(many, np.bool_)
    found[: min(many, len(held))] = held[:many]
    return found
