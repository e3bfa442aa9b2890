"""What is public of the health of one service at one moment: levels, causes as incidents, and maintenance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from cartellino.availability.cells import Key
from cartellino.availability.changes import touches
from cartellino.availability.features import FEATURES
from cartellino.availability.monitor import CellState
from cartellino.availability.places import COUNTRIES
from cartellino.availability.rows import Announcement, Change
from cartellino.service.health_watch import Seen
from cartellino.service.service import Service
from cartellino.service.shown_levels import RAISED, worst_level
from cartellino.status.incidents import Told, incidents_of
from cartellino.vocabulary.times import Instant

MAIN = "main"
LEVELS = ("danger", "warning", "none", "unknown")
"""Every level, the worst first; the last is grey: too few reports or too little history."""


class Snapshot(NamedTuple):
    """One service at one moment."""

    service: str
    at: Instant
    as_of: Instant
    """The end of the quarter of an hour that was judged last; 0 while nothing was."""
    countries: Mapping[str, str]
    cells: Mapping[tuple[str, str], CellState]
    incidents: tuple[Told, ...]
    """Those that last first; then the earlier ones."""
    works: tuple[Change, ...]
    announced: tuple[Announcement, ...]
    """What authorities have announced, whether or not anything fails."""

    @property
    def lasting(self) -> tuple[Told, ...]:
        """The incidents that are not over."""
        return tuple(incident for incident in self.incidents if incident.until is None)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many countries have each level."""
        counted = Counter(self.countries.values())
        return {level: counted[level] for level in LEVELS}

    @property
    def worst(self) -> str:
        """The level of the whole: raised where any country is; `none` where some are known to work and none fails."""
        return next((level for level in LEVELS if self.counts[level]), "unknown")

    def level(self, country: str, feature: str) -> str:
        """Return the level of a feature in a country."""
        cell = self.cells.get((country, feature))
        return cell.level if cell is not None else "unknown"

    def failing(self, country: str) -> list[str]:
        """Return the features that fail in a country."""
        return [feature for feature in FEATURES if self.level(country, feature) in RAISED]

    def of_feature(self, feature: str) -> Mapping[str, str]:
        """Return the level of a feature in every country."""
        return {country: self.level(country, feature) for country in COUNTRIES}

    def worst_of(self, feature: str) -> str:
        """Return the worst level of a feature anywhere."""
        levels = {self.level(country, feature) for country, name in self.cells if name == feature}
        return next((level for level in LEVELS if level in levels), "unknown")

    def is_explained(self, told: Announcement) -> bool:
        """Say whether something that fails is put down to what was announced."""
        return any(fact.values.get("id") == told.id for incident in self.incidents for fact in incident.evidence)

    def works_in(self, country: str) -> list[Change]:
        """Return the maintenance that bears on a country."""
        return [work for work in self.works if touches(work.region, frozenset({country}))]


def snapshot(service: Service, name: str = MAIN) -> Snapshot:
    """Return what is public of a service now."""
    seen, now = service.health.seen, service.clock.now()
    cells = {(cell.key.place, cell.key.feature): cell for cell in seen.cells if cell.key.service == name}
    works = tuple(work for work in seen.works if work.service in (None, name))
    return Snapshot(name, now, seen.as_of, _countries(seen, name), cells, incidents_of(service, name), works,
                    seen.announced)  # fmt: skip


def _countries(seen: Seen, name: str) -> Mapping[str, str]:
    known = {cell.key.place for cell in seen.cells if cell.key.service == name}
    return {country: worst_level(seen, country, name) if country in known else "unknown" for country in COUNTRIES}


def services(seen: Seen) -> list[str]:
    """Return the names of the services that are watched, the main one first."""
    return [MAIN, *sorted({cell.key.service for cell in seen.cells} - {MAIN})]


def key(snap: Snapshot, place: str, feature: str) -> Key:
    """Return the name of a series of the service."""
    return Key(snap.service, place, feature)
