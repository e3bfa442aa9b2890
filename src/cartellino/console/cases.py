"""The queue of cases, the most urgent first; a case with its recorded evidence; and the form for its outcome.

Nobody may decide a case about a decision they took part in; the page says so instead of showing the form.
"""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.params import QueryParameter
from litestar.response import Redirect

from cartellino.appeals.categories import FAST
from cartellino.appeals.hearing import Outcome
from cartellino.commands import blind_review, complaint_cases
from cartellino.commands.cases import decide_appeal, decide_review
from cartellino.commands.names import fingerprint
from cartellino.commands.sanctions import SOONER, sooner
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.console import complaints, orders
from cartellino.console.door import ROWS, Answer, Name, guarded, reason_of, sentence, shown
from cartellino.console.evidence import shares_in
from cartellino.console.reversal import offered, ticked
from cartellino.enforcement.action import Action
from cartellino.queries import attachments, cases, decisions, views
from cartellino.service.access import Principal
from cartellino.service.service import Service
from cartellino.storage.database import Rows
from cartellino.vocabulary.actors import Actor
from cartellino.vocabulary.ids import SanctionId
from cartellino.vocabulary.refusals import Refusal
from cartellino.vocabulary.times import DAY, Instant, duration
from cartellino.web.problems import Problem, status_of
from cartellino.web.requests import Asked, Form, place_of, principal_of
from cartellino.web.work import do, fetched, looked, read

KINDS = (
    ("appeal", "Appeals"), ("complaint", "Complaints"), ("order", "Orders"), ("review", "Reviews"),
    ("sibling", "Siblings"), ("termination", "Terminations"), ("all", "All by deadline"),
)  # fmt: skip
FILED = ("complaint", "order")
"""Kinds of cases that people or authorities outside have filed."""
Kind = Annotated[str, QueryParameter(name="kind", max_length=20)]
Status = Annotated[str, QueryParameter(name="status", max_length=20)]
After = Annotated[str, QueryParameter(name="after", max_length=160)]

_APPEAL = (
    ("upheld", "Our decision stands"),
    ("reversed", "We were wrong: take it back, with all that followed"),
    ("shortened", "It ends earlier"),
)
_REVIEW = (
    ("dismissed", "No breach: nothing happens"),
    ("warning", "Warn"),
    ("restriction", "No new chats for 24 hours"),
    ("suspension", "Suspend for 24 hours"),
    ("ban", "Ban"),
)


@get("/console/cases", **guarded("read-cases"))
async def queue(request: Asked, kind: Kind = "appeal", status: Status = "open", after: After = "") -> Answer:
    """Show open cases, the most urgent first, or closed ones, the latest first."""
    kind = kind if kind in dict(KINDS) else "appeal"
    values = await looked(request, lambda service: _queue(service, kind, after, is_open=status != "closed"))
    return shown(request, "cases", "Cases", kind=kind, kinds=KINDS, veiled=FAST, **values)


def _queue(service: Service, kind: str, after: str, *, is_open: bool) -> dict[str, Any]:
    place, listed = place_of(after), cases.open_of if is_open else cases.closed_of
    page = read(service, lambda rows: listed(rows, kind, place, ROWS))
    last = page[-1] if len(page) == ROWS else None
    following = f"{last.due_at if is_open else last.closed_at}.{last.case_id}" if last is not None else ""
    return {"cases": page, "now": service.clock.now(), "following": following, "is_open": is_open}


@get("/console/cases/{case:str}", **guarded("read-cases"))
async def case(request: Asked, case: Name) -> Answer:
    """Show a case with the evidence as recorded by its decision."""
    who = principal_of(request)
    return await _shown(request, who, case)


async def _shown(
    request: Asked,
    who: Principal,
    case: str,
    problem: str = "",
    status: int = 200,
    written: dict[str, str] | None = None,
    *,
    veiled: bool = True,
) -> Answer:
    values = await looked(request, lambda service: _case(service, case, service.actor(who), veiled=veiled))
    kind, account = values["case"]["kind"], values["case"]["account"]
    choices = _REVIEW if kind == "review" else _APPEAL
    may = who.may("decide-appeals") and not values["own"] and kind not in ("termination", *FILED)
    mays = {"may_complaints": who.may("decide-complaints"), "may_orders": who.may("decide-orders")}
    title = (
        f"{kind.capitalize()} {'about' if kind in FILED else 'of'} {account or values['address'] or values['topic']}"
    )
    return shown(
        request, "case", title, status, problem=problem, choices=choices, may=may, written=written or {}, **mays,
        **values,
    )  # fmt: skip


def _case(service: Service, identity: str, by: Actor, *, veiled: bool) -> dict[str, Any]:
    values = read(service, lambda rows: _with_evidence(rows, identity, by))
    if values["case"]["kind"] in FILED:
        return values | read(service, lambda rows: _filed(service, rows, identity, veiled=veiled))
    shares = shares_in(service, values["decision"])
    others = offered(service, values["case"]["decision_id"])
    return values | _ending(service, values["case"]["sanction_id"]) | {"shares": shares, "others": others}


