"""All sources together: rows in, and at the end of every quarter of an hour the levels and causes that have changed.

It reads no clock: a bucket ends when its caller says so. The service says it when the time has come, a replay when
the next row lies behind it; the same rows give the same answers.

>>> monitor = Monitor()
>>> monitor.close(1_735_000).levels
[]
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec
import numpy as np

from cartellino.availability.baseline import BUCKET
from cartellino.availability.board import LEVELS, QUIET, RAISED, STRONG, WARNING, Board, Levels, judged
from cartellino.availability.cells import Cells, Floats, Key, Mask
from cartellino.availability.changes import is_over, kind_of, touches
from cartellino.availability.clients import ClientFault
from cartellino.availability.detection import QUARTER, WEEK, Limits, limits
from cartellino.availability.diagnosis import diagnose
from cartellino.availability.evidence import Cause
from cartellino.availability.features import FEATURES
from cartellino.availability.history import Day
from cartellino.availability.picture import Episodes, situations
from cartellino.availability.places import COUNTRIES
from cartellino.availability.probes import Probes, Seen
from cartellino.availability.report_watch import ReportWatch
from cartellino.availability.rows import Announcement, Change, Probe, Problem, Row
from cartellino.availability.telemetry import FEWEST_FAILING, FEWEST_FINE, Telemetry
from cartellino.events.event import Event
from cartellino.vocabulary.times import DAY, Instant, show_instant

_KEPT = 60 * DAY
"""How long changes are remembered, for their lift."""


class LevelChange(NamedTuple):
    """A cell that has another level now."""

    time: Instant
    key: Key
    level: str

    def record(self) -> dict[str, str]:
        """Return the change as a line of `levels.ndjson`."""
        service, country, feature = self.key
        return {"time": show_instant(self.time), "country": country, "feature": feature, "service": service,
                "level": self.level}  # fmt: skip


class Moment(NamedTuple):
    """What the end of a bucket has brought: levels that changed, and the causes, if what they claim has changed."""

    time: Instant
    levels: list[LevelChange]
    causes: tuple[Cause, ...] | None

    def record(self) -> dict[str, object]:
        """Return the causes as a line of `verdicts.ndjson`."""
        return {"time": show_instant(self.time), "causes": [one.record() for one in self.causes or ()]}


class CellState(NamedTuple):
    """One cell as it stands, for the interface and the pages."""

    key: Key
    level: str
    reports: int
    expected: float
    sources: tuple[str, ...]
    is_borrowed: bool
    ended: Instant | None = None
    """When it last ceased to fail, if it has."""


class Monitor:
    """Everything that is known of the health of some services."""

    def __init__(self) -> None:
        self.cells = Cells()
        self.board = Board()
        self.day = Day()
        self.reports = ReportWatch(self.cells)
        self.telemetry = Telemetry(self.cells)
        self.probes = Probes(self.cells)
        self.episodes = Episodes()
        self.changes: list[Change] = []
        self.announcements: list[Announcement] = []
        self.causes: tuple[Cause, ...] = ()
        self.seen: dict[int, Seen] = {}
        self.said: tuple[Levels, Levels, Levels] = (np.zeros(0, np.int8),) * 3
        self.missing: Mask = np.zeros(0, np.bool_)
        """Of which cells people are missing who usually get through, or nothing arrives."""
        self.faults: dict[str, ClientFault] = {}
        """By service the client that fails where others do not."""
        self.limits_now: tuple[Limits, Limits] = limits(1, WEEK), limits(1, QUARTER)
        self._told: set[int] = set()
        self._active = _Active()
        self._since: Instant | None = None

    def take(self, row: Row) -> None:
        """Take a row of the present bucket."""
        self._since = row.time if self._since is None else min(self._since, row.time)
        match row:
            case Problem():
                self.reports.take(row)
            case Event():
                self._active.take(row)
                self.telemetry.take(row)
            case Probe():
                self.probes.take(row)
            case Change():
                self._change(row)
            case Announcement(withdraws=None):
                self.announcements.append(row)
                if row.is_own:
                    self.reports.announce(row)
            case Announcement():
                self.announcements = [
                    one.withdrawn(row.time) if one.id == row.withdraws else one for one in self.announcements
                ]
                self.reports.withdraw(row)

    def _change(self, row: Change) -> None:
        self.changes = [one for one in self.changes if one.time > row.time - _KEPT] + [row]
        kind = kind_of(row)
        if kind == "maintenance" and is_over(row):
            self._over(row)
        elif kind in ("maintenance", "announcement"):
            for country in (one for one in COUNTRIES if touches(row.region, frozenset({one}))):
                self.reports.announce(Announcement(
                    id=row.id, time=row.time, country=country, features=FEATURES, authority="operator",
                    source=row.source, starts=row.begins, ends=row.until), row.service)  # fmt: skip

    def _over(self, row: Change) -> None:
        """End the maintenance of which a change says that it is over."""
        for number, one in enumerate(self.changes):
            same = (one.source, one.component, one.region) == (row.source, row.component, row.region)
            if same and kind_of(one) == "maintenance" and (one.until is None or one.until > row.time):
                self.changes[number] = msgspec.structs.replace(one, until=row.time)
                self.reports.end(one.id, row.time)

    def close(self, bucket: int) -> Moment:
        """End a bucket."""
        at = (bucket + 1) * BUCKET
        warning, danger = self.limits_now = self._limits()
        self.telemetry.close(bucket, self._suspect(), self._troubled())
        self.reports.close(bucket, self._active.at(bucket, self.telemetry.shares), self._busy())
        self.probes.close(bucket)
        self._look(bucket, warning, danger)
        changed = self.board.step(judged(*self.said))
        usual = self.reports.usual.mean
        self.day.add(bucket, self.reports.counts, 0 * usual if self.reports.is_borrowed else usual, self.board.levels)
        self.reports.learn(bucket, self._suspect())
        levels = self._levels(at, changed)
        causes = self._diagnose(bucket)
        told = None if [one.claim for one in causes] == [one.claim for one in self.causes] else causes
        self.causes = causes
        return Moment(at, levels, told)

    def came_late(self, late: Mapping[tuple[str, str], int]) -> None:
        """Take how many accounts of a service and country have come too late to be counted: they were not missing.

        What was raised by their absence alone is unknown.
        """
        series = self.telemetry.silence.came_late(late)
        absent = [cell for cell in series.tolist()
                  if (one := self.episodes.running.get(cell)) and one.is_missing and one.sources == {"telemetry"}
                  and not one.failures]  # fmt: skip
        self.board.forget(np.array(absent, np.int64))

    def _troubled(self) -> set[tuple[str, str]]:
        """Return the services and countries of which reports or probes said at the last bucket that something fails."""
        reports, _, probes = self.said
        raised = np.flatnonzero(np.maximum(reports, probes) >= RAISED).tolist()
        return {self.cells.keys[cell][:2] for cell in raised}

    def _limits(self) -> tuple[Limits, Limits]:
        series = len(self.cells) + len(self.telemetry.cells) + len(self.telemetry.by_client) + len(self.probes)
        return limits(series, WEEK), limits(series, QUARTER)

    def _raised(self) -> Mask:
        found = np.zeros(len(self.cells), np.bool_)
        found[: len(self.board.levels)] = self.board.levels >= WARNING
        return found

    def _suspect(self) -> Mask:
        found = self._raised()
        for cell in np.flatnonzero(found):
            if self.cells.keys[cell].feature in FEATURES:
                found[list(self.cells.pools(int(cell)))] = True
        return found

    def _look(self, bucket: int, warning: Limits, danger: Limits) -> None:
        """Ask every source what it says of every cell; of pools, nothing."""
        many = len(self.cells)
        of_cells = np.zeros(many, np.int8)
        of_cells[self.cells.numbers] = 1
        reports = self.reports.says(bucket, warning, danger, self._raised()) * of_cells
        telemetry = self._telemetry(bucket, warning, danger) * of_cells
        probes = np.zeros(many, np.int8)
        for cell in self.probes.cells:
            self.seen[cell] = self.probes.seen(cell, bucket, warning)
            probes[cell] = _of_probes(self.seen[cell], bucket, works=bool(telemetry[cell] == QUIET))
        self.said = reports, telemetry, probes

    def _telemetry(self, bucket: int, warning: Limits, danger: Limits) -> Levels:
        many, watch = len(self.cells), self.telemetry
        found = np.zeros(many, np.int8)
        if not watch.cells:
            return found
        observed = np.zeros(many, np.bool_)
        observed[[cell for cell in watch.cells if watch.is_observed(cell)]] = True
        surging = watch.surging(warning) & ~observed
        missing = self.missing = watch.dropping(warning)
        several = observed & (watch.whole.tried[:many] >= FEWEST_FAILING)
        wide, narrow = watch.failing_widely(warning) & several, watch.failing_narrowly(warning) & several
        fine = observed & watch.whole.is_fine(FEWEST_FINE)[:many] & ~missing
        found[fine] = QUIET
        found[wide | narrow | surging | missing] = RAISED
        lasting = bucket - watch.whole.since[:many] >= 1
        heavy = (watch.whole.sums[:many] > danger.total) & (watch.whole.share[:many] >= 0.3) & lasting
        found[wide & heavy] = STRONG
        return found

    def _busy(self) -> Floats:
        """How many times more accounts than usual get through: then as many times more reports are usual."""
        usual, now = self.telemetry.silence.usual, self.telemetry.silence.now
        if not self.telemetry.silence.attempts.is_known:
            return np.ones(len(self.cells))
        found: Floats = np.where(usual >= 10, (now / np.maximum(usual, 1e-9)).clip(1, 20), 1)
        return found

    def _levels(self, at: Instant, changed: Iterable[int]) -> list[LevelChange]:
        fresh = [number for number, _ in self.cells.cells() if number not in self._told]
        self._told.update(fresh)
        numbers = sorted({int(one) for one in changed} | set(fresh), key=lambda one: self.cells.keys[one])
        return [LevelChange(at, self.cells.keys[one], LEVELS[self.board.levels[one]]) for one in numbers
                if one in self._told]  # fmt: skip

    def _diagnose(self, bucket: int) -> tuple[Cause, ...]:
        self.episodes.update(self, bucket)
        self.faults = self.telemetry.by_client.faults(self.limits_now[0], bucket)
        if not self.episodes.running and not self.faults:
            return ()
        return diagnose(situations(self, bucket, self._since or 0))

    def counts(self, cell: int, since: int, bucket: int) -> tuple[float, float]:
        """Return how many accounts and probes tried the feature of a cell since a bucket, and how many failed."""
        buckets = bucket - since + 1
        tried, failed = self.probes.counts(cell, buckets)
        if cell in self.telemetry.cells and self.telemetry.is_observed(cell):
            more, worse = self.telemetry.whole.counts(cell, buckets)
            tried, failed = tried + more, failed + worse
        return tried, failed

    def states(self) -> list[CellState]:
        """Return every cell as it stands after the last bucket."""
        names = ("reports", "telemetry", "probes")
        found = []
        for cell, key in self.cells.cells():
            if cell >= len(self.board.levels):
                continue
            sources = tuple(name for name, said in zip(names, self.said, strict=True) if said[cell])
            counts, usual = self.reports.counts, self.reports.usual.mean
            last = None if cell in self.episodes.running else self.episodes.ended.get(cell)
            ended = None if last is None else (last + 1) * BUCKET
            found.append(CellState(key, LEVELS[self.board.levels[cell]], int(counts[cell]), float(usual[cell]), sources,
                                   self.reports.is_borrowed, ended))  # fmt: skip
        return found


def _of_probes(seen: Seen, bucket: int, *, works: bool) -> int:
    """What probes say of a cell: a single network of several counts where it is a third of those that measure.

    One port that is refused says nothing where people get through, or other networks do by other ports.
    """
    if seen.is_one_port and seen.failing and (works or seen.state == "part"):
        return 0
    match seen.state:
        case "unknown":
            return 0
        case "fine":
            return QUIET
        case "part":
            return RAISED if 2 * len(seen.failing) >= len(seen.working) else QUIET
    lasting = bucket - seen.since >= 1 and len(seen.failing) > max(1, len(seen.working))
    return STRONG if lasting and not seen.is_one_port else RAISED


class _Active:
    """How many accounts of each country were there in the last day or so."""

    def __init__(self) -> None:
        self._now: dict[tuple[str, str], set[str]] = {}
        self._before: dict[tuple[str, str], set[str]] = {}
        self._day = 0

    def take(self, one: Event) -> None:
        """Note the account of an event with a country."""
        if one.region is not None:
            self._now.setdefault((one.service, one.region), set()).add(one.account)

    def at(self, bucket: int, shares: Mapping[str, float]) -> Counter[tuple[str, str]]:
        """Return the number of accounts by service and country; `shares` says which part of them was seen."""
        if bucket * BUCKET // DAY != self._day:
            self._day, self._before, self._now = bucket * BUCKET // DAY, self._now, {}
        keys = self._now.keys() | self._before.keys()
        seen = {key: max(len(self._now.get(key, ())), len(self._before.get(key, ()))) for key in keys}
        return Counter({key: int(many / shares.get(key[1], 1.0)) for key, many in seen.items()})
