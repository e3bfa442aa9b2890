"""An incident: its states, what it is about, how severe it is, and what it excuses (law 8).

    opened → identified → monitoring → resolved → post_mortem

It may go back to where it was not yet understood. Grace takes telemetry, probes or an operator; reports alone open an
incident that excuses nothing. And an incident excuses only what it brings about (failures, retries, reconnects), in
the places and of the features that fail: what else is done meanwhile is counted as ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from cartellino.availability.evidence import Cause, Grade
from cartellino.availability.features import caused_by
from cartellino.availability.places import COUNTRIES, WORLD
from cartellino.availability.situation import MEASURED, NEWCOMERS
from cartellino.vocabulary.refusals import Refusal
from cartellino.vocabulary.times import Instant, show_instant

State = Literal["opened", "identified", "monitoring", "resolved", "post_mortem"]
STATES: tuple[State, ...] = ("opened", "identified", "monitoring", "resolved", "post_mortem")

_NEXT: dict[State, frozenset[State]] = {
    "opened": frozenset({"identified", "monitoring", "resolved"}),
    "identified": frozenset({"opened", "monitoring", "resolved"}),
    "monitoring": frozenset({"opened", "identified", "resolved"}),
    "resolved": frozenset({"opened", "post_mortem"}),
    "post_mortem": frozenset(),
}
_OVER: frozenset[State] = frozenset({"resolved", "post_mortem"})


def may_follow(state: State, to: State) -> bool:
    """Say whether an incident may go from a state to another.

    >>> may_follow("resolved", "post_mortem"), may_follow("post_mortem", "opened")
    (True, False)
    """
    return to in _NEXT[state]


GRACE = MEASURED | {"operator"}
"""Sources that may excuse behaviour; people who report are none of them."""


class NotAllowed(Refusal):
    """An incident does not go from where it is to where it was sent."""

    code = "not-now"


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What an incident is about: why, how sure that is, where, of which features, by which sources, since when."""

    kind: str = ""
    """The kind of its cause; empty where nobody has said."""
    grade: Grade = "possible"
    countries: frozenset[str] = frozenset()
    """Countries in which it holds; none named is the world."""
    network: str | None = None
    """The one network in which it holds, if it does in one only."""
    features: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    seen_in: frozenset[str] = frozenset()
    """Countries in which it was seen to fail, also where it holds in the world."""
    beside: frozenset[str] = frozenset()
    """Kinds of causes that are said beside it, such as `change`."""
    since: Instant
    until: Instant | None = None
    """When it ceased to fail, where that is measured; it is resolved later, when that has been sure for a while."""

    def stored(self) -> dict[str, Any]:
        """Return the scope as it is stored; sets are in the order of their names."""
        held: dict[str, Any] = msgspec.to_builtins(self, order="deterministic")
        return held

    def record(self) -> dict[str, Any]:
        """Return the scope in the form of the interface."""
        until = None if self.until is None else show_instant(self.until)
        return {**self.stored(), "since": show_instant(self.since), "until": until}


class Entry(msgspec.Struct, frozen=True):
    """A line of the timeline: who set which state when, and what they wrote; `scope` is what it is about from here on,
    if that changed, and only a public line is for everybody.
    """

    at: Instant
    state: State
    who: str
    note: str = ""
    scope: Scope | None = None
    public: bool = True


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """An incident of one service, with its timeline, whose first line has a scope."""

    id: str
    service: str
    timeline: tuple[Entry, ...]

    @property
    def state(self) -> State:
        """Where it is."""
        return self.timeline[-1].state

    @property
    def is_over(self) -> bool:
        """Whether it was resolved."""
        return self.state in _OVER

    @property
    def scope(self) -> Scope:
        """What it is about by now."""
        return next(one.scope for one in reversed(self.timeline) if one.scope is not None)

    @property
    def until(self) -> Instant | None:
        """When it ceased to fail, or else was resolved; nothing while it lasts."""
        if not self.is_over:
            return None
        until: Instant | None = None
        for entry in self.timeline:
            if entry.scope is not None:
                until = entry.scope.until
            if entry.state in ("opened", "identified"):
                until = None
        return until if until is not None else self.resolved

    @property
    def resolved(self) -> Instant | None:
        """When it was said to be over."""
        return next((one.at for one in reversed(self.timeline) if one.state == "resolved"), None)

    @property
    def opened_by(self) -> str:
        """Who opened it."""
        return self.timeline[0].who


