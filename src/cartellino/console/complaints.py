"""Forms on the page of a case of complaints: verify, refer, decide, read what is veiled; and who files complaints."""

from __future__ import annotations

from typing import Any

from litestar import get, post
from litestar.response import Redirect

from cartellino.appeals.categories import CATEGORIES, FAST
from cartellino.appeals.complaints import OUTCOMES, Outcome
from cartellino.appeals.jurisdictions import jurisdictions
from cartellino.appeals.unfounded import may_suspend, may_warn
from cartellino.availability.places import is_country
from cartellino.commands import complaint_cases, filers
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.console.door import Answer, Name, guarded, reason_of, sentence, shown
from cartellino.enforcement.action import Action
from cartellino.learning.precision import Share
from cartellino.queries import authorities, case_files, complaints
from cartellino.service.service import Service
from cartellino.storage.database import Rows
from cartellino.vocabulary.refusals import Refusal
from cartellino.vocabulary.times import DAY, Instant, duration
from cartellino.web.problems import Problem, status_of
from cartellino.web.requests import Asked, Form, principal_of, service_of
from cartellino.web.work import do, fetched, looked

ACTIONS = (
    ("", "Nothing is done to the account (content was removed, or the case is about content)"),
    ("warning", "Warn the account"),
    ("restriction", "No new chats for 24 hours"),
    ("suspension", "Suspend the account for 24 hours"),
    ("week", "Suspend the account for 7 days"),
    ("ban", "Ban the account"),
)
DECISIONS = (
    ("acted", "We act on it"),
    ("dismissed", "No breach of law or rules"),
    ("unfounded", "Manifestly unfounded: it counts against whoever filed it"),
)
SPANS = ("24h", "7d", "14d", "30d", "90d")


def action_of(chosen: str, now: Instant) -> Action | None:
    """Return the action that a form names; `None` for none."""
    if chosen in ("suspension", "week"):
        return Action("suspension", (), now + (DAY if chosen == "suspension" else 7 * DAY))
    if chosen == "restriction":
        return Action("restriction", ("new_chats",), now + DAY)
    return {"warning": Action("warning"), "ban": Action("ban")}.get(chosen)


def values_of(service: Service, rows: Rows, row: case_files.Row, *, veiled: bool = True) -> dict[str, Any]:
    """Return what the page of a case of complaints shows beside the case itself."""
    filed = case_files.shown(rows, row.case_id, veiled=veiled) or {}
    names = {one.authority_id: one.name for one in authorities.every(rows)}
    offices = jurisdictions().offices_in(row.region or "", row.topic)
    return {
        "filed": filed, "flaggers": names, "decisions": DECISIONS, "actions": ACTIONS, "offices": offices,
        "languages": service.words.languages, "is_fast": row.topic in FAST,
        "categories": [one for one in CATEGORIES if one != row.topic],
        "can": {name: row.state in states for name, states in _CAN.items()},
    }  # fmt: skip


_CAN = {
    "verify": ("received",),
    "sort": ("received", "verified"),
    "refer": ("received", "verified", "referred"),
    "decide": ("received", "verified", "referred"),
}


@post("/console/cases/{case:str}/verify", **guarded("decide-complaints", "form"))
async def verify(request: Asked, case: Name, data: Form) -> Answer:
    """Note that a person has looked at a case of complaints."""
    role, reason = principal_of(request).role, reason_of(data)
    await do(request, lambda unit: complaint_cases.verify(unit, case, role, reason))
    return Redirect(f"/console/cases/{case}", status_code=303)


@post("/console/cases/{case:str}/category", **guarded("decide-complaints", "form"))
async def sort_into(request: Asked, case: Name, data: Form) -> Answer:
    """Move a case into another category."""
    chosen = next((one for one in CATEGORIES if one == data.get("category")), None)
    if chosen is None:
        raise Problem("bad-argument", "choose the category")
    role, reason = principal_of(request).role, reason_of(data)
    await do(request, lambda unit: complaint_cases.sort_into(unit, case, role, chosen, reason))
    return Redirect(f"/console/cases/{case}", status_code=303)


