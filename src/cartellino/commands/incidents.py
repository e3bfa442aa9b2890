"""Outages: declared, ended, and what they excuse that was decided before anybody knew of them (law 8)."""

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
    """Declare an outage that causes some kinds of event; it may have begun before."""
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
    """Return what was declared of an outage. Raises `BadArgument` when nothing was."""
    acts = tables.acts.c
    of_incidents = acts.kind.in_(("OpenIncident", "CloseIncident"))
    mine = sa.select(tables.acts).where(of_incidents, acts.data["incident"].as_string() == incident)
    found = [
        act
        for row in unit.read(mine.order_by(acts.number))
        if isinstance(act := act_of(row), OpenIncident | CloseIncident)
    ]
    if not found:
        raise BadArgument(f"there is no incident `{incident}`")
    return found


def excused(unit: UnitOfWork, incident: str) -> list[sa.Row[Any]]:
    """Return the decisions that an outage would have excused, had it been known, and that still stand.

    Raises `BadArgument` when there is no such outage.
    """
    declared, decided, live = _acts(unit, incident), tables.decisions.c, unit.live
    alone = Incidents()
    for act in declared:
        alone.note(act)
    begun = min(act.starts_at for act in declared if isinstance(act, OpenIncident))
    since = sa.select(tables.decisions).where(decided.at >= begun, decided.mode.in_(("live", "held")))
    return [
        row
        for row in unit.read(since.order_by(decided.at, decided.decision_id))
        if (rule := live.rule(row.rule)) is not None and alone.excuse(rule, row.at) and stands(live, row.decision_id)
    ]


def undo(unit: UnitOfWork, incident: str, reason: str, chosen: Collection[str] | None = None) -> list[str]:
    """Take back what an outage excuses, all of it or what is chosen, and tell everybody; return the decisions.

    Raises `BadArgument` when there is no such outage, or one is chosen that it does not excuse.
    """
    found = excused(unit, incident)
    if chosen is not None:
        unknown = sorted(set(chosen) - {row.decision_id for row in found})
        if unknown:
            raise BadArgument(f"`{unknown[0]}` is no decision that `{incident}` excuses and that stands")
        found = [row for row in found if row.decision_id in chosen]
    for theirs in _by_person(found):
        overturn(unit, theirs, reason)
    unit.record("excused", incident, reason)
    return [row.decision_id for row in found]


def _by_person(found: Iterable[sa.Row[Any]]) -> list[list[sa.Row[Any]]]:
    def person(row: sa.Row[Any]) -> AccountRef:
        return AccountRef(row.service, row.account)

    return [list(theirs) for _, theirs in groupby(sorted(found, key=person), person)]