def _filed(service: Service, rows: Rows, identity: str, *, veiled: bool) -> dict[str, Any]:
    """Return what the page shows of a complaint or an order; it has the parts of every case besides."""
    row = cases.by_id(rows, identity)
    if row is None:
        raise Problem("not-found", f"there is no case `{identity}`")
    before = cases.decided_about(rows, row, 200)
    common = {"alike": before[:5], "outcomes": Counter(case.outcome for case in before), "sooner": (), "ends_at": None,
              "shares": (), "others": (), "case_region": row.region or "", "case_late": row.late_at}  # fmt: skip
    filed = complaints.values_of(service, rows, row, veiled=veiled) if row.kind == "complaint" else {}
    return common | filed | (orders.values_of(rows, row) if row.kind == "order" else {})


@post("/console/cases/{case:str}/read", **guarded("decide-complaints", "form"), status_code=200)
async def open_texts(request: Asked, case: Name, data: Form) -> Answer:
    """Show what was filed about a threat to life or to children, to somebody who needs it."""
    who, reason = principal_of(request), reason_of(data)
    await do(request, lambda unit: complaint_cases.open_texts(unit, case, reason))
    return await _shown(request, who, case, veiled=False)


def _ending(service: Service, identity: str | None) -> dict[str, Any]:
    """Return the end of a sanction, and the earlier ends that can be chosen."""
    register, now = service.live.standings, service.clock.now()
    try:
        ends_at = register.sanction(SanctionId(identity or "")).action.ends_at
    except Refusal:
        return {"ends_at": None, "sooner": ()}
    return {"ends_at": ends_at, "sooner": sooner(ends_at, now)}


def _with_evidence(rows: Rows, identity: str, by: Actor) -> dict[str, Any]:
    row = cases.by_id(rows, identity)
    if row is None:
        raise Problem("not-found", f"there is no case `{identity}`")
    decision = decisions.by_id(rows, row.decision_id)
    before = cases.decided_alike(rows, row, 200)
    return {
        "case": views.case_shown(rows, row, inside=True),
        "decision": decision.record if decision is not None else None,
        "address": row.address,
        "topic": row.topic.replace("_", " "),
        "alike": before[:5],
        "outcomes": Counter(case.outcome for case in before),
        "files": attachments.of_case(rows, identity),
        "own": decision is not None and cases.took_part(rows, by, decision, row.sanction_id),
        "following": _following(rows, row, by),
    }


def _following(rows: Rows, row: cases.Row, by: Actor) -> str:
    """Return the address of the next case of the kind, or now and then of a blind review."""
    is_look = int(fingerprint(row.case_id)[:8], 16) % blind_review.ONE_IN == 0
    if is_look and blind_review.following(rows, by) is not None:
        return "/console/looks"
    following = cases.next_open(rows, row)
    return f"/console/cases/{following}" if following else f"/console/cases?kind={row.kind}"


@post("/console/cases/{case:str}", **guarded("decide-appeals", "form"))
async def decide(request: Asked, case: Name, data: Form) -> Answer:
    """Decide a case."""
    who = principal_of(request)
    outcome, reason = data.get("outcome", ""), data.get("reason", "")

    def work(unit: UnitOfWork) -> object:
        if outcome in ("upheld", "reversed", "shortened"):
            chosen: Outcome = "shortened" if outcome == "shortened" else "upheld" if outcome == "upheld" else "reversed"
            ends_at = unit.now + _span(data) if chosen == "shortened" else None
            also = ticked(data) if chosen == "reversed" else []
            return decide_appeal(unit, case, who.role, chosen, reason, ends_at, also)
        if outcome not in dict(_REVIEW):
            raise Problem("bad-argument", "choose an outcome")
        return decide_review(unit, case, who.role, _imposed(outcome, unit.now), reason)

    try:
        await do(request, work)
    except Refusal as refusal:
        return await _shown(request, who, case, sentence(refusal), status_of(refusal), data)
    return Redirect(f"/console/cases/{case}", status_code=303)


def _span(data: dict[str, str]) -> int:
    text = data.get("sooner", "")
    if text not in SOONER:
        raise Problem("bad-argument", "say after which time it shall end")
    return duration(text)


def _imposed(outcome: str, now: Instant) -> Action | None:
    if outcome == "restriction":
        return Action("restriction", ("new_chats",), now + DAY)
    if outcome == "suspension":
        return Action("suspension", (), now + DAY)
    return {"warning": Action("warning"), "ban": Action("ban")}.get(outcome)


_PICTURES = {"image/png", "image/jpeg", "image/webp"}


@get("/console/files/{attachment:str}", **guarded("read-cases"))
async def file(request: Asked, attachment: Name) -> Answer:
    """Return a file attached to an appeal: pictures are displayed, everything else is downloaded."""
    row = await fetched(request, lambda rows: attachments.by_id(rows, attachment))
    if row is None:
        raise Problem("not-found", f"there is no file `{attachment}`")
    is_picture = row.media_type in _PICTURES
    headers = {
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Content-Disposition": "inline" if is_picture else 'attachment; filename="file"',
    }
    kind = row.media_type if is_picture else "application/octet-stream"
    return Response(row.content, media_type=kind, headers=headers)


PAGES = [queue, case, decide, open_texts, file]
