"""Incidents as the public sees them: what fails where since when, why as far as is known, and what was said of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import structlog

from cartellino.availability.evidence import CAUSES, Cause, Evidence, Grade, Kind
from cartellino.availability.features import FEATURES
from cartellino.availability.incident import Incident, covers, worst_first
from cartellino.availability.places import WORLD
from cartellino.commands.incidents import MONITOR
from cartellino.queries.incidents import since
from cartellino.service.service import Service
from cartellino.storage.database import is_away
from cartellino.vocabulary.times import DAY, Duration, Instant

LATELY: Duration = 30 * DAY
"""How far back incidents are listed that are over."""

log = structlog.get_logger()


class Line(NamedTuple):
    """A line of the timeline: when it was said, the state from then on, and what people wrote."""

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
    seen_in: tuple[str, ...] = ()
    """Countries in which it was seen, also of what is said of the world."""

    @property
    def state(self) -> str:
        """Where it is."""
        return self.timeline[-1].state

    @property
    def works_again(self) -> bool:
        """Whether it is over, or watched since nothing fails any more."""
        return self.state not in ("opened", "identified")

    @property
    def cause(self) -> Cause:
        """Why, as the diagnosis says it."""
        place = ",".join(self.countries) or WORLD
        named = f"{place}/{self.network}" if self.network else place
        seen = (Evidence("incident", "failing", {"countries": list(self.seen_in)}),) if self.works_again else ()
        return Cause(self.kind, self.grade, named, self.features, self.since, (*self.evidence, *seen))

    def concerns(self, country: str) -> bool:
        """Say whether it bears on a country."""
        return not self.countries or country in self.countries

    def is_like(self, other: Told) -> bool:
        """Say whether another is of some of the same features, in some of the same countries."""
        places = not self.countries or not other.countries or set(self.countries) & set(other.countries)
        return self.id != other.id and bool(places) and bool(set(self.features) & set(other.features))


def incidents_of(service: Service, name: str) -> tuple[Told, ...]:
    """Return the incidents of a service, those that last first. While the database is away, only they are known."""
    lasting, causes = service.incidents.running, service.incidents.causes()
    lasts = {incident.id for incident in lasting}
    over = [incident for incident in _lately(service) if incident.id not in lasts and incident.is_over]
    return tuple(
        _told(incident, causes) for incident in (*lasting, *worst_first(over)) if incident.service in ("", name)
    )


def _lately(service: Service) -> list[Incident]:
    try:
        with service.database.begin() as rows:
            return since(rows, service.clock.now() - LATELY)
    except Exception as error:
        if not is_away(error):
            raise
        log.warning("earlier incidents cannot be shown", error=type(error).__name__)
        return []


def _told(incident: Incident, causes: Iterable[Cause]) -> Told:
    scope = incident.scope
    said = (
        [] if incident.is_over else [cause for cause in causes if cause.grade != "ruled_out" and covers(scope, cause)]
    )
    lines = [
        Line(entry.at, entry.state, "" if entry.who == MONITOR else entry.note)
        for entry in incident.timeline
        if entry.public
    ]
    kind: Kind = next((kind for kind in CAUSES if kind == scope.kind), "outage")
    return Told(
        incident.id, kind, scope.grade, tuple(sorted(scope.countries)),
        tuple(feature for feature in FEATURES if feature in scope.features), scope.since, incident.until,
        tuple(lines) or (Line(incident.timeline[0].at, incident.state),), scope.network,
        tuple(fact for cause in said for fact in cause.evidence), tuple(sorted(scope.seen_in)),
    )  # fmt: skip
