"""Public pages for businesses that send: check-up, guide, and the policy on AI. Nobody signs in, nothing is kept.

The check-up has no form: each choice is a link that carries the answers so far, which are no secret and name nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get

from cartellino.holder.door import guarded, shown
from cartellino.senders import checkup_texts as texts
from cartellino.senders import guide_texts
from cartellino.senders.ai_policy import ai_policy
from cartellino.senders.checkup import (
    COLOURS,
    LEVELS,
    PILLARS,
    SKIPPED,
    Level,
    choices_of,
    next_question,
    outcome,
    read_answers,
)
from cartellino.senders.guide import CHAPTERS, entries
from cartellino.web.reader import country, language_of, say
from cartellino.web.requests import Asked, service_of

CHECK_UP = "/senders/check-up"
CARDS = {"low": "green", "some": "green", "raised": "yellow", "high": "red", "unknown": "grey"}
BLOCKS = {"good": 4, "watch": 3, "risk": 2, "grave": 1, "unknown": 0}
"""How much of a pillar stands."""


@get(CHECK_UP, **guarded())
async def check_up(request: Asked) -> Response[str]:
    """Ask the next question, or show the outcome."""
    answers = read_answers(request.query_params)
    question = None if "done" in request.query_params else next_question(answers)
    chat = [(texts.QUESTIONS[name], _said(name, choice), _link(answers, {}, without=name))
            for name, choice in answers.items()]  # fmt: skip
    query = f"{urlencode({**answers, **({} if question or not answers else {'done': 1})})}&"
    values: dict[str, Any] = {"chat": chat, "query": query if answers else "", "place": len(answers) + 1,
                              "many": len(texts.QUESTIONS)}  # fmt: skip
    if question is not None:
        choices = {text: _link(answers, {question: choice}) for choice, text in choices_of(question).items()}
        values |= {"question": texts.QUESTIONS[question], "choices": choices,
                   "skip": _link(answers, {question: SKIPPED}), "finish": _link(answers, {"done": "1"})}  # fmt: skip
        return shown(request, "senders-check-up.html", texts.CHECKUP_TITLE, **values)
    said = outcome(answers)
    values |= {
        "said": said, "card": CARDS[said.risk], "risk": texts.RISKS[said.risk], "saying": texts.SAID,
        "steps": [texts.STEPS[key] for key in said.steps], "pillars": _pillars(said.pillars),
        "file": f"{CHECK_UP}/file?{urlencode(answers)}", "question": None, "levels": LEVELS, "colours": COLOURS,
    }  # fmt: skip
    return shown(request, "senders-check-up.html", texts.CHECKUP_TITLE, **values)


def _said(question: str, choice: str) -> str:
    return texts.CHOICES.get(f"{question}.{choice}", "")


def _link(answers: Mapping[str, str], more: Mapping[str, str], without: str = "") -> str:
    held = {**{name: choice for name, choice in answers.items() if name != without}, **more}
    return f"{CHECK_UP}?{urlencode(held)}#next" if held else f"{CHECK_UP}#next"


def _pillars(levels: Mapping[str, Level]) -> list[dict[str, Any]]:
    return [
        {"name": texts.PILLARS[name], "level": texts.LEVELS[levels[name]], "colour": COLOURS[levels[name]],
         "blocks": BLOCKS[levels[name]]}
        for name in PILLARS
    ]  # fmt: skip


@get(f"{CHECK_UP}/file", **guarded())
async def check_up_file(request: Asked) -> Response[str]:
    """Return the outcome as a file, for whoever wants to keep it."""
    answers = read_answers(request.query_params)
    said = outcome(answers)
    lines = [say(request, texts.CHECKUP_TITLE), "", say(request, texts.RISKS[said.risk]), ""]
    for name, choice in answers.items():
        chosen = say(request, _said(name, choice)) if choice != SKIPPED else "–"
        lines.append(f"{say(request, texts.QUESTIONS[name])} {chosen}")
    lines += ["", *(f"* {say(request, texts.SAID[key])}" for key in said.reasons), ""]
    lines += [f"{place}. {say(request, texts.STEPS[key])}" for place, key in enumerate(said.steps, 1)]
    headers = {"Content-Disposition": 'attachment; filename="check-up.txt"', "X-Content-Type-Options": "nosniff",
               "Cache-Control": "no-store"}  # fmt: skip
    return Response("\n".join(lines) + "\n", media_type="text/plain", headers=headers)


@get("/senders/guide", **guarded())
async def guide(request: Asked) -> Response[str]:
    """Show the guide: each rule in a sentence."""
    names = service_of(request).words
    language = language_of(request)
    chapters = [
        (guide_texts.CHAPTERS[chapter], [
            {"name": guide_texts.RULE_NAMES[entry.rule], "whose": entry.whose, "day": entry.day,
             "text": names.say(language, guide_texts.GUIDE[entry.rule], **_named(language, entry.holes))}
            for entry in entries(chapter)
        ])
        for chapter in CHAPTERS
    ]  # fmt: skip
    return shown(request, "senders-guide.html", guide_texts.GUIDE_TITLE, chapters=chapters,
                 private=guide_texts.PRIVATE.values())  # fmt: skip


def _named(language: str, holes: Mapping[str, str]) -> dict[str, str]:
    return {name: ", ".join(country(language, code) for code in value.split()) if name == "countries" else value
            for name, value in holes.items()}  # fmt: skip


@get("/senders/ai", **guarded())
async def policy(request: Asked) -> Response[str]:
    """Show the policy on AI, with every exemption: also that of the operator's own assistant."""
    return shown(request, "senders-ai.html", guide_texts.POLICY_TITLE, policy=ai_policy())


PAGES = [check_up, check_up_file, guide, policy]
