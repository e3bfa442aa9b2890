"""Use of AI by a business number: what is known of it, a person's decision, and what the sender answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.params import JSONBody, PathParameter

from cartellino.commands import sender_settings
from cartellino.senders import ai
from cartellino.senders.ai_policy import ai_policy
from cartellino.senders.facts import AiAnswered, AiReviewed
from cartellino.service.service import Service
from cartellino.vocabulary.refusals import NotFound
from cartellino.vocabulary.times import show_instant
from cartellino.web.guard import allow
from cartellino.web.requests import Asked, actor_of, service_of
from cartellino.web.sender_decisions import record_decision
from cartellino.web.work import do, looked, written

Number = Annotated[str, PathParameter(max_length=64)]
_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]

_COUNTRIES = 12
"""Most countries for which the policy is applied one by one."""


class Decision(msgspec.Struct):
    """What a person found, and why: the sender is told the reason."""

    outcome: Literal["allowed", "not_allowed"]
    reason: _Text


class Reply(msgspec.Struct):
    """What the sender says about a decision."""

    text: _Text


@get("/v1/senders/{number:str}/ai", opt=allow("read-senders"), tags=["senders"], summary="Use of AI of a number")
async def show_ai(request: Asked, number: Number) -> dict[str, Any]:
    """Say what a number declared, what its metadata show, how a person is reached, and what the policy says by country.

    `answer` is `allowed`, `review` (a person should look) or `not_allowed`; only a person's decision refuses anything.
    """

    def work(service: Service) -> dict[str, Any]:
        book = service.senders
        with book.lock:
            sender = book.state.numbers.get(number)
            if sender is None:
                raise NotFound(f"no number `{number}` is known here; it is once it sends, or the platform tells of it")
            now = book.now()
            use = ai.use_of(book.state, sender, now)
            countries = [*ai.countries_of(book.state, number)[:_COUNTRIES], None]
            assessments = [{"country": country, **_assessed(ai.assess(use, country, now))} for country in countries]
            return {"phone_number_id": number, **_used(use), "assessments": assessments,
                    "decision": _decided(sender.ai_reviewed), "answered": _answered(sender.ai_answered)}  # fmt: skip

    return await looked(request, work)


def _assessed(said: ai.Assessment) -> dict[str, Any]:
    return {"answer": said.answer, "reasons": list(said.reasons)}


def _used(use: ai.Use) -> dict[str, Any]:
    evidence = [
        {"name": proof.name, "least": round(proof.share.least, 4), "most": round(proof.share.most, 4),
         "of": proof.share.of, "speaks_for_general_ai": proof.speaks}
        for proof in use.evidence
    ]  # fmt: skip
    way = {"state": use.way, "said": ai.WAYS[use.way], "declared": use.reached_by or None}
    return {"declared": use.declared, "people": use.people, "evidence": evidence, "terms": ai_policy().terms,
            "way_to_a_person": way}  # fmt: skip


def _decided(decision: AiReviewed | None) -> dict[str, Any] | None:
    if decision is None:
        return None
    return {"outcome": decision.outcome, "reason": decision.reason, "at": show_instant(decision.at),
            "blocks_from": None if decision.blocks_from is None else show_instant(decision.blocks_from)}  # fmt: skip


def _answered(reply: AiAnswered | None) -> dict[str, Any] | None:
    return None if reply is None else {"text": reply.text, "at": show_instant(reply.at)}


@post("/v1/senders/{number:str}/ai/decision", opt=allow("review-senders", "json"), tags=["senders"], status_code=200)
async def decide_ai(request: Asked, number: Number, data: JSONBody[Decision]) -> dict[str, Any]:
    """Decide on a number's use of AI, as a person; what is not allowed is refused only after the grace.

    The notice goes to the address that the number declared; `mailed` says whether there is one.
    """
    fact = ai.decided(number, data.outcome, data.reason, str(actor_of(request)), _known(request, number))
    return {"phone_number_id": number, "decision": _decided(fact), "mailed": await record_decision(request, fact)}


@post("/v1/senders/{number:str}/ai/answer", opt=allow("set-senders", "json"), tags=["senders"], status_code=200)
async def answer_ai(request: Asked, number: Number, data: JSONBody[Reply]) -> dict[str, Any]:
    """Note what the sender answers to a decision: a person looks again, first of all."""
    fact = AiAnswered(at=_known(request, number), number=number, text=data.text, actor=str(actor_of(request)))
    await _record(request, fact)
    return {"phone_number_id": number, "answered": _answered(fact)}


def _known(request: Asked, number: str) -> int:
    """Return the time of the gateway's book.

    Raises `NotFound` for a number that is not known.
    """
    book = service_of(request).senders
    with book.lock:
        if number not in book.state.numbers:
            raise NotFound(f"no number `{number}` is known here; it is once it sends, or the platform tells of it")
    return book.now()


async def _record(request: Asked, fact: AiAnswered) -> None:
    await written(service_of(request).senders.record(fact))
    await do(request, lambda unit: sender_settings.enter(unit, (fact,)))
