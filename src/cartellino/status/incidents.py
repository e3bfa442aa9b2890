"""Incidents as the public sees them: what fails where since when, why as far as is known, and what was said of it."""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

from cartellino.availability.evidence import Cause, Evidence, Grade, Kind
from cartellino.availability.places import COUNTRIES, WORLD
from cartellino.service.service import Service
from cartellino.vocabulary.times import Instant


class Line(NamedTuple):
    """A line of the timeline: when it was said, the state from then on, and the words."""

    at: Instant
    state: str
    note: str = ""


class Told(NamedTuple):
    """An incident."""

    id: str
    kind: Kind
    grade: Grade
    countries: tuple[str, ...]
    """None named is the world."""
    features: tuple[str, ...]
    since: Instant
    until: Instant | None
    timeline: tuple[Line, ...]
    network: str | None = None
    evidence: tuple[Evidence, ...] = ()

    @property
    def state(self) -> str:
        """Where it is."""
        return self.timeline[-1].state

    @property
    def cause(self) -> Cause:
        """Why, as the diagnosis says it."""
        place = ",".join(self.countries) or WORLD
        named = f"{place}/{self.network}" if self.network else place
        return Cause(self.kind, self.grade, named, self.features, self.since, self.evidence)

    def concerns(self, country: str) -> bool:
        """Say whether it bears on a country."""
        return not self.countries or country in self.countries


def incidents_of(service: Service, name: str) -> tuple[Told, ...]:
    """Return the incidents of a service: as the causes of what fails now say it."""
    failing = {
        cell.key.place for cell in service.health.seen.cells
        if cell.key.service == name and cell.level in ("warning", "danger")
    }  # fmt: skip
    found = [_of(cause) for cause in service.health.seen.causes if cause.grade != "ruled_out"]
    return tuple(told for told in found if failing & set(told.countries or COUNTRIES))


def _of(cause: Cause) -> Told:
    places, _, network = cause.place.partition("/")
    countries = () if places == WORLD else tuple(places.split(","))
    named = blake2b(f"{cause.kind} {cause.place} {cause.since}".encode(), digest_size=8).hexdigest()
    return Told(f"i_{named}", cause.kind, cause.grade, countries, cause.features, cause.since, None,
                (Line(cause.since, "opened"),), network or None, cause.evidence)  # fmt: skip
