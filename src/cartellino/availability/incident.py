"""An incident: its states, how severe it is, and what it excuses (law 8).

    opened → identified → monitoring → resolved → post_mortem

It may go back to where it was not yet understood. Grace takes telemetry, probes or an operator; reports alone open an
incident that excuses nothing. And an incident excuses only what it brings about (failures, retries, reconnects), in
the places and of the features that fail: what else is done meanwhile is counted as ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from cartellino.availability.evidence import Cause
from cartellino.availability.features import caused_by
from cartellino.availability.places import COUNTRIES, WORLD
from cartellino.availability.situation import MEASURED
from cartellino.vocabulary.refusals import Refusal
from cartellino.vocabulary.times import Instant

State = Literal["opened", "identified", "monitoring", "resolved", "post_mortem"]

_NEXT: dict[State, frozenset[State]] = {
    "opened": frozenset({"identified", "monitoring", "resolved"}),
    "identified": frozenset({"opened", "monitoring", "resolved"}),
    "monitoring": frozenset({"opened", "identified", "resolved"}),
    "resolved": frozenset({"opened", "post_mortem"}),
    "post_mortem": frozenset(),
}

GRACE = MEASURED | {"operator"}
"""Sources that may excuse behaviour; people who report are none of them."""


class Entry(msgspec.Struct, frozen=True):
    """A line of the timeline: who set which state when, and what they wrote."""

    at: Instant
    state: State
    who: str
    note: str = ""


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """An incident of one service, with its timeline."""

    id: str
    service: str
    countries: frozenset[str]
    """Countries in which it holds; none named is the world."""
    network: str | None = None
    """The one network in which it holds, if it does in one only."""
    features: frozenset[str]
    sources: frozenset[str]
    since: Instant
    timeline: tuple[Entry, ...]

    @property
    def state(self) -> State:
        """Where it is."""
        return self.timeline[-1].state

    @property
    def until(self) -> Instant | None:
        """When it was resolved; nothing while it lasts."""
        if self.state not in ("resolved", "post_mortem"):
            return None
        return next(one.at for one in reversed(self.timeline) if one.state == "resolved")


class NotAllowed(Refusal):
    """An incident does not go from where it is to where it was sent."""

    code = "not-allowed"


def open_incident(id: str, service: str, cause: Cause, who: str, at: Instant) -> Incident:  # noqa: A002 - its column
    """Return the incident that a cause opens."""
    country, _, network = cause.place.partition("/")
    countries = frozenset() if country == WORLD else frozenset(country.split(","))
    sources = frozenset(one.source for one in cause.evidence if one.code == "failing")
    if who not in ("", "system"):
        sources |= {"operator"}
    return Incident(id=id, service=service, countries=countries, network=network or None,
                    features=frozenset(cause.features), sources=sources, since=cause.since,
                    timeline=(Entry(at, "opened", who),))  # fmt: skip


def move(incident: Incident, to: State, who: str, at: Instant, note: str = "") -> Incident:
    """Return the incident in its next state, or in the same with a note.

    Raises `NotAllowed` for a state that cannot follow, an entry before the last one, or a post-mortem without a text.
    """
    last = incident.timeline[-1]
    if to != last.state and to not in _NEXT[last.state]:
        raise NotAllowed(f"an incident that is {last.state} does not become {to}")
    if at < last.at:
        raise NotAllowed("an entry of the timeline is not before the one above it")
    if to == "post_mortem" and not note:
        raise NotAllowed("a post-mortem has a text")
    return msgspec.structs.replace(incident, timeline=(*incident.timeline, Entry(at, to, who, note)))


def severity(incident: Incident) -> float:
    """Return how severe it is, to rank by: the share of the world's countries times the independent sources.

    As IODA multiplies what its sources say; an incident that only people report weighs one.
    """
    area = (len(incident.countries) or len(COUNTRIES)) / len(COUNTRIES)
    return area * max(len(incident.sources & {"reports", *GRACE}), 1)


def excused(incident: Incident) -> frozenset[str]:
    """Return the kinds of event that it excuses: none where only people have reported it."""
    if not incident.sources & GRACE:
        return frozenset()
    return frozenset(kind for feature in incident.features for kind in caused_by(feature))


def excuses(incident: Incident, kind: str, country: str | None, at: Instant, network: str | None = None) -> bool:
    """Say whether an event of a kind, in a country and network, at an instant is excused."""
    in_place = (not incident.countries or country in incident.countries) and incident.network in (None, network)
    in_time = incident.since <= at and (incident.until is None or at < incident.until)
    return in_place and in_time and kind in excused(incident)


def worst_first(incidents: Iterable[Incident]) -> list[Incident]:
    """Return incidents as a page lists them: those that last first, then by severity, then the latest."""
    return sorted(incidents, key=lambda one: (one.until is not None, -severity(one), -one.since, one.id))
