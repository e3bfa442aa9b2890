"""Routes about an account: its standing, its notices, linked accounts, and the check of a would-be event."""

from __future__ import annotations

from typing import Annotated, Any

import anyio.to_thread
import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody, PathParameter, QueryParameter

from cartellino.api.asking import must_own
from cartellino.api.naming import Named, by_path, of_account
from cartellino.commands import links, would_be_events
from cartellino.commands.notices import record_receipt
from cartellino.events.event import Event
from cartellino.events.validation import validate
from cartellino.notices.codes import read_code
from cartellino.queries.appealable import reviews
from cartellino.queries.notices import Row, by_code, by_id
from cartellino.queries.standing import etag, standing_of
from cartellino.queries.views import notice_shown, notices_of
from cartellino.service.service import Service
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.languages import chosen
from cartellino.vocabulary.times import show_instant
from cartellino.web.allowances import allowance
from cartellino.web.guard import allow
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, language_of, principal_of, service_of, zone_of
from cartellino.web.work import do

Name = Annotated[str, PathParameter(min_length=1, max_length=128)]
ServiceName = Annotated[str, QueryParameter(name="service", min_length=1, max_length=128)]


@get(of_account("standing"), opt=allow("read-standing"), tags=["accounts"], summary="Standing", operation_id=by_path)
async def standing(request: Asked, account: Named, service_name: ServiceName = "main") -> Response[bytes]:
    """Return what an account may do now, why, until when, what a further strike would bring, and its new chats left."""
    must_own(request, service_name, account)
    service = service_of(request)
    live, now = service.live, service.clock.now()
    answer = standing_of(live, service_name, account, language_of(request), now)
    left = await allowance(request, service_name, account)
    answer |= {} if left is None else {"allowance": left}
    tag = etag(answer)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept-Language, Authorization"}
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if known & {tag, "*"}:
        return Response(b"", status_code=304, headers=headers)
    return Response(msgspec.json.encode(answer), media_type="application/json", headers=headers)


@get(
    of_account("notices"), opt=allow("read-notices"), tags=["accounts"], summary="Notices of an account",
    operation_id=by_path,
)  # fmt: skip
async def notices(request: Asked, account: Named, service_name: ServiceName = "main") -> dict[str, Any]:
    """List the notices of an account that are due, the latest first, in the requested language."""
    must_own(request, service_name, account)
    service = service_of(request)

    def work() -> list[dict[str, Any]]:
        with service.database.begin() as rows:
            due = notices_of(rows, service_name, account, service.clock.now())
        return _shown(request, service, due)

    return {"notices": await anyio.to_thread.run_sync(work)}


@get(
    "/v1/notices/{notice:str}",
    opt=allow("read-notices"),
    tags=["accounts"],
    sync_to_thread=True,
    summary="A notice",
)
def notice(request: Asked, notice: Name) -> dict[str, Any]:
    """Return a notice in the requested language and time zone."""
    service = service_of(request)
    row = _notice(request, service, notice)
    return _shown(request, service, [row])[0]


class Receipt(msgspec.Struct):
    """How a notice was delivered: `app`, `push`, `mail`, `sms` or `page`, and whether it was seen."""

    by: str
    seen: bool = False


@post(
    "/v1/notices/{notice:str}/receipt", opt=allow("deliver-notices", "json"), tags=["accounts"], status_code=200,
    summary="A notice was delivered",
)  # fmt: skip
async def receipt(request: Asked, data: JSONBody[Receipt], notice: Name) -> dict[str, Any]:
    """Record that a notice was delivered, and perhaps seen; the first time of each counts."""
    if data.by not in ("app", "push", "mail", "sms", "page"):
        raise Problem("bad-argument", "`by` is one of app, push, mail, sms, page", "/by")
    _notice(request, service_of(request), notice)
    new = await do(request, lambda unit: record_receipt(unit, notice, data.by, seen=data.seen))
    return {"notice_id": notice, "new": new}


@get(
    "/v1/notices/check/{code:str}",
    opt=allow("public"),
    tags=["public"],
    sync_to_thread=True,
    summary="Is it from us?",
)
def genuine(request: Asked, code: Name) -> dict[str, Any]:
    """Say by its code whether a notice is genuine: the answer has its kind and day, but not its account."""
    service, text = service_of(request), read_code(code)
    notice = None
    if text is not None:
        with service.database.begin() as rows:
            notice = by_code(rows, text)
    if notice is None:
        return {"genuine": False, "shape": None, "made": None}
    return {"genuine": True, "shape": notice.shape, "made": show_instant(notice.made_at)[:10]}


class Account(msgspec.Struct):
    """An account of a service."""

    account: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    service: Annotated[str, msgspec.Meta(min_length=1, max_length=128)] = "main"


class Links(msgspec.Struct):
    """Two accounts of one person, and how that is known."""

    accounts: Annotated[list[Account], msgspec.Meta(min_length=2, max_length=2)]
    why: Annotated[str, msgspec.Meta(max_length=1_000)] = ""


@post(
    "/v1/links",
    opt=allow("link", "json"),
    tags=["accounts"],
    status_code=200,
    summary="Two accounts are one person's",
)
async def link(request: Asked, data: JSONBody[Links]) -> dict[str, Any]:
    """Link two accounts: sanctions and strikes of one on shared ladders count for both from now on."""
    first, other = data.accounts
    if first == other:
        raise Problem("bad-argument", "these are one account", "/accounts/1")

    why = data.why or "linked by the service"
    given = (AccountRef(first.service, first.account), AccountRef(other.service, other.account), why)
    linked = await do(request, lambda unit: links.link(unit, *given))
    return {"linked": [{"service": service, "account": account} for service, account in linked]}


@post("/v1/check", opt=allow("check", "json"), tags=["accounts"], status_code=200, summary="What if this came?")
async def check(request: Asked, data: JSONBody[dict[str, Any]]) -> dict[str, Any]:
    """Judge a would-be event without recording it. The answer is coarse: it names no rule, threshold or number."""
    event = validate({"id": "check", "time": service_of(request).clock.now(), **data})
    if not isinstance(event, Event):
        fault = event[0]
        raise Problem("bad-request", f"expected {fault.expected}, got {fault.got}", f"/{fault.column}")
    language = language_of(request)
    judged = await do(request, lambda unit: would_be_events.judge(unit, event))
    clauses = sorted({chosen(rule.clause, language) for rule in judged.rules})
    return {"account": event.account, "standing": judged.standing, "allowed": judged.worst is None,
            "would_be": judged.worst, "clauses": clauses}  # fmt: skip


def _notice(request: Asked, service: Service, notice: str) -> Row:
    with service.database.begin() as rows:
        row = by_id(rows, notice)
    holder = principal_of(request).kind == "holder"
    if row is None or (holder and row.due_at > service.clock.now()):
        raise Problem("not-found", f"there is no notice `{notice}`")
    must_own(request, row.service, row.account)
    return row


def _shown(request: Asked, service: Service, notices: list[Row]) -> list[dict[str, Any]]:
    language, now, zone = language_of(request), service.clock.now(), zone_of(request)
    with service.database.begin() as rows:
        may = reviews(rows, service.live.standings, [notice.sanction_id for notice in notices], now)
    live, words = service.live, service.words
    return [notice_shown(live, notice, words, language, now, may[notice.sanction_id], zone) for notice in notices]
