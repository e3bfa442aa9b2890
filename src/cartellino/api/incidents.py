"""Routes of incidents: outages are declared, told and closed, and decisions that they caused before can be undone."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.params import JSONBody, QueryParameter

from cartellino.api.accounts import Name
from cartellino.api.decisions import Reason, Why
from cartellino.availability.evidence import CAUSES
from cartellino.availability.features import FEATURES
from cartellino.availability.places import is_country
from cartellino.commands import incidents
from cartellino.commands.incidents import Place
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.events.kinds import KINDS
from cartellino.queries import incidents as stored
from cartellino.service.shown_incidents import shown
from cartellino.vocabulary.refusals import NotFound
from cartellino.vocabulary.times import DAY, show_instant
from cartellino.web.guard import allow
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, moment, number, principal_of, service_of
from cartellino.web.work import do, fetched

_Names = Annotated[list[str], msgspec.Meta(max_length=300)]


class Incident(msgspec.Struct):
    """An outage to declare: which `features` fail, or which `kinds` of event it causes; at least one of the two.

    Empty `countries` means everywhere, an empty `service` all services. `starts_at` is now by default; it may lie in
    the past or, for planned work, in the future.
    """

    reason: Reason
    kinds: _Names = []
    features: _Names = []
    countries: _Names = []
    service: Annotated[str, msgspec.Meta(max_length=128)] = ""
    starts_at: str | None = None


@post("/v1/incidents", opt=allow("incidents", "json"), tags=["incidents"], status_code=201)
async def open_incident(request: Asked, data: JSONBody[Incident]) -> dict[str, Any]:
    """Declare an outage: rules that depend on what it causes impose nothing until it is closed (law 8).

    It excuses nothing before `starts_at`; if it is closed before that, it has no effect. `excused` is the number of
    decisions since `starts_at` that it would have excused; they stay in force until they are undone.
    """
    if not data.kinds and not data.features:
        raise Problem("bad-argument", "say the `features` that fail, or the `kinds` of event that it causes", "/kinds")
    _must_be_known(data.kinds, KINDS, "kind of event", "/kinds")
    _must_be_known(data.features, FEATURES, "feature", "/features")
    if unknown := [code for code in data.countries if not is_country(code)]:
        raise Problem("bad-argument", f"`{unknown[0]}` is no code of ISO 3166-1 alpha-2, such as ID", "/countries")
    starts_at = None if data.starts_at is None else moment(data.starts_at, "/starts_at")
    place = Place(data.service, frozenset(data.countries))

    def begin(unit: UnitOfWork) -> tuple[str, int]:
        return incidents.begin(unit, data.kinds, data.features, starts_at, data.reason, place)

    identity, start = await do(request, begin)
    many = len(await do(request, lambda unit: _excused(unit, identity)))
    return {"incident": identity, "starts_at": show_instant(start), "excused": many}


def _must_be_known(named: list[str], known: Any, what: str, pointer: str) -> None:  # noqa: ANN401 - any container of names
    if unknown := sorted(set(named) - set(known)):
        raise Problem("bad-argument", f"there is no {what} `{unknown[0]}`", pointer)


_Days = Annotated[str, QueryParameter(max_length=16)]


@get("/v1/incidents", opt=allow("read-availability"), tags=["incidents"], summary="Incidents")
async def list_incidents(request: Asked, days: _Days = "30") -> dict[str, Any]:
    """List the incidents that last, the severest first, and those of the last `days`.

    Account holders see the public lines of the timelines, without who wrote them.
    """
    since = service_of(request).clock.now() - number(days, "days", 1, 3_650) * DAY
    lasting, lately = await fetched(request, stored.running), await fetched(request, partial(stored.since, at=since))
    listed = [*lasting, *(row for row in lately if row.is_over)]
    whole = principal_of(request).kind != "holder"
    return {"incidents": [shown(row, whole=whole) for row in listed]}


@get("/v1/incidents/{incident:str}", opt=allow("read-availability"), tags=["incidents"], summary="One incident")
async def one_incident(request: Asked, incident: Name) -> dict[str, Any]:
    """Return an incident with its timeline."""
    row = await fetched(request, partial(stored.by_id, incident=incident))
    if row is None:
        raise NotFound(f"there is no incident `{incident}`")
    return shown(row, whole=principal_of(request).kind != "holder")


class Line(msgspec.Struct):
    """A line of a timeline: another state, a note, or both; `cause` is confirmed by it. A post-mortem has a note."""

    note: Annotated[str, msgspec.Meta(max_length=20_000)] = ""
    state: Literal["opened", "identified", "monitoring", "resolved", "post_mortem"] | None = None
    cause: str = ""
    public: bool = True


@post("/v1/incidents/{incident:str}/entries", opt=allow("incidents", "json"), tags=["incidents"], status_code=201,
      summary="Add to a timeline")  # fmt: skip
async def add_entry(request: Asked, data: JSONBody[Line], incident: Name) -> dict[str, Any]:
    """Add a line to the timeline of an incident; what is not `public` is for operators and programs alone."""
    if data.cause and data.cause not in CAUSES:
        raise Problem("bad-argument", f"`cause` is one of {', '.join(CAUSES)}", "/cause")
    if not data.note and data.state is None and not data.cause:
        raise Problem("bad-argument", "a line has a `note`, a `state` or a `cause`", "/note")
    entered = await do(
        request,
        lambda unit: incidents.enter(unit, incident, data.state, data.note, data.cause, public=data.public),
    )
    return shown(entered, whole=True)


_Rule = Annotated[str, QueryParameter(max_length=256)]


@get("/v1/incidents/{incident:str}/excused", opt=allow("read-decisions"), tags=["incidents"], summary="What it excuses")
async def excused(request: Asked, incident: Name, rule: _Rule = "") -> dict[str, Any]:
    """List the decisions still in force that an outage would have excused, had it been known when they were made.

    With `rule` (such as `spam/bulk`): all decisions of that rule during the outage, for when the rule was at fault.
    """
    return {"decisions": await do(request, lambda unit: _excused(unit, incident, rule))}


def _excused(unit: UnitOfWork, incident: str, rule: str = "") -> list[dict[str, Any]]:
    return [row.record for row in incidents.excused(unit, incident, rule)]


class Undone(msgspec.Struct):
    """Which decisions to reverse, and why: those in `decisions`, or by default all that `excused` lists with the same
    `rule`. The reason is for the ledger and everybody concerned.
    """

    reason: Reason
    decisions: Annotated[list[str], msgspec.Meta(max_length=100_000)] | None = None
    rule: Annotated[str, msgspec.Meta(max_length=256)] = ""


@post("/v1/incidents/{incident:str}/undo", opt=allow("change-policies", "json"), tags=["incidents"], status_code=200)
async def undo(request: Asked, data: JSONBody[Undone], incident: Name) -> dict[str, Any]:
    """Reverse decisions that an outage excuses and that were made before it was known; everybody concerned is told.

    The notices say from when until when the account was wrongly limited. `rule` is as for `excused`.
    """
    work = partial(incidents.undo, incident=incident, reason=data.reason, chosen=data.decisions, rule=data.rule)
    return {"undone": await do(request, work)}


@post("/v1/incidents/{incident:str}/close", opt=allow("incidents", "json"), tags=["incidents"], status_code=200)
async def close_incident(request: Asked, data: JSONBody[Why], incident: Name) -> dict[str, Any]:
    """Close an outage that is over."""
    await do(request, lambda unit: incidents.end(unit, incident, data.reason))
    return {"incident": incident}
