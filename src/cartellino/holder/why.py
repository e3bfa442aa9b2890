"""Why can't I send? The answer to one person, and the page on which they say what fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from litestar import Response, get, post
from litestar.params import QueryParameter
from litestar.response import Redirect

from cartellino.availability.evidence import Evidence
from cartellino.availability.places import is_country
from cartellino.holder.door import guarded, holder_of, shown
from cartellino.holder.texts import ACCOUNT_SIGNS, PROBLEM, PROBLEMS, SERVICE_SIGNS, TOO_OFTEN, UNREADABLE, WHY
from cartellino.notices.diagnosis_texts import GRADE_NAME
from cartellino.notices.evidence import evidence
from cartellino.service.diagnosis import Asker, diagnosis, region_of
from cartellino.service.reporting import Reporter, report
from cartellino.service.service import Service
from cartellino.service.shown_levels import worst_level
from cartellino.service.write_queue import Busy
from cartellino.vocabulary.accounts import AccountRef
from cartellino.web.guard import SignInFirst
from cartellino.web.identity import address_of, country_of, is_ours
from cartellino.web.reader import countries, language_of
from cartellino.web.requests import Asked, Form, service_of, zone_of
from cartellino.web.work import worked, written

_COLOURS = {"banned": "red", "suspended": "yellow", "limited": "yellow", "unofficial_client": "yellow",
            "session_lost": "yellow"}  # fmt: skip
_OF_LEVEL = {"danger": "red", "warning": "yellow", "none": "green", "unknown": "grey"}
_ORDER = ("grey", "green", "yellow", "red")


@get("/account/why", **guarded())
async def why(request: Asked) -> Response[str]:
    """Say why somebody cannot send: what stands between their account and the service, and how the service is."""
    holder = holder_of(request)
    if holder is None:
        return shown(request, "why.html", WHY, answer=None, colour="grey")
    person, language = AccountRef(holder.service, holder.account), language_of(request)
    place, zone = await _place(request), zone_of(request)

    def work(service: Service) -> dict[str, Any]:
        level = worst_level(service.health.seen, place, person.service)
        return {**diagnosis(service, Asker(person, language, zone, place)), "level": level, "place": place}

    answer = await worked(request, work)
    account = answer["account"]
    colours = (_COLOURS.get(account["state"], "green"), _OF_LEVEL[answer["level"]])
    words = service_of(request).words
    return shown(
        request, "why.html", WHY, answer=answer, colour=max(colours, key=_ORDER.index),
        account=(ACCOUNT_SIGNS[account["state"]], colours[0]), service=(SERVICE_SIGNS[answer["level"]], colours[1]),
        facts=evidence(_facts(account), words, language),
        causes=[(GRADE_NAME[cause["grade"]], evidence(_facts(cause), words, language)) for cause in answer["causes"]],
    )  # fmt: skip


def _facts(said: Mapping[str, Any]) -> list[Evidence]:
    return [msgspec.convert(fact, Evidence) for fact in said["evidence"]]


_Short = Annotated[str, QueryParameter(max_length=64)]


@get("/account/problem", **guarded())
async def problem(request: Asked, sent: _Short = "", feature: _Short = "", country: _Short = "") -> Response[str]:
    """Show the form on which somebody says what fails, and after that what becomes of it."""
    place = country if is_country(country) else await _place(request)
    return _asked(request, place, feature, sent=sent if sent in ("counted", "again") else "")


@post("/account/problem", **guarded("public", "form"))
async def report_problem(request: Asked, data: Form) -> Response[Any]:
    """Take a report: of the account whose holder has entered, else of the address. Country: theirs, or as they say."""
    feature, named = data.get("feature", ""), data.get("country", "")
    holder, service = holder_of(request), service_of(request)
    if not is_ours(request) or (data.get("holder") and holder is None):
        raise SignInFirst
    place = await _place(request) or (named if is_country(named) else None)
    if feature not in PROBLEMS or place is None:
        return _asked(request, place, feature, 400, problem=UNREADABLE)
    person = AccountRef(holder.service, holder.account) if holder is not None else None
    reporter = Reporter(person, address_of(request, service))
    try:
        counted = await written(report(service, reporter, place, feature))
    except Busy:
        return _asked(request, place, feature, 429, problem=TOO_OFTEN)
    about = {"sent": "counted" if counted else "again", "feature": feature, "country": place}
    return Redirect(f"/account/problem?{urlencode(about)}", status_code=303)


async def _place(request: Asked) -> str | None:
    """Return the country of the holder's account, else of the address; `None` where neither is known."""
    holder, service = holder_of(request), service_of(request)
    place = None
    if holder is not None:
        person, now = AccountRef(holder.service, holder.account), service.clock.now()
        place = await worked(request, lambda held: region_of(held.writer.state.events, person, now))
    return place or country_of(request, service)


def _asked(
    request: Asked, place: str | None, feature: str, status: int = 200, problem: str = "", sent: str = ""
) -> Response[str]:
    holder, language = holder_of(request), language_of(request)
    level = worst_level(service_of(request).health.seen, place, holder.service if holder is not None else "main")
    return shown(
        request, "problem.html", PROBLEM, status, problem=problem, sent=sent, feature=feature, place=place,
        level=SERVICE_SIGNS[level], colour=_OF_LEVEL[level], features=PROBLEMS, countries=countries(language),
    )  # fmt: skip


PAGES = [why, problem, report_problem]
