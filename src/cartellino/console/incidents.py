"""Incidents: what fails, what was said of it, who was hit by it, and one press that makes that good for all of them."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Annotated, Any, get_args

from litestar import get, post
from litestar.params import QueryParameter
from litestar.response import Redirect

from cartellino.availability.evidence import CAUSES
from cartellino.availability.incident import STATES, State, may_follow
from cartellino.commands import incidents
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.console.door import Answer, Name, guarded, reason_of, shown
from cartellino.queries import incidents as stored
from cartellino.service.shown_incidents import shown as told
from cartellino.vocabulary.refusals import NotFound
from cartellino.vocabulary.times import DAY
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, Form, principal_of, service_of
from cartellino.web.work import do, fetched

LATELY = 30 * DAY
"""How far back incidents are listed that are over."""

NAMED = 200
"""At most so many of those who were hit are listed; all are made good."""

_Rule = Annotated[str, QueryParameter(max_length=256)]


@get("/console/incidents", **guarded("read-availability"))
async def listing(request: Asked) -> Answer:
    """List incidents: those that last, the severest first, and those of the last thirty days."""
    since = service_of(request).clock.now() - LATELY
    lasting, lately = await fetched(request, stored.running), await fetched(request, partial(stored.since, at=since))
    over = [told(one, whole=True) for one in lately if one.is_over]
    return shown(request, "incidents", "Incidents", lasting=[told(one, whole=True) for one in lasting], over=over)


@get("/console/incidents/{incident:str}", **guarded("read-availability"))
async def one_incident(request: Asked, incident: Name, rule: _Rule = "") -> Answer:
    """Show an incident, with the decisions that it would have excused; with a rule, all that the rule decided in it."""
    found = await fetched(request, partial(stored.by_id, incident=incident))
    if found is None:
        raise NotFound(f"there is no incident `{incident}`")
    who = principal_of(request)

    def look(unit: UnitOfWork) -> list[dict[str, Any]]:
        return [row.record for row in incidents.excused(unit, incident, rule)]

    hit = await do(request, look)
    return shown(
        request, "incident", "Incident", incident=told(found, whole=True), hit=hit[:NAMED], many=len(hit), rule=rule,
        by_rule=Counter(one["rule"] for one in hit).most_common(), causes=CAUSES,
        next=[state for state in STATES if may_follow(found.state, state)], may=who.may("incidents"),
        may_undo=who.may("change-policies"),
    )  # fmt: skip


@post("/console/incidents/{incident:str}", **guarded("incidents", "form"))
async def enter(request: Asked, data: Form, incident: Name) -> Answer:
    """Add a line to the timeline: another state, a cause that is confirmed, a note."""
    state, cause = data.get("state", ""), data.get("cause", "")
    if state and state not in get_args(State):
        raise Problem("bad-argument", "there is no such state")
    if cause and cause not in CAUSES:
        raise Problem("bad-argument", "there is no such cause")
    note, public = reason_of(data), data.get("public", "") == "yes"
    chosen: State | None = next((one for one in STATES if one == state), None)
    await do(request, lambda unit: incidents.enter(unit, incident, chosen, note, cause, public=public))
    return Redirect(f"/console/incidents/{incident}", status_code=303)


@post("/console/incidents/{incident:str}/undo", **guarded("change-policies", "form"))
async def undo(request: Asked, data: Form, incident: Name) -> Answer:
    """Lift and correct what the incident would have excused, and tell everybody whom it hit."""
    work = partial(incidents.undo, incident=incident, reason=reason_of(data), rule=data.get("rule", "")[:256])
    await do(request, work)
    return Redirect(f"/console/incidents/{incident}", status_code=303)


PAGES = [listing, one_incident, enter, undo]
