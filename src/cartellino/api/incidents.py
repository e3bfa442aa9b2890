"""Routes of incidents: outages are declared and closed, and decisions that they caused before can be undone."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from cartellino.api.accounts import Name
from cartellino.api.decisions import Reason, Why
from cartellino.commands import incidents
from cartellino.commands.names import name
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.events.kinds import KINDS
from cartellino.web.guard import allow
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, moment
from cartellino.web.work import do


class Incident(msgspec.Struct):
    """An outage: the kinds of event that it causes, and when it began (default: now)."""

    kinds: Annotated[list[str], msgspec.Meta(min_length=1)]
    reason: Reason
    starts_at: str | None = None


@post("/v1/incidents", opt=allow("incidents", "json"), tags=["incidents"], status_code=201)
async def open_incident(request: Asked, data: JSONBody[Incident]) -> dict[str, Any]:
    """Declare an outage: rules that depend on its kinds of event impose nothing until it is closed (law 8).

    `excused` is how many decisions since `starts_at` it would have excused; they stay in force until they are undone.
    """
    unknown = sorted(set(data.kinds) - set(KINDS))
    if unknown:
        raise Problem("bad-argument", f"there is no kind of event `{unknown[0]}`", "/kinds")
    identity = name("i")
    starts_at = None if data.starts_at is None else moment(data.starts_at, "/starts_at")

    await do(request, lambda unit: incidents.begin(unit, identity, data.kinds, starts_at, data.reason))
    return {"incident": identity, "excused": len(await do(request, lambda unit: _excused(unit, identity)))}


@get("/v1/incidents/{incident:str}/excused", opt=allow("read-decisions"), tags=["incidents"], summary="What it excuses")
async def excused(request: Asked, incident: Name) -> dict[str, Any]:
    """List the decisions still in force that an outage would have excused, had it been known when they were made."""
    return {"decisions": await do(request, lambda unit: _excused(unit, incident))}


def _excused(unit: UnitOfWork, incident: str) -> list[dict[str, Any]]:
    return [row.record for row in incidents.excused(unit, incident)]


class Undone(msgspec.Struct):
    """A reason, for the ledger and everybody concerned, and which of `excused` are meant; by default all of them."""

    reason: Reason
    decisions: Annotated[list[str], msgspec.Meta(max_length=100_000)] | None = None


@post("/v1/incidents/{incident:str}/undo", opt=allow("change-policies", "json"), tags=["incidents"], status_code=200)
async def undo(request: Asked, data: JSONBody[Undone], incident: Name) -> dict[str, Any]:
    """Reverse decisions that an outage excuses and that were made before it was known; everybody concerned is told."""
    return {"undone": await do(request, lambda unit: incidents.undo(unit, incident, data.reason, data.decisions))}


@post("/v1/incidents/{incident:str}/close", opt=allow("incidents", "json"), tags=["incidents"], status_code=200)
async def close_incident(request: Asked, data: JSONBody[Why], incident: Name) -> dict[str, Any]:
    """Close an outage that is over."""
    await do(request, lambda unit: incidents.end(unit, incident, data.reason))
    return {"incident": incident}
