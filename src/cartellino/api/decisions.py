"""Routes of decisions with their evidence, changes of sanctions, held decisions, and the stream of all changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from time import monotonic
from typing import Annotated, Any

import anyio.to_thread
import msgspec
from litestar import get, post
from litestar.params import JSONBody
from litestar.response import ServerSentEvent, ServerSentEventMessage

from cartellino.api.accounts import Name
from cartellino.api.asking import together
from cartellino.commands import held_decisions as holding
from cartellino.commands import sanctions
from cartellino.commands.cases import take_back
from cartellino.commands.reversal import alike
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.commands.webhooks import CODE, body_of
from cartellino.queries import cases, notices, outbox
from cartellino.queries.decisions import by_id, in_order, sanctions_of
from cartellino.service.service import Service
from cartellino.web.guard import allow, still_may
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, cursor_of, limit_of, moment, principal_of, service_of
from cartellino.web.work import do

STILL = 5.0
"""Seconds after which a stream checks again whether its client is still authorised."""

Reason = Annotated[str, msgspec.Meta(min_length=3, max_length=4_000)]
Also = Annotated[list[Annotated[str, msgspec.Meta(max_length=128)]], msgspec.Meta(max_length=100)]
"""Ids of decisions that are reversed together with another."""


@get(
    "/v1/decisions",
    opt=allow("read-decisions"),
    tags=["decisions"],
    sync_to_thread=True,
    summary="Decisions",
)
def decisions(request: Asked) -> dict[str, Any]:
    """List decisions in the order of the log; `?account=`, `service`, `rule`, `mode`, `after`, `limit`."""
    params, limit, after = request.query_params, limit_of(request), cursor_of(request)
    having = {name: params[name] for name in ("account", "service", "rule", "mode", "kind") if name in params}
    with service_of(request).database.begin() as rows:
        page = in_order(rows, after, having, limit)
    whole = together(page, limit, "sequence")  # an event's decisions stay together
    following = whole[-1].sequence if len(page) == limit else None
    return {"decisions": [row.record for row in whole], "next": following}


@get(
    "/v1/decisions/{decision:str}",
    opt=allow("read-decisions"),
    tags=["decisions"],
    sync_to_thread=True,
    summary="One",
)
def decision(request: Asked, decision: Name) -> dict[str, Any]:
    """Return a decision with its evidence and wording as recorded, and its sanctions, cases and notices.

    `alike` are other decisions in force about the person, by the same rule and cause, which a reversal may include.
    """
    service = service_of(request)
    register = service.live.standings
    with service.database.begin() as rows:
        row = by_id(rows, decision)
        if row is None:
            raise Problem("not-found", f"there is no decision `{decision}`")
        sanctions, sent = sanctions_of(rows, decision), notices.of_decision(rows, decision)
        about = cases.of_decision(rows, decision)
    return {
        **row.record,
        "sanction_id": row.sanction_id,
        "rule_version": row.rule_version,
        "sanctions": [dict(sanction._mapping) for sanction in sanctions],
        "cases": [case.case_id for case in about],
        "alike": [other.record() for other in alike(register, decision, service.clock.now())],
        "notices": [
            {
                name: getattr(notice, name)
                for name in ("notice_id", "shape", "due_at", "announced", "delivered_at", "seen_at")
            }
            for notice in sent
        ],
    }


_NOTICE = ("notice_id", "shape", "due_at", "announced", "delivered_at", "seen_at")


class TakenBack(msgspec.Struct):
    """A reason, for the ledger and the person, and which of `alike` are reversed as well."""

    reason: Reason
    also: Also = []


@post(
    "/v1/decisions/{decision:str}/overturn",
    opt=allow("decide-appeals", "json"),
    tags=["decisions"],
    status_code=200,
    summary="Take it back",
)
async def overturn(request: Asked, data: JSONBody[TakenBack], decision: Name) -> dict[str, Any]:
    """Reverse a decision and all its consequences without an appeal, because a reviewer found it wrong."""
    role = principal_of(request).role
    return await do(request, lambda unit: take_back(unit, decision, role, data.reason, data.also))


class Why(msgspec.Struct):
    """A reason, for the ledger and the person."""

    reason: Reason


@post(
    "/v1/sanctions/{sanction:str}/lift",
    opt=allow("change-sanctions", "json"),
    tags=["sanctions"],
    status_code=200,
)
async def lift(request: Asked, data: JSONBody[Why], sanction: Name) -> dict[str, Any]:
    """End a sanction now; its strike stays. A sanction that is over already is refused (409) without a notice."""

    def work(unit: UnitOfWork) -> dict[str, Any]:
        return {"sanction_id": sanction, "standing": sanctions.lift(unit, sanction, data.reason)}

    return await do(request, work)


class Sooner(msgspec.Struct):
    """An earlier end, and a reason."""

    ends_at: str
    reason: Reason


@post(
    "/v1/sanctions/{sanction:str}/shorten",
    opt=allow("change-sanctions", "json"),
    tags=["sanctions"],
    status_code=200,
)
async def shorten(request: Asked, data: JSONBody[Sooner], sanction: Name) -> dict[str, Any]:
    """Let a sanction end earlier, never later. A sanction that is over already is refused (409) without a notice."""
    ends_at = moment(data.ends_at, "/ends_at")

    await do(request, lambda unit: sanctions.shorten(unit, sanction, ends_at, data.reason))
    return {"sanction_id": sanction, "ends_at": data.ends_at}


@get("/v1/held", opt=allow("read-held"), tags=["decisions"], summary="What brakes hold")
async def held(request: Asked) -> dict[str, Any]:
    """List the decisions that brakes hold, and the rules whose brake has tripped."""

    def work(unit: UnitOfWork) -> dict[str, Any]:
        waiting = [decision.record() for decision in unit.live.held]
        return {"held": waiting, "tripped": unit.live.tripped}

    return await do(request, work)


class OfRule(msgspec.Struct):
    """A rule, `policy/rule`, and a reason."""

    rule: str
    reason: Reason


@post("/v1/held/release", opt=allow("release-held", "json"), tags=["decisions"], status_code=200)
async def release(request: Asked, data: JSONBody[OfRule]) -> dict[str, Any]:
    """Carry out all held decisions of a rule; each is decided anew at the present time."""
    return {"released": await do(request, lambda unit: holding.release(unit, data.rule, data.reason))}


@post("/v1/held/discard", opt=allow("release-held", "json"), tags=["decisions"], status_code=200)
async def discard(request: Asked, data: JSONBody[OfRule]) -> dict[str, Any]:
    """Discard all held decisions of a rule, and end their short limits."""
    return {"discarded": await do(request, lambda unit: holding.discard(unit, data.rule, data.reason))}


@get("/v1/stream", opt=allow("stream"), tags=["stream"], summary="Every change, as it happens")
async def stream(request: Asked) -> ServerSentEvent:
    """Stream all changes as server-sent events, after `Last-Event-ID` or `?after=`.

    If that is not the number of a change (garbage, or ahead of the last one), the stream sends `reset` and goes on with
    the next change. Changes may have been missed then, so clients that keep a copy should read it anew.
    """
    service, params = service_of(request), request.query_params
    cursor = request.headers.get("last-event-id", "").strip() or (str(cursor_of(request)) if "after" in params else "")
    return ServerSentEvent(_changes(service, cursor, lambda: still_may(request)))


async def _changes(
    service: Service, cursor: str, may: Callable[[], Awaitable[bool]]
) -> AsyncIterator[ServerSentEventMessage]:
    """Yield changes after a cursor, or after the last change if it is empty, for as long as `may` returns true."""
    last = await anyio.to_thread.run_sync(_last, service)
    is_number = cursor.isascii() and cursor.isdigit() and len(cursor) <= 18
    after = int(cursor) if is_number and int(cursor) <= last else last
    if cursor and (not is_number or int(cursor) > last):
        reset = msgspec.json.encode({"asked": cursor[:100], "last": last}).decode()
        yield ServerSentEventMessage(data=reset, event="reset", id=str(last))
    quiet, asked_at = 0, monotonic()
    while not service.stopping:
        if monotonic() - asked_at > STILL:
            if not await may():
                return  # the key, token or session was ended
            asked_at = monotonic()
        changes = await anyio.to_thread.run_sync(_since, service, after)
        for row in changes:
            after = row.number
            said = body_of(row.kind, row.at, row.service, row.account, row.data).decode()
            yield ServerSentEventMessage(data=said, event=row.kind, id=str(row.number))
        quiet = 0 if changes else quiet + 1
        if quiet % 60 == 59:
            yield ServerSentEventMessage(comment="still here")
        await asyncio.sleep(0 if changes else 0.25)


def _last(service: Service) -> int:
    with service.database.begin() as rows:
        return outbox.last_number(rows)


def _since(service: Service, after: int) -> Sequence[outbox.Row]:
    # Rows of earlier versions can be of the kind `code`; now codes are never here.
    with service.database.begin() as rows:
        return outbox.after(rows, after, but=(CODE,))