def scope_of(cause: Cause, sources: Iterable[str] = ()) -> Scope:
    """Return what an incident is about that a cause opens.

    Telemetry of newcomers alone is none of its sources: anybody can make sixty accounts fail.
    """
    country, _, network = cause.place.partition("/")
    doubtful = {one.source for one in cause.evidence if one.code == NEWCOMERS}
    seen = (one.values.get("countries", ()) for one in cause.evidence if one.code == "failing")
    return Scope(
        seen_in=frozenset(code for some in seen for code in some), kind=cause.kind,
        grade=cause.grade, network=network or None, features=frozenset(cause.features),
        countries=frozenset() if country == WORLD else frozenset(country.split(",")), since=cause.since,
        sources=frozenset(one.source for one in cause.evidence if one.code == "failing") - doubtful
        | frozenset(sources),
    )  # fmt: skip


def open_incident(identity: str, service: str, scope: Scope, who: str, at: Instant, note: str = "") -> Incident:
    """Return a new incident."""
    return Incident(id=identity, service=service, timeline=(Entry(at, "opened", who, note, scope),))


def move(
    incident: Incident, to: State, who: str, at: Instant, note: str = "", scope: Scope | None = None, *,
    public: bool = True,
) -> Incident:  # fmt: skip
    """Return the incident in its next state, or in the same with a note or another scope.

    Raises `NotAllowed` for a state that cannot follow, an entry before the last one, a post-mortem without a text, or
    an entry that says nothing.
    """
    last = incident.timeline[-1]
    if to != last.state and to not in _NEXT[last.state]:
        raise NotAllowed(f"an incident that is {last.state} does not become {to}")
    if at < last.at:
        raise NotAllowed("an entry of the timeline is not before the one above it")
    if to == "post_mortem" and not note:
        raise NotAllowed("a post-mortem has a text")
    if to == last.state and not note and scope is None:
        raise NotAllowed(f"the incident is {to} already")
    return msgspec.structs.replace(incident, timeline=(*incident.timeline, Entry(at, to, who, note, scope, public)))


def severity(incident: Incident) -> float:
    """Return how severe it is, to rank by: the share of the world's countries times the independent sources.

    As IODA multiplies what its sources say; an incident that only people report weighs one.
    """
    scope = incident.scope
    area = (len(scope.countries) or len(COUNTRIES)) / len(COUNTRIES)
    return area * max(len(scope.sources & {"reports", *GRACE}), 1)


def excused(incident: Incident) -> frozenset[str]:
    """Return the kinds of event that it excuses: none where only people have reported it."""
    if not incident.scope.sources & GRACE:
        return frozenset()
    return frozenset(kind for feature in incident.scope.features for kind in caused_by(feature))


def worst_first(incidents: Iterable[Incident]) -> list[Incident]:
    """Return incidents as a page lists them: those that last first, then by severity, then the latest."""
    return sorted(incidents, key=lambda one: (one.until is not None, -severity(one), -one.scope.since, one.id))


def covers(scope: Scope, cause: Cause) -> bool:
    """Say whether a cause is about what an incident is about: a place and a feature in common, and no other network."""
    other = scope_of(cause)
    return (
        bool(scope.features & other.features)
        and (not scope.countries or not other.countries or bool(scope.countries & other.countries))
        and (scope.network is None or other.network is None or scope.network == other.network)
    )
