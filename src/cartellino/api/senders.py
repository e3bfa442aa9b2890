"""Routes of business senders: what a number may do, its rules, and the ledger of consents."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.params import JSONBody, PathParameter, QueryParameter

from cartellino.api.senders_pillars import in_short, measured, teller_of
from cartellino.api.senders_rows import read_consent, read_recipient
from cartellino.commands import sender_settings
from cartellino.senders.campaign import Campaign, Recipient
from cartellino.senders.dossier import dossier_of, record
from cartellino.senders.facts import BypassSet, Cleared, Declared, Fact, ModeSet, Placed
from cartellino.senders.overview import overview
from cartellino.senders.phone import read_phone
from cartellino.senders.preflight import preflight
from cartellino.senders.recovery_words import Speaker
from cartellino.senders.rules import BY_NAME, OF_THE_GATEWAY
from cartellino.service.sender_letters import address
from cartellino.service.senders import SenderBook
from cartellino.service.service import Service
from cartellino.vocabulary.refusals import NotFound
from cartellino.vocabulary.times import show_instant
from cartellino.web.guard import allow
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, actor_of, language_of, moment, principal_of, service_of
from cartellino.web.work import Workshop, do, looked, written

Number = Annotated[str, PathParameter(max_length=64)]
RuleName = Annotated[str, PathParameter(max_length=64)]
_Short = Annotated[str, msgspec.Meta(max_length=200)]


class Mode(msgspec.Struct):
    """The mode of a rule."""

    mode: Literal["enforce", "observe", "off"]


class Bypass(msgspec.Struct):
    """Whether all rules are passed over."""

    on: bool


class Consents(msgspec.Struct):
    """Lines for the ledger, at most a thousand at once: `source`, `to` or `user_id`, and optionally `category`
    (marketing), `given` (true), `wording`, `proof` and `at`.
    """

    consents: Annotated[list[Any], msgspec.Meta(min_length=1, max_length=1_000)]


class Declaration(msgspec.Struct):
    """What a number uses AI for, how a person is reached from it, and where notices go (`mail`, `language`)."""

    ai: Literal["none", "incidental", "primary"]
    escalation: _Short = ""
    mail: Annotated[str, msgspec.Meta(max_length=254)] = ""
    language: Annotated[str, msgspec.Meta(max_length=16)] = ""


def book_of(request: Asked) -> SenderBook:
    """Return the book of business senders."""
    return service_of(request).senders


@get("/v1/senders", opt=allow("read-senders"), tags=["senders"], summary="Business numbers")
async def list_senders(request: Asked) -> dict[str, Any]:
    """List the numbers that the gateway knows."""
    book = book_of(request)
    with book.lock:
        numbers = [{"phone_number_id": number.id, "display_phone_number": number.display, "quality": number.quality}
                   for number in book.state.numbers.values()]  # fmt: skip
    return {"senders": numbers}


@get("/v1/senders/{number:str}", opt=allow("read-senders"), tags=["senders"], summary="One business number")
async def show_sender(request: Asked, number: Number) -> dict[str, Any]:
    """Say what a number may do now: limits and what is used of them, windows, restrictions, rules, alarms, pillars."""
    book, found, tell = book_of(request), await measured(request, number), teller_of(request)
    with book.lock:
        held = book.state.number(number)
        return {**overview(book.state, held, book.now(), book.mode_of), "pillars": in_short(found, tell)}


@get("/v1/senders/{number:str}/dossier", opt=allow("read-senders"), tags=["senders"], summary="Recovery of a number")
async def show_dossier(request: Asked, number: Number) -> dict[str, Any]:
    """Return what a request for a review can show, and the request itself: restrictions, probable causes, figures,
    agreements under pseudonyms, templates. `?language=` or `Accept-Language` chooses the words.
    """
    language, words = language_of(request), service_of(request).words

    def work(service: Service) -> dict[str, Any]:
        book = service.senders
        with book.lock:
            held = book.state.numbers.get(number)
            if held is None:
                raise NotFound(f"no number `{number}` is known here; it is once it sends, or the platform tells of it")
            made = dossier_of(book.state, held, book.now(), book.mode_of)
        return {**record(made), "request": Speaker(words, language).request(made)}

    return await looked(request, work)


@post("/v1/senders/rules/{rule:str}", opt=allow("set-senders", "json"), tags=["senders"], status_code=200)
async def set_rule(request: Asked, rule: RuleName, data: JSONBody[Mode]) -> dict[str, Any]:
    """Set the mode of a rule: `enforce` refuses, `observe` only says so, `off` is silent."""
    if rule not in BY_NAME and rule not in OF_THE_GATEWAY:
        raise NotFound(f"there is no rule `{rule}`; there are {', '.join([*BY_NAME, *OF_THE_GATEWAY])}")
    await _record(request, ModeSet(at=book_of(request).now(), rule=rule, mode=data.mode, actor=str(actor_of(request))))
    return {"rule": rule, "mode": book_of(request).mode_of(rule)}


@post("/v1/senders/bypass", opt=allow("set-senders", "json"), tags=["senders"], status_code=200)
async def set_bypass(request: Asked, data: JSONBody[Bypass]) -> dict[str, Any]:
    """Pass over all rules, or not any more: for an emergency in which everything has to be sent."""
    await _record(request, BypassSet(at=book_of(request).now(), on=data.on, actor=str(actor_of(request))))
    return {"bypass": book_of(request).state.bypass}


@post("/v1/senders/consents", opt=allow("write-consents", "json"), tags=["senders"], status_code=200)
async def write_consents(request: Asked, data: JSONBody[Consents]) -> dict[str, Any]:
    """Write agreements and withdrawals into the ledger: who, source, wording, time, category, proof.

    A line that cannot be taken is answered with its place; the others are written.
    """
    book, rejected, facts = book_of(request), [], []
    actor = str(actor_of(request))
    for row, line in enumerate(data.consents):
        try:
            facts.append(read_consent(line, service_of(request).people, book.now(), actor))
        except Problem as wrong:
            rejected.append({"row": row, "why": str(wrong)})
    if facts:
        await _record(request, *facts)
    return {"written": len(facts), "rejected": rejected}


_To = Annotated[str, QueryParameter(max_length=64)]


@get("/v1/senders/consents", opt=allow("read-senders"), tags=["senders"], summary="What a person agreed to")
async def read_consents(request: Asked, to: _To = "", user_id: _To = "") -> dict[str, Any]:
    """Say what a person agreed to and took back, with source, wording, time and proof."""
    phone = read_phone(to) if to else None
    if phone is not None and not phone.is_number:
        raise Problem("bad-argument", f"`to` is {phone.why}", "to")
    names, book = (
        service_of(request).people.of(digits=phone.digits if phone else None, user_id=user_id or None),
        book_of(request),
    )
    with book.lock:
        person = book.state.people.find(names)
        if person is None:
            return {"known": False, "agreed": [], "withdrew": []}
        agreed = [{"category": kind, "source": one.source, "wording": one.wording, "proof": one.proof,
                   "given_at": show_instant(one.given_at or one.at), "recorded_at": show_instant(one.at)}
                  for kind, one in person.agreed.items()]  # fmt: skip
        withdrew = [{"category": kind, "at": show_instant(at)} for kind, at in person.withdrew.items()]
        return {"known": True, "agreed": agreed, "withdrew": withdrew, "marketing": person.agrees("marketing")}


@post("/v1/senders/{number:str}/declaration", opt=allow("set-senders", "json"), tags=["senders"], status_code=200)
async def declare(request: Asked, number: Number, data: JSONBody[Declaration]) -> dict[str, Any]:
    """Declare what a number uses AI for: not at all, incidentally to its own service, or as what it offers."""
    fact = Declared(at=book_of(request).now(), number=number, ai=data.ai, escalation=data.escalation,
                    actor=str(actor_of(request)), mail=address(data.mail), language=data.language)  # fmt: skip
    await _record(request, fact)
    return {"phone_number_id": number, "ai": data.ai, "mail": fact.mail or None}


class Place(msgspec.Struct):
    """The portfolio of a number."""

    portfolio: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


@post("/v1/senders/{number:str}/portfolio", opt=allow("set-senders", "json"), tags=["senders"], status_code=200)
async def place(request: Asked, number: Number, data: JSONBody[Place]) -> dict[str, Any]:
    """Say to which portfolio a number belongs; numbers of one portfolio share its tier. By default all share one."""
    await _record(request, Placed(at=book_of(request).now(), number=number, portfolio=data.portfolio,
                                  actor=str(actor_of(request))))  # fmt: skip
    return {"phone_number_id": number, "portfolio": data.portfolio}


class Clearing(msgspec.Struct):
    """What is over, as `stops` names it."""

    stops: _Short


@post("/v1/senders/{number:str}/clear", opt=allow("set-senders", "json"), tags=["senders"], status_code=200)
async def clear(request: Asked, number: Number, data: JSONBody[Clearing]) -> dict[str, Any]:
    """Say that a stop is over which an error of the platform began, such as after the payment was mended."""
    book = book_of(request)
    await _record(request, Cleared(at=book.now(), number=number, stop=data.stops, actor=str(actor_of(request))))
    return {"phone_number_id": number, "cleared": data.stops}


class Asking(msgspec.Struct):
    """A campaign with its audience, at most five thousand people with `to` or `user_id`, and optionally `language` and
    `zone`; larger ones by `cartellino senders preflight`.
    """

    template: Annotated[str, msgspec.Meta(min_length=1, max_length=512)]
    audience: Annotated[list[Any], msgspec.Meta(min_length=1, max_length=5_000)]
    category: Literal["marketing", "utility", "authentication"] = "marketing"
    language: Annotated[str, msgspec.Meta(max_length=16)] = "en"
    starts_at: str | None = None


@post("/v1/senders/{number:str}/preflight", opt=allow("read-senders", "audience"), tags=["senders"], status_code=200)
async def ask_before(request: Asked, number: Number, data: JSONBody[Asking]) -> dict[str, Any]:
    """Say before a campaign is sent who may be written to, who later, who never and why, and what to expect."""
    service, book = service_of(request), book_of(request)
    starts = book.now() if data.starts_at is None else moment(data.starts_at, "starts_at")
    campaign = Campaign(number, data.template, data.language, data.category, starts)
    audience = [read_recipient(line, service.people, place) for place, line in enumerate(data.audience, 1)]
    workshop: Workshop = request.app.state.workshop
    return await workshop.do(principal_of(request).name, lambda: _asked(book, campaign, audience))


def _asked(book: SenderBook, campaign: Campaign, audience: list[Recipient]) -> dict[str, Any]:
    return preflight(book.copied(), campaign, audience)


async def _record(request: Asked, *facts: Fact) -> None:
    await written(book_of(request).record(*facts))
    await do(request, lambda unit: sender_settings.enter(unit, facts))
