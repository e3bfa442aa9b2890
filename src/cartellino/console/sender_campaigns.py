"""Before a campaign of a sender: its audience sorted into may, not yet and never, with reasons, and a calendar."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any, cast

from litestar import get, post

from cartellino.console.door import Answer, Name, guarded, sentence, shown
from cartellino.console.senders import asked_of, heading
from cartellino.senders.accounts import Number
from cartellino.senders.audience import recipients
from cartellino.senders.campaign import Campaign
from cartellino.senders.guide_texts import RULE_NAMES
from cartellino.senders.phone import read_phone
from cartellino.senders.preflight import preflight
from cartellino.senders.state import Senders
from cartellino.service.service import Service
from cartellino.vocabulary.refusals import BadArgument
from cartellino.vocabulary.times import Instant, instant
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, Form
from cartellino.web.work import worked

MOST_PEOPLE = 5_000
"""People of one audience here; `cartellino senders preflight` takes larger ones."""

NAMED = 25
"""So many people are named below each reason."""

MOST_WEEKS = 14
CATEGORIES = ("marketing", "utility", "authentication")


@get("/console/senders/{number:str}/campaign", **guarded("read-senders"))
async def campaign(request: Asked, number: Name) -> Answer:
    """Show the form."""
    return await _page(request, number, {})


@post("/console/senders/{number:str}/campaign", status_code=200, **guarded("read-senders", "upload"))
async def judged(request: Asked, number: Name, data: Form) -> Answer:
    """Sort an audience, which is pasted or comes in a file; nothing is sent, and nothing is kept of it."""
    return await _page(request, number, {**data, "audience": data.get("file", "").strip() or data.get("audience", "")})


async def _page(request: Asked, number: str, data: Mapping[str, str]) -> Answer:
    values = await asked_of(request, number, _about)
    found, problem = None, ""
    if data:
        try:
            found = await worked(request, lambda service: _found(service, number, data, values["home"]))
        except (BadArgument, Problem) as refusal:
            problem = f"{sentence(refusal)}."
    given = {name: data.get(name, "") for name in ("template", "language", "category", "starts_at", "audience")}
    return shown(request, "sender-campaign", values["display"], 400 if problem else 200, number=number,
                 place="campaign", given=given, found=found, problem=problem, categories=CATEGORIES,
                 most_people=MOST_PEOPLE, **values)  # fmt: skip


def _about(state: Senders, number: Number, now: Instant, service: Service) -> dict[str, Any]:
    account = state.account_of(number.id)
    templates = sorted({held.name for held in account.templates.values()}) if account is not None else []
    home = read_phone(f"+{number.display.lstrip('+')}").country if number.display else None
    return {**heading(state, number, now, service), "templates": templates, "home": home}


def _found(service: Service, number: str, data: Mapping[str, str], home: str | None) -> dict[str, Any]:
    category, book = data.get("category", "marketing"), service.senders
    if category not in CATEGORIES:
        raise Problem("bad-argument", "choose a category")
    template = data.get("template", "").strip()[:512]
    if not template:
        raise Problem("bad-argument", "name the template")
    warnings: list[str] = []
    lines = recipients(data.get("audience", ""), service.people.of, home, warnings.append)
    people = list(islice(lines, MOST_PEOPLE + 1)) if data.get("audience", "").strip() else []
    if not people:
        raise Problem("bad-argument", "the audience is empty; paste one number a line, or CSV with a column `to`, or"
                      " choose a file")  # fmt: skip
    if len(people) > MOST_PEOPLE:
        raise Problem("too-much", f"at most {MOST_PEOPLE:,} people here; the command takes larger audiences")
    asked = Campaign(number, template, data.get("language", "").strip()[:16] or "en", cast(Any, category),
                     _starts(data.get("starts_at", ""), book.now()))  # fmt: skip
    said = preflight(book.copied(), asked, people)
    return {
        "may": len(said["may"]), "named": said["may"][:NAMED], "all": len(people),
        "later": by_reason(said["later"]), "never": by_reason(said["never"]), "expected": said["expected"],
        "warnings": warnings[:NAMED], "waves": said["schedule"], "weeks": weeks_of(said["schedule"]),
    }  # fmt: skip


def _starts(text: str, now: Instant) -> Instant:
    if not text:
        return now
    try:
        return max(now, instant(f"{text[:16]}:00Z"))
    except ValueError:
        raise Problem("bad-argument", "the beginning is a day and a time") from None


def by_reason(people: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Return people by reason, the most frequent first: how many, the first of them, and the first and last time."""
    reasons: dict[str, list[Mapping[str, str]]] = defaultdict(list)
    for one in people:
        reasons[one["why"]].append(one)
    return [
        {"why": RULE_NAMES.get(why, why).rstrip("."), "count": len(those),
         "named": [one["to"] for one in those[:NAMED]],
         "first": min((one["at"] for one in those if "at" in one), default=""),
         "last": max((one["at"] for one in those if "at" in one), default="")}
        for why, those in sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0]))
    ]  # fmt: skip


def weeks_of(schedule: Sequence[Mapping[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return the plan as weeks of a calendar, Monday first: how many people on each day.

    >>> [[day["count"] for day in week] for week in weeks_of([{"from": "2026-12-01T09:00:00.000Z", "count": 4}])]
    [[0, 4, 0, 0, 0, 0, 0]]
    """
    counts: dict[date, int] = defaultdict(int)
    for wave in schedule:
        counts[datetime.fromtimestamp(instant(wave["from"]) / 1000, UTC).date()] += wave["count"]
    if not counts:
        return []
    begin, most = min(counts) - timedelta(days=min(counts).weekday()), max(counts.values())
    weeks = min(MOST_WEEKS, (max(counts) - begin).days // 7 + 1)
    days = [begin + timedelta(days=place) for place in range(7 * weeks)]
    shown = [{"day": day, "count": counts.get(day, 0), "share": round(100 * counts.get(day, 0) / most)} for day in days]
    return [shown[place : place + 7] for place in range(0, len(shown), 7)]


PAGES = [campaign, judged]
