"""Incidents follow the causes that the monitor finds: it opens them, widens them, and resolves those that it opened.

What people have opened is theirs: the monitor adds what it finds to it, and resolves nothing of it. What a person has
confirmed stays as confirmed. So the same causes and the same entries of people give the same incidents.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from cartellino.availability.evidence import GRADES, Cause, Evidence
from cartellino.availability.incident import Incident, Scope, State, covers, scope_of
from cartellino.availability.monitor import CellState
from cartellino.availability.situation import MEASURED
from cartellino.vocabulary.times import DAY, HOUR, Duration, Instant

PLACED = frozenset({"outage", "feature_outage", "regional_outage", "network", "restriction", "block", "client",
                    "maintenance"})  # fmt: skip
"""Kinds of cause that say where something fails: these open incidents. The others are said beside them."""

QUIET: Duration = HOUR
"""How long nothing has failed when an incident is resolved."""

BLIND: Duration = DAY
"""How long an incident stays as it was when nothing measures any more what it is about."""


class Opened(NamedTuple):
    """A new incident of a service."""

    service: str
    scope: Scope


class Step(NamedTuple):
    """What becomes of an incident: its state, and another scope if it has one."""

    incident: Incident
    state: State
    note: str = ""
    scope: Scope | None = None


def follow(
    running: Sequence[Incident], causes: Iterable[Cause], at: Instant, who: str, cells: Sequence[CellState] = ()
) -> list[Opened | Step]:
    """Return which incidents are new, and what becomes of those that are not over, by the causes of an instant.

    `who` is the name by which the monitor opened incidents; `cells` say where it works again, and where we are blind.
    """
    said = [one for one in causes if one.grade != "ruled_out"]
    placed = sorted((one for one in said if one.kind in PLACED), key=lambda one: GRADES.index(one.grade))
    found: dict[str, list[Cause]] = {}
    fresh: list[Opened] = []
    for cause in placed:
        same = (one for one in running if one.service in ("", cause.service) and covers(one.scope, cause))
        incident = next(same, None)
        if incident is not None:
            found.setdefault(incident.id, []).append(cause)
        elif not any(one.service == cause.service and covers(one.scope, cause) for one in fresh):
            scope = scope_of(cause)
            fresh.append(Opened(cause.service, replace(scope, beside=_beside(cause.service, scope, said))))
    steps = (_gone_on(one, found.get(one.id, []), said, is_ours=one.opened_by == who) for one in running)
    over = (_quieter(one, at, cells) for one in running if one.id not in found and one.opened_by == who)
    return [*fresh, *(step for some in (*steps, *over) for step in some)]


def _gone_on(incident: Incident, causes: list[Cause], said: Iterable[Cause], *, is_ours: bool) -> Iterator[Step]:
    """Yield what becomes of an incident with the causes that it has now."""
    if not causes:
        return
    scope = _widened(incident, causes, said)
    state: State = "opened" if incident.state == "monitoring" and is_ours else incident.state
    if scope != incident.scope or state != incident.state:
        yield Step(incident, state, scope=scope if scope != incident.scope else None)


def _quieter(incident: Incident, at: Instant, cells: Sequence[CellState]) -> Iterator[Step]:
    """Yield that an incident of the monitor is watched, and an hour later that it is over, once nothing fails any more.

    That nothing is measured any more does not mean that nothing fails: then it stays as it is, for a day.
    """
    mine = [one for one in cells if _is_within(incident, one)]
    blind = bool(incident.scope.sources & MEASURED and mine) and not any(one.level == "none" for one in mine)
    if blind and at - incident.timeline[-1].at < BLIND:
        return
    if incident.state != "monitoring":
        ends = [one.ended for one in mine if one.ended is not None and one.ended > incident.scope.since]
        note = "nothing has measured it for a day" if blind else "nothing fails any more"
        yield Step(incident, "monitoring", note, replace(incident.scope, until=max(ends, default=at)))
    elif at - incident.timeline[-1].at >= QUIET:
        yield Step(incident, "resolved", "nothing has failed for an hour")


def _is_within(incident: Incident, cell: CellState) -> bool:
    """Say whether a cell is of what an incident is about."""
    scope, key = incident.scope, cell.key
    in_place = not scope.countries or key.place in scope.countries
    return incident.service in ("", key.service) and in_place and key.feature in scope.features


def _widened(incident: Incident, causes: list[Cause], said: Iterable[Cause]) -> Scope:
    """Return the scope with what the causes add; its cause is their surest, unless a person has confirmed one."""
    held, first = incident.scope, causes[0]
    scopes = [scope_of(one) for one in causes]
    everywhere = not held.countries or any(not one.countries for one in scopes)
    countries = frozenset() if everywhere else held.countries.union(*(one.countries for one in scopes))
    confirmed = held.grade == "confirmed" and "operator" in held.sources
    return replace(
        held,
        kind=held.kind if confirmed else first.kind,
        grade=held.grade if confirmed else first.grade,
        countries=countries,
        network=held.network if all(one.network == held.network for one in scopes) else None,
        seen_in=held.seen_in.union(*(one.seen_in for one in scopes)),
        features=held.features.union(*(one.features for one in scopes)),
        sources=held.sources.union(*(one.sources for one in scopes)),
        beside=held.beside | _beside(incident.service, held, said),
        since=min(held.since, *(one.since for one in scopes)),
        until=None,
    )


def _beside(service: str, scope: Scope, said: Iterable[Cause]) -> frozenset[str]:
    return frozenset(
        one.kind for one in said if one.kind not in PLACED and one.service in ("", service) and covers(scope, one)
    )


def confirmed(causes: Iterable[Cause], running: Iterable[Incident]) -> tuple[Cause, ...]:
    """Return causes with those confirmed that a person has confirmed for an incident that lasts."""
    signed = [one for one in running if one.scope.grade == "confirmed" and "operator" in one.scope.sources]
    return tuple(_signed(cause, signed) for cause in causes)


def _signed(cause: Cause, incidents: Sequence[Incident]) -> Cause:
    for one in incidents:
        if one.service in ("", cause.service) and one.scope.kind == cause.kind and covers(one.scope, cause):
            signature = Evidence("operator", "confirmed", {"incident": one.id})
            return replace(cause, grade="confirmed", evidence=(*cause.evidence, signature))
    return cause
