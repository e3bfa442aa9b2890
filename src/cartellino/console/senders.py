"""Business senders: the numbers with their state, and the page of one with its limits, pillars, rules and alarms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from litestar import get, post
from litestar.response import Redirect

from cartellino.commands import sender_settings
from cartellino.console.door import Answer, Name, guarded, part, shown
from cartellino.console.sender_charts import charts_of
from cartellino.senders.accounts import Number
from cartellino.senders.ai import assess, use_of
from cartellino.senders.facts import BypassSet, Declared, Fact, ModeSet
from cartellino.senders.guide import CHAPTERS, own_entries
from cartellino.senders.guide_texts import CHAPTERS as CHAPTER_NAMES
from cartellino.senders.guide_texts import GUIDE, RULE_NAMES
from cartellino.senders.overview import overview
from cartellino.senders.recovery import Report, report
from cartellino.senders.recovery_texts import STATES
from cartellino.senders.recovery_words import Speaker
from cartellino.senders.rules import BY_NAME, OF_THE_GATEWAY
from cartellino.senders.state import Senders
from cartellino.senders.wording import said as said_of_fault
from cartellino.service.sender_letters import address
from cartellino.service.service import Service
from cartellino.vocabulary.refusals import NotFound
from cartellino.vocabulary.times import Instant
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, Form, actor_of, principal_of, service_of
from cartellino.web.work import do, looked, worked, written

Result = TypeVar("Result")

MODES = ("enforce", "observe", "off")
CARDS = {"clear": "green", "warned": "yellow", "restricted": "yellow", "locked": "red", "disabled": "red"}


def speaker_of(service: Service, language: str = "en") -> Speaker:
    """Return who says things in a language."""
    return Speaker(service.words, language)


async def asked_of(request: Asked, number: str, what: Callable[[Senders, Number, Instant, Service], Result]) -> Result:
    """Read a number's state in a thread, while nothing changes it.

    Raises `NotFound` for a number that is not known.
    """

    def work(service: Service) -> Result:
        book = service.senders
        with book.lock:
            held = book.state.numbers.get(number)
            if held is None:
                raise NotFound(f"no number `{number}` is known here; it is once it sends, or the platform tells of it")
            return what(book.state, held, book.now(), service)

    return await looked(request, work)


async def recorded(request: Asked, *facts: Fact, why: str = "") -> None:
    """Record facts with their rows of the ledger, and wait until they are on disk."""
    await written(service_of(request).senders.record(*facts))
    await do(request, lambda unit: sender_settings.enter(unit, facts, why))


def now_of(request: Asked) -> Instant:
    """Return the time by which senders are judged."""
    return service_of(request).senders.now()


@get("/console/senders", **guarded("read-senders"))
async def senders(request: Asked) -> Answer:
    """List the numbers with their state."""
    values = await looked(request, _list)
    return shown(request, "senders", "Senders", may=principal_of(request).may("set-senders"), **values)


def _list(service: Service) -> dict[str, Any]:
    book = service.senders
    with book.lock:
        now = book.now()
        numbers = [_row(service, book.state, number, now) for number in book.state.numbers.values()]
        return {"numbers": sorted(numbers, key=lambda row: (row["card"] == "green", row["display"])),
                "bypass": book.state.bypass}  # fmt: skip


def _row(service: Service, state: Senders, number: Number, now: Instant) -> dict[str, Any]:
    said = report(state, number, now)
    days = [day for _, day in number.days.last(7, now)]
    held = overview(state, number, now, service.senders.mode_of)
    return {
        "id": number.id, "display": number.display or number.id, "state": said.state, "card": CARDS[said.state],
        "quality": number.quality, "people": held["limits"]["people_in_24h"], "alarms": len(held["alarms"]),
        "sent": sum(sum(day.sent.values()) for day in days), "refused": sum(sum(day.refused.values()) for day in days),
    }  # fmt: skip


@get("/console/senders/{number:str}", **guarded("read-senders"))
async def sender(request: Asked, number: Name) -> Answer:
    """Show a number."""
    values = await asked_of(request, number, _sender)
    may = principal_of(request).may("set-senders")
    return shown(request, "sender", values["display"], may=may, number=number, place="overview", **values)


@get("/console/senders/{number:str}/pillars", **guarded("read-senders"))
async def pillars(request: Asked, number: Name) -> Answer:
    """Show the five pillars with what would raise each, and the campaigns; measured beside what is being sent."""
    await asked_of(request, number, lambda *_: None)
    made = await worked(request, lambda service: service.senders.pillars(number))
    return part(request, "sender-pillars", "The five pillars", campaigns=made.campaigns, prevention=made.prevention,
                record=made.track_record,
                pillars=[(pillar, charts_of(pillar)) for pillar in made.pillars])  # fmt: skip


def _sender(state: Senders, number: Number, now: Instant, service: Service) -> dict[str, Any]:
    days = [day for _, day in number.days.last(30, now)]
    refused = {name: sum(day.refused.get(name, 0) for day in days) for name in (*BY_NAME, *OF_THE_GATEWAY)}
    return {
        **heading(state, number, now, service), "held": overview(state, number, now, service.senders.mode_of),
        "refused": refused, "modes": MODES,
        "declared": number.declared,
        "languages": [(tag, service.words.own_name(tag)) for tag in service.words.languages],
        "ai": assess(use_of(state, number, now), None, now),
        "names": RULE_NAMES, "fault_said": said_of_fault,
    }  # fmt: skip


def heading(state: Senders, number: Number, now: Instant, service: Service) -> dict[str, Any]:
    """Return what stands at the top of each page of a number."""
    said, speaker = report(state, number, now), speaker_of(service)
    return {
        "display": number.display or number.id, "report": said, "card": CARDS[said.state], "now": now,
        "speed": service.tour.speed if service.tour is not None else 1, **told(said, speaker),
    }  # fmt: skip


def told(said: Report, speaker: Speaker) -> dict[str, Any]:
    """Return a report in words."""
    return {
        "state_said": speaker.say(STATES[said.state]), "works": speaker.works(said),
        "troubles": [{"said": speaker.means(one), "until": speaker.until(one), "ends": one.until, "since": one.since,
                      "of": one.of, "code": one.code, "remediation": one.remediation} for one in said.troubles],
        "offence": speaker.offence(said), "next_time": speaker.next_time(said),
        "causes": [(speaker.cause(cause), cause.grade) for cause in said.causes],
        "stop_now": speaker.stop_now(said), "prevented": speaker.prevented(said),
    }  # fmt: skip


@post("/console/senders/{number:str}/rules", **guarded("set-senders", "form"))
async def set_rule(request: Asked, number: Name, data: Form) -> Answer:
    """Set the mode of a rule, for all numbers."""
    rule, mode = data.get("rule", ""), data.get("mode", "")
    if (rule not in BY_NAME and rule not in OF_THE_GATEWAY) or mode not in MODES:
        raise Problem("bad-argument", "choose a rule and one of its modes")
    known = cast(Any, mode)
    await recorded(request, ModeSet(at=now_of(request), rule=rule, mode=known, actor=str(actor_of(request))))
    return Redirect(f"/console/senders/{number}#rules", status_code=303)


@post("/console/senders/bypass", **guarded("set-senders", "form"))
async def set_bypass(request: Asked, data: Form) -> Answer:
    """Pass over all rules, or not any more."""
    await recorded(request, BypassSet(at=now_of(request), on=data.get("on") == "yes", actor=str(actor_of(request))))
    return Redirect("/console/senders", status_code=303)


@post("/console/senders/{number:str}/declaration", **guarded("set-senders", "form"))
async def declare(request: Asked, number: Name, data: Form) -> Answer:
    """Declare what a number uses AI for, and how a person is reached."""
    ai = data.get("ai", "")
    if ai not in ("none", "incidental", "primary"):
        raise Problem("bad-argument", "say what AI is used for")
    await asked_of(request, number, lambda *_: None)
    fact = Declared(at=now_of(request), number=number, ai=cast(Any, ai), actor=str(actor_of(request)),
                    escalation=data.get("escalation", "").strip()[:200], mail=address(data.get("mail", "")),
                    language=data.get("language", "")[:16])  # fmt: skip
    await recorded(request, fact)
    return Redirect(f"/console/senders/{number}#ai", status_code=303)


@get("/console/senders/{number:str}/guide", **guarded("read-senders"))
async def guide(request: Asked, number: Name) -> Answer:
    """Show the guide with the sender's own numbers beside each rule."""
    values = await asked_of(request, number, _guide)
    return shown(request, "sender-guide", values["display"], number=number, place="guide", **values)


def _guide(state: Senders, number: Number, now: Instant, service: Service) -> dict[str, Any]:
    speaker = speaker_of(service)
    chapters = [
        (CHAPTER_NAMES[chapter], [
            (entry, RULE_NAMES[entry.rule], speaker.say(GUIDE[entry.rule], **entry.holes),
             service.senders.mode_of(entry.rule))
            for entry in own_entries(chapter, state, number, now)
        ])
        for chapter in CHAPTERS
    ]  # fmt: skip
    return {**heading(state, number, now, service), "chapters": chapters}


PAGES = [senders, sender, pillars, set_rule, set_bypass, declare, guide]
