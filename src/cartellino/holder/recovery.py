"""The recovery assistant: from what the screen says to an honest request for a review.

    what does your screen say? → the kind of card → the probable cause → remove the cause → did this happen?
    → by the answer: a dispute, an admission, or "I do not know" → change it, keep it, or send it

A holder who has entered is asked fewer questions, since the sanction is known. Texts are sent in forms, never in URLs.
"""

from __future__ import annotations

from typing import Annotated, Any, cast

import anyio.to_thread
import msgspec
from litestar import Response, get, post
from litestar.params import QueryParameter

from cartellino.holder.door import guarded, holder_of, shown
from cartellino.holder.drafts import Answer, Said, draft
from cartellino.holder.texts import CAUSE_WORDS, CHANCE, CHANCE_OF_CARD, DONE, HAPPENED, NO_NOTICE, OFFENCES, RECOVER
from cartellino.learning.precision import Share
from cartellino.notices import cards
from cartellino.notices.facts import Facts
from cartellino.notices.texts import TITLES
from cartellino.queries import decisions, notices
from cartellino.queries.appealable import reviews
from cartellino.queries.recovery_odds import ANY, THIRD, Chances, chances
from cartellino.service.service import Service
from cartellino.vocabulary.accounts import AccountRef
from cartellino.web.reader import day, language_of, say
from cartellino.web.requests import Asked, Form, service_of

SCREENS: dict[str, str] = {
    "warned": "warning", "limited": "restriction", "challenged": "challenge", "suspended": "suspension",
    "banned": "ban",
}  # fmt: skip
"""The shapes of notice that a holder's screen may show, each with its kind of action."""

Other = Annotated[bool, QueryParameter(name="other")]
LONGEST = 2_000
FRESH = 600
"""Seconds for which the odds are cached."""

Screen = Annotated[str, QueryParameter(name="screen", max_length=20)]
Cause = Annotated[str, QueryParameter(name="cause", max_length=20)]


@get("/account/recover", **guarded())
async def recover(request: Asked, screen: Screen = "", cause: Cause = "", other: Other = False) -> Response[str]:
    """Show the next question; for a holder who has entered, known answers are filled in."""
    known = await anyio.to_thread.run_sync(_known, request) if not other else None
    screen = screen or (known["screen"] if known else "")
    cause = "takeover" if screen == "challenged" else cause
    cause = cause or (known["cause"] if known else "")
    values: dict[str, Any] = {"known": known, "screens": _screens(), "causes": CAUSE_WORDS, "screen": screen}
    if screen == "none":
        return shown(request, "recover.html", RECOVER, step="none", **values)
    if screen not in SCREENS:
        return shown(request, "recover.html", RECOVER, step="screen", **values)
    if cause not in CAUSE_WORDS:
        return shown(request, "recover.html", RECOVER, step="cause", **values)
    values |= {"cause": cause, "done": DONE.get(cause, ()), "chance": await _chance(request, screen, known)}
    return shown(request, "recover.html", RECOVER, step="happened", **values)


def _screens() -> dict[str, str]:
    return {screen: TITLES[screen] for screen in SCREENS} | {"none": NO_NOTICE}


def _known(request: Asked) -> dict[str, Any] | None:
    """Return what is known about the holder who has entered: their latest warning or sanction in force."""
    holder = holder_of(request)
    if holder is None:
        return None
    service = service_of(request)
    register = service.live.standings
    person = AccountRef(holder.service, holder.account)
    standing = {sanction.id for sanction in register.standing(person).in_force(service.clock.now())}
    with service.database.begin() as rows:
        latest = notices.latest_of(rows, *person, SCREENS)
        row = next((notice for notice in latest if notice.sanction_id in standing or notice.shape == "warned"), None)
        if row is None:
            return None
        review = reviews(rows, register, [row.sanction_id], service.clock.now())[row.sanction_id]
        number = decisions.offence_number(rows, row.decision_id)
    facts = msgspec.convert(row.facts, Facts)
    return {
        "screen": facts.shape, "cause": facts.cause, "code": facts.code, "at": facts.at, "offence": number or 1,
        "sanction": row.sanction_id if review == "possible" else "", "review": review,
    }  # fmt: skip


async def _chance(request: Asked, screen: str, known: dict[str, Any] | None) -> str:
    """Return a sentence on how often appeals have succeeded; empty if too few were closed."""
    service = service_of(request)
    job = service.answers.ask("chances", lambda progress: _chances(service), FRESH)
    await anyio.to_thread.run_sync(job.wait, 2.0)
    odds: Chances = job.result or {}
    offence = min(THIRD, max(1, known["offence"])) if known else 1
    card = cards.CARD_OF_ACTION[SCREENS[screen]]
    for number in (offence, ANY):
        share = odds.get((card, number))
        if share is not None:
            return _said(request, share, number)
    return ""


def _chances(service: Service) -> Chances:
    with service.database.begin() as rows:
        return chances(rows)


def _said(request: Asked, share: Share, offence: int) -> str:
    low, high = share.interval or (0.0, 1.0)
    holes = {"share": f"{share.value or 0:.0%}", "low": f"{low:.0%}", "high": f"{high:.0%}"}
    holes |= {"many": str(share.of), "helped": str(share.hits)}
    if offence == ANY:
        return say(request, CHANCE_OF_CARD, **holes)
    return say(request, CHANCE, number=say(request, OFFENCES[offence]), **holes)


@post("/account/recover", status_code=200, **guarded("public", "form"))
async def written(request: Asked, data: Form) -> Response[str]:
    """Show the draft that fits the answers."""
    screen, cause, happened = data.get("screen", ""), data.get("cause", ""), data.get("happened", "")
    known = await anyio.to_thread.run_sync(_known, request)
    values: dict[str, Any] = {"known": known, "screens": _screens(), "causes": CAUSE_WORDS, "screen": screen}
    if screen not in SCREENS or cause not in CAUSE_WORDS or happened not in HAPPENED:
        return shown(request, "recover.html", RECOVER, 400, step="screen", **values)
    language = language_of(request)
    steps = DONE.get(cause, ())
    done = tuple(say(request, step) for number, step in enumerate(steps) if data.get(f"done-{number}"))
    when, code = "", 0
    if known is not None and known["screen"] == screen:
        when, code = day(language_of(request), known["at"]), known["code"]
    evidence = data.get("evidence", "")[:LONGEST]
    said = Said(SCREENS[screen], code, when, cause, cast(Answer, happened), done, evidence)
    text = draft(said, service_of(request).words, language)
    chance = await _chance(request, screen, known)
    return shown(
        request, "recover.html", RECOVER, step="draft", draft=text, cause=cause, chance=chance, **values
    )  # fmt: skip


@post("/account/recover/file", status_code=200, **guarded("public", "form"))
async def kept(request: Asked, data: Form) -> Response[str]:
    """Return the edited draft as a file."""
    headers = {
        "Content-Disposition": 'attachment; filename="request-for-review.txt"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return Response(data.get("text", "")[:10_000], media_type="text/plain", headers=headers)


PAGES = [recover, written, kept]