@post("/console/cases/{case:str}/complaints", **guarded("decide-complaints", "form"))
async def decide(request: Asked, case: Name, data: Form) -> Answer:
    """Decide a case of complaints."""
    role, outcome = principal_of(request).role, data.get("outcome", "")
    if outcome not in OUTCOMES:
        raise Problem("bad-argument", "choose an outcome")
    chosen: Outcome = next(one for one in OUTCOMES if one == outcome)
    languages = service_of(request).words.languages
    reasons = {one: data[f"reason-{one}"] for one in languages if data.get(f"reason-{one}", "").strip()}
    to_account = {one: data[f"account-{one}"] for one in languages if data.get(f"account-{one}", "").strip()}

    def work(unit: UnitOfWork) -> object:
        action = action_of(data.get("action", ""), unit.now) if chosen == "acted" else None
        return complaint_cases.decide(unit, case, role, chosen, reasons, action, to_account)

    await do(request, work)
    return Redirect(f"/console/cases/{case}", status_code=303)


@post("/console/cases/{case:str}/refer", **guarded("decide-complaints", "form"))
async def refer(request: Asked, case: Name, data: Form) -> Answer:
    """Refer a case outward."""
    country = data.get("country", "").strip().upper()
    if not is_country(country):
        raise Problem("bad-argument", "the country is a code of ISO 3166-1 alpha-2, such as ID")
    given = (data.get("recipient", "")[:256], country, data.get("law", "")[:512], reason_of(data))
    role = principal_of(request).role
    await do(request, lambda unit: complaint_cases.refer(unit, case, role, *given))
    return Redirect(f"/console/cases/{case}", status_code=303)


@post("/console/referrals/{referral:str}/receipt", **guarded("decide-complaints", "form"))
async def receipt(request: Asked, referral: Name, data: Form) -> Answer:
    """Note the receipt of a referral."""
    done = await do(
        request, lambda unit: complaint_cases.enter_receipt(unit, referral, data.get("receipt", "")[:1_024])
    )
    return Redirect(f"/console/cases/{done['case_id']}", status_code=303)


@get("/console/filers/{filer:str}", **guarded("read-cases"))
async def filer(request: Asked, filer: Name) -> Answer:
    """Show what is known of somebody who files complaints."""
    return await _filer(request, filer)


async def _filer(request: Asked, filer: str, problem: str = "", status: int = 200) -> Answer:
    now = service_of(request).clock.now()

    def query(rows: Rows) -> dict[str, Any]:
        record = complaints.record_of(rows, filer, now)
        return {
            "record": record, "entries": complaints.entries_of(rows, filer), "warnable": may_warn(record),
            "suspendable": may_suspend(record, DAY, now), "suspended": record.is_suspended(now),
        }  # fmt: skip

    values = await fetched(request, query)
    may = principal_of(request).may("decide-complaints")
    return shown(request, "filer", "Who files complaints", status, problem=problem, filer=filer, spans=SPANS, may=may,
                 now=now, **values)  # fmt: skip


@post("/console/filers/{filer:str}", **guarded("decide-complaints", "form"))
async def handle(request: Asked, filer: Name, data: Form) -> Answer:
    """Warn somebody, suspend the handling of their complaints, or end that."""
    what, reason, span = data.get("what", ""), reason_of(data), data.get("for", "")
    if what not in ("warn", "suspend", "restore") or (what == "suspend" and span not in SPANS):
        raise Problem("bad-argument", "choose what to do, and for how long")

    def work(unit: UnitOfWork) -> None:
        if what == "warn":
            filers.warn(unit, filer, reason)
        elif what == "restore":
            filers.restore(unit, filer, reason)
        else:
            filers.suspend(unit, filer, duration(span), reason)

    try:
        await do(request, work)
    except Refusal as refusal:
        return await _filer(request, filer, sentence(refusal), status_of(refusal))
    return Redirect(f"/console/filers/{filer}", status_code=303)


@get("/console/authorities", **guarded("read-cases"))
async def listed(request: Asked) -> Answer:
    """List authorities and trusted flaggers, with how often the latter were right."""
    values = await looked(request, lambda service: _authorities(service))
    return shown(request, "authorities", "Authorities and trusted flaggers", **values)


def _authorities(service: Service) -> dict[str, Any]:
    with service.database.begin() as rows:
        right = complaints.flagged_right(rows)
        return {"authorities": authorities.every(rows),
                "shares": {identity: Share(*counts) for identity, counts in right.items()}}  # fmt: skip


PAGES = [verify, sort_into, decide, refer, receipt, filer, handle, listed]
