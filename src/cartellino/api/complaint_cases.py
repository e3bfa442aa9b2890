"""Routes of the cases of complaints, for the people who decide them: verify, refer, decide; warn and suspend."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from litestar import delete, get, post
from litestar.params import JSONBody

from cartellino.api.accounts import Name
from cartellino.api.appeals import Imposed, lasting
from cartellino.api.decisions import Reason
from cartellino.appeals.categories import Category
from cartellino.availability.places import is_country
from cartellino.commands import complaint_cases, filers
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.enforcement.action import Action
from cartellino.queries import case_files, complaints
from cartellino.storage.database import Rows
from cartellino.vocabulary.refusals import NotFound
from cartellino.vocabulary.times import Instant, duration, show_instant
from cartellino.web.guard import allow
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, language_of, principal_of, service_of
from cartellino.web.work import do, fetched

_Tag = Annotated[str, msgspec.Meta(pattern="^[a-z]{2,3}(-[A-Z]{2})?$")]
Reasons = dict[_Tag, Annotated[str, msgspec.Meta(max_length=4_000)]]
"""A reason in several languages."""


@get("/v1/cases/{case:str}", opt=allow("read-cases"), tags=["complaints"], summary="One case of any kind")
async def one_case(request: Asked, case: Name) -> dict[str, Any]:
    """Return a case with its timeline: for one of complaints, what was filed and by how many; for one of an order, it.

    Texts of complaints about a threat to life or the safety of a child are left out; see `texts`.
    """
    shown = await fetched(request, partial(case_files.shown, case=case))
    if shown is None:
        raise NotFound(f"there is no case `{case}`")
    return shown


class Need(msgspec.Struct):
    """Why somebody has to read this."""

    reason: Reason


@post("/v1/cases/{case:str}/texts", opt=allow("decide-complaints", "json"), tags=["complaints"], status_code=200,
      summary="Read what was filed")  # fmt: skip
async def texts(request: Asked, data: JSONBody[Need], case: Name) -> dict[str, Any]:
    """Return the texts of a case of any lane. That somebody has read them, and why, is a row of the ledger."""
    return await do(request, lambda unit: complaint_cases.open_texts(unit, case, data.reason))


class Looked(msgspec.Struct):
    """What somebody has seen."""

    reason: Reason


@post("/v1/cases/{case:str}/verification", opt=allow("decide-complaints", "json"), tags=["complaints"],
      status_code=200, summary="A person has looked")  # fmt: skip
async def verify(request: Asked, data: JSONBody[Looked], case: Name) -> dict[str, Any]:
    """Note that a person has looked at a case of complaints, and that it can be decided."""
    role = principal_of(request).role
    await do(request, lambda unit: complaint_cases.verify(unit, case, role, data.reason))
    return {"case_id": case, "state": "verified"}


class Belongs(msgspec.Struct):
    """The category to which a case belongs, and why."""

    category: Category
    reason: Reason


@post("/v1/cases/{case:str}/category", opt=allow("decide-complaints", "json"), tags=["complaints"], status_code=200,
      summary="Move complaints into another category")  # fmt: skip
async def sort_into(request: Asked, data: JSONBody[Belongs], case: Name) -> dict[str, Any]:
    """Move a case into another category, whose deadline it has from then on, counted from when it came.

    What was filed as an emergency and is none is no longer veiled, and its legal hold ends.
    """
    role = principal_of(request).role
    return await do(request, lambda unit: complaint_cases.sort_into(unit, case, role, data.category, data.reason))


class Judged(msgspec.Struct):
    """The outcome of a case of complaints, with the reason for those who complained.

    `reasons` and `to_account` have it in other languages. With an `action`, `to_account` says to the account holder
    why, without saying who complained.
    """

    outcome: Literal["acted", "dismissed", "unfounded"]
    reason: Reason
    reasons: Reasons = {}
    action: Imposed | None = None
    to_account: Reasons = {}


@post("/v1/cases/{case:str}/decision", opt=allow("decide-complaints", "json"), tags=["complaints"], status_code=200,
      summary="Decide complaints")  # fmt: skip
async def decide(request: Asked, data: JSONBody[Judged], case: Name) -> dict[str, Any]:
    """Decide a case of complaints. Everybody who complained is told, each in their language; so is the account."""
    role, language = principal_of(request).role, language_of(request)
    reasons = {language: data.reason, **data.reasons}

    def work(unit: UnitOfWork) -> dict[str, Any]:
        action = None if data.action is None else action_of(data.action, unit.now)
        return complaint_cases.decide(unit, case, role, data.outcome, reasons, action, data.to_account)

    return await do(request, work)


def action_of(imposed: Imposed, now: Instant) -> Action:
    """Return an action that begins now.

    Raises `Problem` for one that does not fit together.
    """
    lasts = lasting(imposed)
    return Action(imposed.kind, tuple(imposed.scope), None if lasts is None else now + lasts)


class Referred(msgspec.Struct):
    """Whom a case was sent to, and the law that asks for it."""

    recipient: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    country: str
    law: Annotated[str, msgspec.Meta(min_length=1, max_length=512)]
    reason: Reason


@post("/v1/cases/{case:str}/referrals", opt=allow("decide-complaints", "json"), tags=["complaints"], status_code=201,
      summary="Refer a case outward")  # fmt: skip
async def refer(request: Asked, data: JSONBody[Referred], case: Name) -> dict[str, Any]:
    """Note that a case was sent to an authority or a hotline; those who complained learn where they can turn to."""
    if not is_country(data.country):
        raise Problem("bad-argument", "`country` is a code of ISO 3166-1 alpha-2, such as ID", "/country")
    role, given = principal_of(request).role, (data.recipient, data.country, data.law, data.reason)
    return await do(request, lambda unit: complaint_cases.refer(unit, case, role, *given))


class Receipt(msgspec.Struct):
    """What shows that a referral arrived."""

    receipt: Annotated[str, msgspec.Meta(min_length=1, max_length=1_024)]


@post("/v1/referrals/{referral:str}/receipt", opt=allow("decide-complaints", "json"), tags=["complaints"],
      status_code=200, summary="A referral arrived")  # fmt: skip
async def receipt(request: Asked, data: JSONBody[Receipt], referral: Name) -> dict[str, Any]:
    """Note the receipt of a referral."""
    return await do(request, lambda unit: complaint_cases.enter_receipt(unit, referral, data.receipt))


@get("/v1/filers/{filer:str}", opt=allow("read-cases"), tags=["complaints"], summary="Who files complaints")
async def filer_record(request: Asked, filer: Name) -> dict[str, Any]:
    """Return what is known of somebody who files complaints: how many were decided, how many unfounded, warnings."""
    return await fetched(request, partial(_filer, filer=filer, now=service_of(request).clock.now()))


def _filer(rows: Rows, filer: str, now: Instant) -> dict[str, Any]:
    record = complaints.record_of(rows, filer, now)
    return {
        "filer": filer, "decided": record.decided, "unfounded": record.unfounded, "share": record.share,
        "suspended_until": show_instant(record.suspended_until or 0) if record.is_suspended(now) else None,
        "entries": [
            {"at": show_instant(entry.at), "by": entry.by, "what": entry.what, "why": entry.why,
             "until": None if entry.until is None else show_instant(entry.until)}
            for entry in complaints.entries_of(rows, filer)
        ],
    }  # fmt: skip


class Warned(msgspec.Struct):
    """Why, in words that are told."""

    reason: Reason


@post("/v1/filers/{filer:str}/warning", opt=allow("decide-complaints", "json"), tags=["complaints"], status_code=201,
      summary="Warn of a suspension")  # fmt: skip
async def warn(request: Asked, data: JSONBody[Warned], filer: Name) -> dict[str, Any]:
    """Warn somebody who keeps filing manifestly unfounded complaints (DSA, article 23(2))."""
    await do(request, lambda unit: filers.warn(unit, filer, data.reason))
    return {"filer": filer, "warned": True}


class Suspended(msgspec.Struct):
    """For how long, such as 14d, and why."""

    lasts: str = msgspec.field(name="for")
    reason: Reason = ""


@post("/v1/filers/{filer:str}/suspension", opt=allow("decide-complaints", "json"), tags=["complaints"],
      status_code=201, summary="Suspend the handling")  # fmt: skip
async def suspend(request: Asked, data: JSONBody[Suspended], filer: Name) -> dict[str, Any]:
    """Suspend the handling of somebody's complaints for a stated time, after a warning; never their account."""
    try:
        span = duration(data.lasts)
    except ValueError as error:
        raise Problem("bad-argument", str(error), "/for") from None
    until = await do(request, lambda unit: filers.suspend(unit, filer, span, data.reason))
    return {"filer": filer, "suspended_until": show_instant(until)}


@delete("/v1/filers/{filer:str}/suspension", opt=allow("decide-complaints"), tags=["complaints"], status_code=200,
        summary="End a suspension")  # fmt: skip
async def restore(request: Asked, filer: Name) -> dict[str, Any]:
    """End a suspension before its time; somebody else than who began it has to."""
    await do(request, lambda unit: filers.restore(unit, filer, "it was looked at again"))
    return {"filer": filer, "suspended_until": None}
