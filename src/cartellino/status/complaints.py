"""Complaints: the form, how far one is, the page that confirms it, and where people of a country can turn.

All of it works without JavaScript. What a program opens before its reader does must change nothing, so a complaint is
confirmed by a button.
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.params import PathParameter, QueryParameter
from litestar.response import Redirect

from cartellino.appeals.categories import CATEGORIES, FAST, WITHOUT_FILES
from cartellino.appeals.complaints import MOST_SUBJECTS, Complaint, File, Subject, fault, plain
from cartellino.appeals.hearing import MEDIA_TYPES, NotNow, TooMuch
from cartellino.availability.places import is_country
from cartellino.commands import complaints
from cartellino.notices.codes import read_code
from cartellino.notices.filing_texts import CATEGORY, OUTCOME, STATE
from cartellino.service.filing import filing
from cartellino.service.shown_complaints import country_shown, status
from cartellino.status.complaint_texts import (
    COMPLAIN,
    CONFIRMING,
    COUNTRY,
    SUBJECT_KIND,
    TICKET,
    TRIGGER,
    WRONG,
)
from cartellino.status.door import guarded, shown
from cartellino.status.texts import NOT_FOUND
from cartellino.vocabulary.refusals import NotFound
from cartellino.vocabulary.times import duration
from cartellino.web.identity import address_of
from cartellino.web.limits import Limits
from cartellino.web.problems import Problem, status_of
from cartellino.web.reader import countries, language_of, say, spoken
from cartellino.web.reader import country as country_name
from cartellino.web.requests import Asked, Form, actor_of, service_of
from cartellino.web.work import do, fetched, written

AN_HOUR = 20
"""Complaints of one network address that are taken in an hour."""

ROWS = 5
"""Subjects for which the form has a row."""

_Short = Annotated[str, QueryParameter(max_length=64)]
_Code = Annotated[str, PathParameter(max_length=64)]
_Secret = Annotated[str, QueryParameter(name="secret", max_length=128)]


@get("/complaints", **guarded())
async def form(request: Asked, ticket: _Short = "", category: _Short = "", country: _Short = "") -> Response[Any]:
    """Show the form, or lead to the complaint whose number was entered."""
    if not ticket:
        return _asked(request, {"category": category, "country": country})
    code = read_code(ticket)
    known = await fetched(request, partial(status, code=code or "", language="en"))
    if known is None:
        return _asked(request, {"ticket": ticket}, 404, WRONG["ticket"])
    return Redirect(f"/complaints/{code}", status_code=303)


def _asked(request: Asked, typed: dict[str, str], code: int = 200, problem: str = "") -> Response[Any]:
    return shown(request, "complain.html", COMPLAIN, code, problem=problem, typed=defaultdict(str, typed),
                 countries=countries(language_of(request)), again=bool(_files_of(request)),
                 accepted=",".join(sorted(MEDIA_TYPES)), categories=CATEGORY, kinds=SUBJECT_KIND,
                 rows=range(ROWS), fast=FAST)  # fmt: skip


def _files_of(request: Asked) -> list[File]:
    """Return the files that came with the form, as the browser names them."""
    uploads = getattr(request.state, "uploads", [])
    return [File(sent.name, sent.media_type, sent.content) for sent in uploads if sent.field == "files"]


@post("/complaints", **guarded("evidence"), status_code=200)
async def file(request: Asked, data: Form) -> Response[Any]:
    """File a complaint; what is wrong is said above the form, which keeps what was typed."""
    complaint, files = _read(data, language_of(request)), _files_of(request)
    if complaint is None:
        return _asked(request, data, 400, WRONG["category"])
    if wrong := fault(plain(complaint), files):
        about = "picture" if wrong[0] == "files" and complaint.category in WITHOUT_FILES else wrong[0]
        return _asked(request, data, status_of(wrong[1]), WRONG[about])
    limits: Limits = request.app.state.limits
    service = service_of(request)
    if limits.wait(f"complaints from {address_of(request, service)}", AN_HOUR, minutes=60):
        return _asked(request, data, 429, WRONG["often"])
    try:
        filed = await written(filing(service, complaint, files, "page", actor_of(request)))
    except complaints.TooOften:
        return _asked(request, data, 429, WRONG["confirm"])
    except (TooMuch, NotNow) as refusal:
        return _asked(request, data, status_of(refusal), WRONG["open" if isinstance(refusal, TooMuch) else "suspended"])
    return Redirect(f"/complaints/{filed.code}", status_code=303)


def _read(data: dict[str, str], language: str) -> Complaint | None:
    """Return the complaint in a form; `None` without a category."""
    category, country = data.get("category", ""), data.get("country", "")
    if category not in CATEGORIES or (country and not is_country(country)):
        return None
    subjects = []
    for row in range(MOST_SUBJECTS):
        value, kind = data.get(f"subject-{row}", ""), data.get(f"kind-{row}", "account")
        if value.strip() and kind in SUBJECT_KIND:
            subjects.append(Subject(kind, value))  # type: ignore[arg-type]
    named = next(known for known in CATEGORIES if known == category)
    return Complaint(
        category=named, text=data.get("text", ""), subjects=tuple(subjects), mail=data.get("mail", ""), country=country,
        language=language, good_faith="good_faith" in data, law=data.get("law", "")[:512],
    )  # fmt: skip


@get("/complaints/{ticket:str}", **guarded())
async def follow(request: Asked, ticket: _Code) -> Response[Any]:
    """Show how far a complaint is."""
    return await _status(request, ticket)


async def _status(request: Asked, ticket: str) -> Response[Any]:
    code = read_code(ticket) or ""
    progress = await fetched(request, partial(status, code=code, language=language_of(request)))
    if progress is None:
        raise Problem("not-found", NOT_FOUND)
    title = say(request, TICKET, ticket=code)
    return shown(request, "complaint.html", title, one=progress, states=STATE, outcomes=OUTCOME, categories=CATEGORY,
                 kinds=SUBJECT_KIND, is_fast=progress["category"] in FAST)  # fmt: skip


@get("/complaints/{ticket:str}/confirm", **guarded())
async def confirming(request: Asked, ticket: _Code, secret: _Secret = "") -> Response[Any]:
    """Show the button that confirms a complaint."""
    return shown(request, "complaint-confirm.html", CONFIRMING, ticket=read_code(ticket) or "", secret=secret)


@post("/complaints/{ticket:str}/confirm", **guarded("form"), status_code=200)
async def confirm(request: Asked, ticket: _Code, data: Form) -> Response[Any]:
    """Confirm a complaint, and show how far it is."""
    code = read_code(ticket) or ""
    try:
        await do(request, partial(complaints.confirm, code=code, token=data.get("secret", "")[:128]))
    except NotFound:
        raise Problem("not-found", NOT_FOUND) from None
    return Redirect(f"/complaints/{code}", status_code=303)


@get("/complaints/countries/{country:str}", **guarded())
async def of_country(request: Asked, country: _Code) -> Response[Any]:
    """Show where people of a country can turn, which law that rests on, and the deadlines that bind us there."""
    if not is_country(country):
        raise Problem("not-found", NOT_FOUND)
    law = country_shown(country, service_of(request).clock.now())
    deadlines = [deadline for deadline in law["deadlines"] if deadline["trigger"] in TRIGGER]
    language = language_of(request)
    title = say(request, COUNTRY, country=country_name(language, country))
    return shown(request, "complaint-country.html", title, code=country, offices=law["offices"], deadlines=deadlines,
                 version=law["version"],
                 span=lambda limit: spoken(language, duration(limit)), triggers=TRIGGER,
                 categories=CATEGORY)  # fmt: skip


PAGES = [form, file, follow, confirming, confirm, of_country]
