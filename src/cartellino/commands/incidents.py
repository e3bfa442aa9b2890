"""Incidents: outages that are declared and ended, and that excuse decisions made before they were known (law 8)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from cartellino.appeals.hearing import NotNow
from cartellino.commands.projection import act_of
from cartellino.commands.reversal import overturn, stands
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.enforcement.acts import CloseIncident, OpenIncident
from cartellino.enforcement.incidents import Incidents
from cartellino.storage import tables
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.refusals import BadArgument
from cartellino.vocabulary.times import Instant


def begin(unit: UnitOfWork, incident: str, kinds: Collection[str], starts_at: Instant | None, reason: str) -> None:
    """Declare an outage that causes events of some kinds. It may have begun earlier, never later than now."""
    begun = unit.now if starts_at is None else min(starts_at, unit.now)
    unit.act(OpenIncident, reason, incident=incident, kinds=frozenset(kinds), starts_at=begun)
    unit.send("incident.opened", "", "", {"incident": incident, "kinds": sorted(kinds)})


def end(unit: UnitOfWork, incident: str, reason: str) -> None:
    """Declare that an outage is over.

    Raises `BadArgument` when there is none of that name, `NotNow` when it is over already.
    """
    if any(isinstance(act, CloseIncident) for act in _acts(unit, incident)):
        raise NotNow(f"`{incident}` is over already")
    unit.act(CloseIncident, reason, incident=incident, ends_at=unit.now)
    unit.send("incident.closed", "", "", {"incident": incident})


def _acts(unit: UnitOfWork, incident: str) -> list[OpenIncident | CloseIncident]:
    """Return the acts that declared an outage and its end.

    Raises `BadArgument` when there are none.
    """
    acts = tables.acts.c
    of_incidents = acts.kind.in_(("OpenIncident", "CloseIncident"))
    asked = sa.select(tables.acts).where(of_incidents, acts.data["incident"].as_string() == incident)
    declared = [
        act
        for row in unit.read(asked.order_by(acts.number))
        if isinstance(act := act_of(row), OpenIncident | CloseIncident)
    ]
    if not declared:
        raise BadArgument(f"there is no incident `{incident}`")
    return declared


def excused(unit: UnitOfWork, incident: str) -> list[sa.Row[Any]]:
    """Return the decisions that an outage would have excused, had it been known in time, and that still stand.

    Raises `BadArgument` when there is no such outage.
    """
    declared, decisions, live = _acts(unit, incident), tables.decisions.c, unit.live
    alone = Incidents()
    for act in declared:
        alone.note(act)
    begun = min(act.starts_at for act in declared if isinstance(act, OpenIncident))
    since = sa.select(tables.decisions).where(decisions.at >= begun, decisions.mode.in_(("live", "held")))
    return [
        row
        for row in unit.read(since.order_by(decisions.at, decisions.decision_id))
        if (rule := live.rule(row.rule)) is not None and alone.excuse(rule, row.at) and stands(live, row.decision_id)
    ]


def undo(unit: UnitOfWork, incident: str, reason: str, chosen: Collection[str] | None = None) -> list[str]:
    """Reverse the decisions that an outage excuses, all or the chosen ones, with notices; return their ids.

    Raises `BadArgument` when there is no such outage, or when a chosen decision is not excused by it.
    """
    decisions = excused(unit, incident)
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
