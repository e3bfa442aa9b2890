"""The recovery of a sender: what happened, what to do, the request for a review, and the dossier to attach to it."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Response, get
from litestar.params import QueryParameter

from cartellino.console.door import Answer, Name, guarded, shown
from cartellino.console.senders import asked_of, heading, speaker_of, told
from cartellino.senders.accounts import Number
from cartellino.senders.checkup import COLOURS, LEVELS, measured, outcome
from cartellino.senders.checkup_texts import CHECKUP_TITLE, CHOICES, QUESTIONS, RISKS, SAID, STEPS
from cartellino.senders.checkup_texts import LEVELS as LEVEL_NAMES
from cartellino.senders.checkup_texts import PILLARS as PILLAR_NAMES
from cartellino.senders.dossier import Dossier, dossier_of, record, title_of
from cartellino.senders.recovery_texts import MEASURES
from cartellino.senders.recovery_words import TICKS
from cartellino.senders.state import Senders
from cartellino.service.service import Service
from cartellino.vocabulary.times import Instant
from cartellino.web.pages import page
from cartellino.web.requests import Asked, service_of

Language = Annotated[str, QueryParameter(name="language", max_length=16)]


@get("/console/senders/{number:str}/recovery", **guarded("read-senders"))
async def recovery(request: Asked, number: Name, language: Language = "en") -> Answer:
    """Show what happened, what still works, why, what to stop, and a request for a review."""
    service = service_of(request)
    chosen = service.words.named(language) or "en"
    ticked = [name for name in TICKS if name in request.query_params]

    def work(state: Senders, held: Number, now: Instant, service: Service) -> dict[str, Any]:
        dossier = dossier_of(state, held, now, service.senders.mode_of)
        return {**heading(state, held, now, service), "draft": speaker_of(service, chosen).request(dossier, ticked)}

    values = await asked_of(request, number, work)
    languages = [(code, service.words.own_name(code)) for code in service.words.languages]
    return shown(
        request, "sender-recovery", values["display"], number=number, place="recovery", chosen=chosen,
        languages=languages, ticks={name: MEASURES[name] for name in TICKS}, ticked=ticked, **values,
    )  # fmt: skip


@get("/console/senders/{number:str}/dossier", **guarded("read-senders"))
async def dossier(request: Asked, number: Name, language: Language = "en") -> Response[str]:
    """Show the dossier as a page that prints well."""
    service = service_of(request)
    chosen = service.words.named(language) or "en"
    ticked = [name for name in TICKS if name in request.query_params]

    def work(state: Senders, held: Number, now: Instant, service: Service) -> dict[str, Any]:
        made, speaker = dossier_of(state, held, now, service.senders.mode_of), speaker_of(service, "en")
        return {"dossier": made, "draft": speaker_of(service, chosen).request(made, ticked), "title_of": title_of,
                "shares": {name: (share.shown, share.hits, share.of) for name, share in made.shares.items()},
                "bars": bars(made), **told(made.report, speaker)}  # fmt: skip

    return page("console/dossier.html", draft_language=chosen, number=number, **await asked_of(request, number, work))


def bars(made: Dossier) -> list[dict[str, Any]]:
    """Return the volumes of each day for a picture: heights up to 100."""
    most = max([sum(day.sent.values()) for _, day in made.days] + [1])
    return [
        {"day": day, "sent": round(100 * sum(held.sent.values()) / most), "count": sum(held.sent.values()),
         "failed": round(100 * sum(held.failed.values()) / most)}
        for day, held in made.days
    ]  # fmt: skip


@get("/console/senders/{number:str}/dossier.json", **guarded("read-senders"))
async def dossier_file(request: Asked, number: Name) -> Response[bytes]:
    """Return the dossier as JSON."""
    made = await asked_of(
        request, number, lambda state, held, now, service: record(dossier_of(state, held, now, service.senders.mode_of))
    )
    headers = {"Content-Disposition": f'attachment; filename="dossier-{_plain(number)}.json"',
               "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}  # fmt: skip
    content = msgspec.json.format(msgspec.json.encode(made), indent=2)
    return Response(content, media_type="application/json", headers=headers)


def _plain(name: str) -> str:
    return "".join(letter for letter in name if letter.isascii() and letter.isalnum())[:40] or "number"


@get("/console/senders/{number:str}/check-up", **guarded("read-senders"))
async def check_up(request: Asked, number: Name) -> Answer:
    """Show the check-up as far as the gateway can answer it itself."""

    def work(state: Senders, held: Number, now: Instant, service: Service) -> dict[str, Any]:
        answers = measured(state, held, now)
        return {**heading(state, held, now, service), "answers": answers, "said": outcome(answers)}

    values = await asked_of(request, number, work)
    said, answers = values["said"], values["answers"]
    return shown(
        request, "sender-check-up", values["display"], number=number, place="check-up", about=CHECKUP_TITLE,
        risk=RISKS[said.risk], questions=QUESTIONS, choices=CHOICES, saying=SAID, levels=LEVELS, colours=COLOURS,
        steps=[STEPS[key] for key in said.steps],
        pillars=[(PILLAR_NAMES[name], LEVEL_NAMES[level], COLOURS[level]) for name, level in said.pillars.items()],
        query="&".join(f"{name}={choice}" for name, choice in answers.items()), **values,
    )  # fmt: skip


PAGES = [recovery, dossier, dossier_file, check_up]
