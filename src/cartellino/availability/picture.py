"""From levels and sources to situations: which episodes are running, and what stands against them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from cartellino.availability.baseline import BUCKET
from cartellino.availability.board import LEVELS, QUIET, RAISED, TO_FALL, WARNING
from cartellino.availability.places import is_country
from cartellino.availability.situation import MEASURED, Failing, Situation
from cartellino.availability.steadiness import Steadiness
from cartellino.vocabulary.times import Instant

if TYPE_CHECKING:
    from cartellino.availability.monitor import Monitor

_LONGEST_RUN = 16
"""Buckets before it was noticed in which an episode may have begun."""

_UNEASY_SUM, _UNEASY_SMOOTH = 2.5, 0.9


@dataclass
class Episode:
    """A cell that is raised: since when, and every source that has said so meanwhile."""

    noticed: int
    since: int
    last: int
    """The last bucket in which it failed by itself; a level falls later, when that has been sure for a while."""
    sources: set[str] = field(default_factory=set)
    failures: Counter[str] = field(default_factory=Counter)
    networks: tuple[str, ...] = ()
    other_networks: tuple[str, ...] = ()
    is_one_port: bool = False
    is_missing: bool = False
    is_broad: bool = False


class Episodes:
    """The episodes of all cells."""

    def __init__(self) -> None:
        self.running: dict[int, Episode] = {}
        self.ended: dict[int, int] = {}
        """Of cells whose last episode is over: the last bucket in which it failed."""
        self.works_since: dict[int, int] = {}
        """Of cells whose last episode is over: the bucket since which they work."""
        self.steadiness: dict[str, dict[str, Steadiness]] = {}
        """By service and country in which anything is running: whether an accusation stands."""

    def update(self, monitor: Monitor, bucket: int) -> None:
        """Begin, go on with and end episodes, as the levels say."""
        raised = {int(cell) for cell in np.flatnonzero(monitor.board.levels >= WARNING)}
        self.works_since.update(dict.fromkeys(self.running.keys() - raised, bucket - TO_FALL + 1))
        self.ended.update({cell: self.running[cell].last for cell in self.running.keys() - raised})
        self.running = {cell: self.running.get(cell) or Episode(bucket, bucket, bucket) for cell in sorted(raised)}
        for cell, episode in self.running.items():
            _note(episode, monitor, cell, bucket)
        places = {monitor.cells.keys[cell][:2] for cell in self.running}
        self.steadiness = {
            service: {place: self.steadiness.get(service, {}).get(place) or Steadiness() for name, place in places
                      if name == service}
            for service, _ in places
        }  # fmt: skip


def _note(episode: Episode, monitor: Monitor, cell: int, bucket: int) -> None:
    """Add to an episode what the sources say now."""
    reports, telemetry, probes = (said[cell] for said in monitor.said)
    began = [episode.since]
    if reports >= RAISED:
        episode.sources.add("reports")
        began.append(int(monitor.reports.detection.since[cell]))
    if telemetry >= RAISED:
        _note_telemetry(episode, monitor, cell)
        if monitor.telemetry.whole.sums[cell] > 0:
            began.append(int(monitor.telemetry.whole.since[cell]))
    if probes >= RAISED:
        seen = monitor.seen[cell]
        episode.sources.add("probes")
        episode.failures = _larger(episode.failures, seen.failures)
        episode.networks = tuple(sorted({*episode.networks, *seen.failing} - {"?"}))
        episode.other_networks = tuple(sorted({*episode.other_networks, *seen.working} - {*seen.failing, "?"}))
        episode.is_one_port = seen.is_one_port and "telemetry" not in episode.sources
        began.append(seen.since)
    episode.since = max(min(began), episode.noticed - _LONGEST_RUN)
    if _is_bad(episode, monitor, cell, bucket):
        episode.last = bucket


def _is_bad(episode: Episode, monitor: Monitor, cell: int, bucket: int) -> bool:
    """Say whether it failed in this very bucket, as those say who measure, where any do."""
    sources = episode.sources & MEASURED or episode.sources
    watch, reports = monitor.telemetry, monitor.reports.detection.is_bad()
    return (
        ("telemetry" in sources and watch.is_bad(cell, bucket, missing=episode.is_missing))
        or ("probes" in sources and monitor.probes.is_bad(cell, bucket))
        or ("reports" in sources and cell < len(reports) and bool(reports[cell]))
    )


def _note_telemetry(episode: Episode, monitor: Monitor, cell: int) -> None:
    watch = monitor.telemetry
    episode.sources.add("telemetry")
    episode.failures = _larger(episode.failures, watch.reasons.get(cell, Counter()))
    failing, working = watch.networks(cell)
    episode.networks = tuple(sorted({*episode.networks, *failing}))
    episode.other_networks = tuple(sorted({*episode.other_networks, *working} - set(failing)))
    episode.is_one_port = False
    episode.is_missing = episode.is_missing or bool(monitor.missing[cell])
    episode.is_broad = episode.is_broad or watch.is_broad(cell)


def _larger(held: Counter[str], new: Counter[str]) -> Counter[str]:
    return held | new


def situations(monitor: Monitor, bucket: int, since: Instant) -> list[Situation]:
    """Return the situation of every service in which something fails, or a client does."""
    at, faults = (bucket + 1) * BUCKET, monitor.faults
    fail = {monitor.cells.keys[cell].service for cell in monitor.episodes.running}
    found = {
        name: Situation(name, at, since, changes=monitor.changes, announcements=monitor.announcements,
                        steadiness=monitor.episodes.steadiness.get(name, {}), fault=faults.get(name))
        for name in sorted(fail | faults.keys())
    }  # fmt: skip
    for cell, episode in monitor.episodes.running.items():
        found[monitor.cells.keys[cell].service].failing.append(_failing(monitor, cell, episode, bucket))
    for name, here in found.items():
        _look_elsewhere(monitor, name, here, bucket)
        cells = {cell: one.since for cell, one in monitor.episodes.running.items()
                 if monitor.cells.keys[cell].service == name}  # fmt: skip
        here.client = client_of(monitor, cells)
    return list(found.values())


def _failing(monitor: Monitor, cell: int, episode: Episode, bucket: int) -> Failing:
    key = monitor.cells.keys[cell]
    tried, failed = monitor.counts(cell, episode.noticed, bucket)
    return Failing(
        key.place, key.feature, episode.since * BUCKET, episode.noticed * BUCKET, LEVELS[monitor.board.levels[cell]],
        episode.sources, episode.networks, episode.other_networks, episode.failures, episode.is_one_port,
        episode.is_missing, monitor.reports.is_borrowed and episode.sources == {"reports"},
        failed / tried if tried else 1.0, episode.is_broad, monitor.telemetry.clients.get(cell, Counter()),
    )  # fmt: skip


def _look_elsewhere(monitor: Monitor, service: str, here: Situation, bucket: int) -> None:
    """Note in which countries each feature works, is calm, or is uneasy."""
    noticed: dict[str, int] = {}
    for one in here.failing:
        noticed[one.feature] = max(noticed.get(one.feature, 0), one.noticed // BUCKET)
    reports, telemetry, probes = monitor.said
    restless = monitor.reports.uneasy(_UNEASY_SMOOTH)
    tried = monitor.telemetry.whole.sums
    for cell, key in monitor.cells.cells():
        if key.service != service or not is_country(key.place) or cell in monitor.episodes.running:
            continue
        measured = max(telemetry[cell], probes[cell])
        uneasy = bool(restless[cell]) or (cell < len(tried) and tried[cell] > _UNEASY_SUM) or measured >= RAISED
        if uneasy:
            here.uneasy.setdefault(key.feature, set()).add(key.place)
        elif measured == QUIET:
            here.working.setdefault(key.feature, set()).add(key.place)
        elif reports[cell] == QUIET:
            here.calm.setdefault(key.feature, set()).add(key.place)
        if key.feature in noticed:
            since = noticed[key.feature]
            here.trials.setdefault(key.feature, {})[key.place] = monitor.counts(cell, since, bucket)
            if (again := monitor.episodes.works_since.get(cell, since)) > since:
                here.lately.setdefault(key.feature, {})[key.place] = monitor.counts(cell, again, bucket)


def client_of(monitor: Monitor, cells: dict[int, int]) -> tuple[str, float] | None:
    """Return the client behind nearly all failures, where others who use the service do so without any."""
    bad, good = Counter[str](), Counter[str]()
    for cell in cells:
        bad += monitor.telemetry.clients.get(cell, Counter())
        good += monitor.telemetry.clients_ok.get(cell, Counter())
    del bad["?"], good["?"]
    if bad.total() >= 10 and good.total() >= 10:
        client, most = bad.most_common(1)[0]
        if most >= 0.8 * bad.total() and good[client] <= 0.5 * good.total():
            return client, most / bad.total()
        return None
    return monitor.reports.reports.client_of(cells)
