"""Incidents: outages that are declared and ended, and that excuse decisions made before they were known (law 8).

A line of a timeline is a row, and a row of the ledger. Grace is an act: it is given once an incident has a source that
may excuse, anew where the incident grows, and it ends with the incident.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa
from msgspec.structs import replace

from cartellino.appeals.hearing import NotNow
from cartellino.availability import following
from cartellino.availability.evidence import Cause
from cartellino.availability.incident import Incident, Scope, State, move, open_incident
from cartellino.availability.incident import excused as causes_of
from cartellino.availability.monitor import CellState
from cartellino.commands.names import random_id
from cartellino.commands.projection import act_of
from cartellino.commands.reversal import overturn, stands
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.enforcement.acts import CloseIncident, OpenIncident
from cartellino.enforcement.incidents import Incidents
from cartellino.kernel.finding import Context
from cartellino.queries import incidents
from cartellino.storage import tables
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.actors import SERVICE
from cartellino.vocabulary.refusals import BadArgument, NotFound
from cartellino.vocabulary.times import Instant, show_instant

MONITOR = SERVICE
"""Who opens what is measured."""


class Place(NamedTuple):
    """Where an outage is: a service (none: all), countries (none: all), and a network of theirs."""

    service: str = ""
    countries: frozenset[str] = frozenset()
    network: str | None = None


EVERYWHERE = Place()


def begin(
    unit: UnitOfWork, kinds: Collection[str], features: Collection[str], starts_at: Instant | None, reason: str,
    place: Place = EVERYWHERE,
) -> tuple[str, Instant]:  # fmt: skip
    """Declare an outage of features, or one that causes events of some kinds; return its id and its start.

    The start may be past, or ahead where it is planned.
    """
    start = unit.now if starts_at is None else starts_at
    scope = Scope(features=frozenset(features), sources=frozenset({"operator"}), since=start,
                  countries=place.countries, network=place.network)  # fmt: skip
    incident = open_incident(random_id("i"), place.service, scope, unit.by, unit.now, reason)
    _write(unit, incident, reason)
    _excuse(unit, incident, frozenset(kinds) | causes_of(incident), reason)
    return incident.id, start


def end(unit: UnitOfWork, incident: str, reason: str) -> None:
    """Declare that an outage is over.

    Raises `NotFound` when there is none of that name, `NotNow` when it is over already.
    """
    held = unit.ask(partial(incidents.by_id, incident=incident))
    if held is None:  # of before there were timelines
        if any(isinstance(act, CloseIncident) for act in _acts(unit, incident)):
            raise NotNow(f"`{incident}` is over already")
        _end_grace(unit, incident, reason)
        return
    if held.is_over:
        raise NotNow(f"`{incident}` is over already")
    _advance(unit, held, "resolved", reason)


def enter(
    unit: UnitOfWork, incident: str, state: State | None, note: str, cause: str = "", *, public: bool = True
) -> Incident:
    """Add a line to the timeline of an incident: another state, a note, a post-mortem, or a cause that is confirmed.

    Raises `NotFound` when there is none of that name, `NotAllowed` for a state that cannot follow.
    """
    held = unit.ask(partial(incidents.by_id, incident=incident))
    if held is None:
        raise NotFound(f"there is no incident `{incident}`")
    scope = _confirmed(held.scope, cause) if cause else None
    return _advance(unit, held, state or held.state, note, scope, public=public)


def _confirmed(scope: Scope, cause: str) -> Scope:
    return replace(scope, kind=cause, grade="confirmed", sources=scope.sources | {"operator"})


def follow(
    unit: UnitOfWork, causes: Iterable[Cause], at: Instant, cells: Sequence[CellState] = ()
) -> list[Incident]:  # fmt: skip
    """Open, widen and resolve incidents by the causes and cells that the monitor has found; return those that last."""
    running = unit.ask(incidents.running)
    after = {one.id: one for one in running}
    for step in following.follow(running, causes, at, MONITOR, cells):
        held = _open(unit, step) if isinstance(step, following.Opened) else _advance(unit, *step)
        after[held.id] = held
    return [one for one in after.values() if not one.is_over]


def _open(unit: UnitOfWork, fresh: following.Opened) -> Incident:
    held = open_incident(random_id("i"), fresh.service, fresh.scope, unit.by, unit.now)
    _write(unit, held, _measured(held.scope))
    _excuse(unit, held, causes_of(held), _measured(held.scope))
    return held


def _measured(scope: Scope) -> str:
    return f"said by {', '.join(sorted(scope.sources)) or 'nobody'}"


def _advance(
    unit: UnitOfWork, held: Incident, to: State, note: str, scope: Scope | None = None, *, public: bool = True
) -> Incident:
    """Write the next line of an incident, and let its grace begin, grow and end with it."""
    moved = move(held, to, unit.by, max(unit.now, held.timeline[-1].at), note, scope, public=public)
    _write(unit, moved, note)
    if moved.is_over:
        if not held.is_over and _opened(unit, held.id):
            _end_grace(unit, held.id, note)
        elif not held.is_over:
            unit.send("incident.closed", "", "", {"incident": held.id})
        return moved
    if held.is_over or _grace(moved) != _grace(held):
        given = (act.kinds for act in _acts_of(unit, held.id) if isinstance(act, OpenIncident))
        _excuse(unit, moved, causes_of(moved).union(*given), note or _measured(moved.scope))
    return moved


def _grace(incident: Incident) -> tuple[object, ...]:
    scope = incident.scope
    return causes_of(incident), scope.countries, scope.network, scope.since


def _write(unit: UnitOfWork, incident: Incident, why: str) -> None:
    """Write the latest line of a timeline."""
    entry = incident.timeline[-1]
    unit.insert(
        tables.incident_entries,
        {
            "incident_id": incident.id,
            "service": incident.service,
            "at": entry.at,
            "state": entry.state,
            "by": entry.who,
            "note": entry.note,
            "scope": None if entry.scope is None else entry.scope.stored(),
            "public": entry.public,
        },
    )
    unit.record(f"incident {entry.state.replace('_', ' ')}", incident.id, why)
    unit.send("incident.changed", "", "", {"incident": incident.id, "state": entry.state, **incident.scope.record()})


def _excuse(unit: UnitOfWork, incident: Incident, kinds: frozenset[str], why: str) -> None:
    """Let an incident excuse the kinds that it causes from its beginning on, where it is; without any, nothing."""
    if not kinds:
        return
    scope = incident.scope
    unit.act(OpenIncident, why, incident=incident.id, kinds=kinds, starts_at=scope.since, service=incident.service,
             countries=scope.countries, network=scope.network or "", holds=True)  # fmt: skip
    about = {"incident": incident.id, "kinds": sorted(kinds), "starts_at": show_instant(scope.since)}
    unit.send("incident.opened", "", "", about)


def _end_grace(unit: UnitOfWork, incident: str, reason: str) -> None:
    unit.act(CloseIncident, reason, incident=incident, ends_at=unit.now)
    unit.send("incident.closed", "", "", {"incident": incident})


def _opened(unit: UnitOfWork, incident: str) -> bool:
    return any(isinstance(act, OpenIncident) for act in _acts_of(unit, incident))


def _acts_of(unit: UnitOfWork, incident: str) -> list[OpenIncident | CloseIncident]:
    acts = tables.acts.c
    of_incidents = acts.kind.in_(("OpenIncident", "CloseIncident"))
    asked = sa.select(tables.acts).where(of_incidents, acts.data["incident"].as_string() == incident)
    return [
        act
        for row in unit.read(asked.order_by(acts.number))
        if isinstance(act := act_of(row), OpenIncident | CloseIncident)
    ]


def _acts(unit: UnitOfWork, incident: str) -> list[OpenIncident | CloseIncident]:
    """Return the acts that declared an outage and its end.

    Raises `NotFound` when there are none.
    """
    declared = _acts_of(unit, incident)
    if not declared and unit.ask(partial(incidents.by_id, incident=incident)) is None:
        raise NotFound(f"there is no incident `{incident}`")
    return declared


def excused(unit: UnitOfWork, incident: str, rule: str = "") -> list[sa.Row[Any]]:
    """Return the decisions that still stand and that an outage would have excused, had it been known in time.

    With a rule, return all decisions of that rule while it lasted and where it was: where the fault was ours, it is
    the rule that was wrong. Raises `NotFound` when there is no such outage.
    """
    acts, live = _acts(unit, incident), unit.live
    held = unit.ask(partial(incidents.by_id, incident=incident))
    alone = Incidents()
    for act in acts:
        alone.note(act)
    begun = [act.starts_at for act in acts if isinstance(act, OpenIncident)]
    if held is not None:
        begun.append(held.scope.since)
    decisions = tables.decisions.c
    since = sa.select(tables.decisions).where(decisions.at >= min(begun), decisions.mode.in_(("live", "held")))

    def is_meant(row: sa.Row[Any]) -> bool:
        if rule and held is not None:
            return bool(row.rule == rule) and _is_within(held, row)
        known = live.rule(row.rule)
        return known is not None and alone.excuse(known, row.at, row.service, Context(region=row.region))

    found = unit.read(since.order_by(decisions.at, decisions.decision_id))
    return [row for row in found if is_meant(row) and stands(live, row.decision_id)]


def _is_within(incident: Incident, row: sa.Row[Any]) -> bool:
    """Say whether a decision was made while an incident lasted, where it was."""
    countries, until = incident.scope.countries, incident.until
    in_place = not countries or row.region is None or row.region in countries
    return incident.service in ("", row.service) and in_place and (until is None or row.at < until)


def undo(
    unit: UnitOfWork, incident: str, reason: str, chosen: Collection[str] | None = None, rule: str = ""
) -> list[str]:
    """Reverse the decisions that `excused` returns, all or the chosen ones, with notices; return their ids.

    Raises `NotFound` when there is no such outage, `BadArgument` when a chosen decision is not among them.
    """
    decisions = excused(unit, incident, rule)
    if chosen is not None:
        unknown = sorted(set(chosen) - {row.decision_id for row in decisions})
        if unknown:
            raise BadArgument(f"`{unknown[0]}` is no decision that `{incident}` excuses and that stands")
        decisions = [row for row in decisions if row.decision_id in chosen]
    for theirs in _by_person(decisions):
        overturn(unit, theirs, reason)
    unit.record("excused", incident, reason)
    return [row.decision_id for row in decisions]


def _by_person(decisions: Iterable[sa.Row[Any]]) -> list[list[sa.Row[Any]]]:
    def person(row: sa.Row[Any]) -> AccountRef:
        return AccountRef(row.service, row.account)

    return [list(theirs) for _, theirs in groupby(sorted(decisions, key=person), person)]
