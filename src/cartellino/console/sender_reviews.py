"""The review of numbers that may offer a general AI: the queue, a person's decision with its grace, and the notice."""

from __future__ import annotations

from typing import Any, cast

from litestar import get, post
from litestar.response import Redirect

from cartellino.commands.terminations import announce
from cartellino.console.door import Answer, Name, guarded, reason_of, shown
from cartellino.console.senders import asked_of, heading, now_of, recorded, speaker_of
from cartellino.senders import ai
from cartellino.senders.accounts import Number
from cartellino.senders.ai_policy import ai_policy
from cartellino.senders.facts import AiAnswered
from cartellino.senders.state import Senders
from cartellino.service.service import Service
from cartellino.vocabulary.times import Instant
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, Form, actor_of, principal_of
from cartellino.web.sender_decisions import record_decision
from cartellino.web.work import do, looked

REASON_OF_TERMS = "Business Platform terms 4.7: a general AI is what the number offers"


@get("/console/senders/ai", **guarded("read-senders"))
async def reviews(request: Asked) -> Answer:
    """List the numbers that a person should look at, and those that were decided on."""
    values = await looked(request, _reviews)
    return shown(request, "sender-reviews", "Use of AI: to be reviewed", policy=ai_policy(), **values)


def _reviews(service: Service) -> dict[str, Any]:
    book = service.senders
    with book.lock:
        now, state = book.now(), book.state
        queue = [(one, state.numbers[one.use.number].display or one.use.number) for one in ai.queue(state, now)]
        decided = [(number.display or number.id, number.id, number.ai_reviewed) for number in state.numbers.values()
                   if number.ai_reviewed is not None]  # fmt: skip
        return {"queue": queue, "decided": decided, "now": now}


@get("/console/senders/ai/{number:str}", **guarded("read-senders"))
async def review(request: Asked, number: Name) -> Answer:
    """Show what is known of a number's use of AI, by country, and the decision if there is one."""
    values = await asked_of(request, number, _review)
    who = principal_of(request)
    return shown(
        request, "sender-review", values["display"], number=number, place="ai", policy=ai_policy(),
        may_decide=who.may("review-senders"), may_answer=who.may("set-senders"), may_end=who.may("change-sanctions"),
        **values,
    )  # fmt: skip


def _review(state: Senders, number: Number, now: Instant, service: Service) -> dict[str, Any]:
    use, decision = ai.use_of(state, number, now), number.ai_reviewed
    assessments: dict[tuple[str, tuple[str, ...]], tuple[list[str], ai.Assessment]] = {}
    for country in [*ai.countries_of(state, number.id)[:12], None]:
        said = ai.assess(use, country, now)
        named = "everywhere else" if country is None else speaker_of(service).country(country)
        assessments.setdefault((said.answer, said.reasons), ([], said))[0].append(named)
    notices = []
    if decision is not None:
        display, terms = number.display or number.id, ai_policy().terms
        notices = [(service.words.own_name(language), language,
                    speaker_of(service, language).ai_notice(decision, display, terms))
                   for language in service.words.languages]  # fmt: skip
    return {
        **heading(state, number, now, service), "use": use, "way": ai.WAYS[use.way], "decision": decision,
        "answered": number.ai_answered, "notices": notices,
        "mail": number.declared.mail if number.declared is not None else "",
        "assessments": list(assessments.values()),
    }  # fmt: skip


@post("/console/senders/ai/{number:str}", **guarded("review-senders", "form"))
async def decide(request: Asked, number: Name, data: Form) -> Answer:
    """Decide on a number's use of AI; what is not allowed is refused only after the grace."""
    outcome, reason = data.get("outcome", ""), reason_of(data)
    await asked_of(request, number, lambda *_: None)
    if outcome not in ("allowed", "not_allowed"):
        raise Problem("bad-argument", "say whether it is allowed")
    fact = ai.decided(number, cast(Any, outcome), reason, str(actor_of(request)), now_of(request))
    await record_decision(request, fact)
    return Redirect(f"/console/senders/ai/{number}#notice", status_code=303)


@post("/console/senders/ai/{number:str}/answer", **guarded("set-senders", "form"))
async def answer(request: Asked, number: Name, data: Form) -> Answer:
    """Note what the sender answers to a decision: it is looked at again, first of all."""
    await asked_of(request, number, lambda *_: None)
    fact = AiAnswered(at=now_of(request), number=number, text=reason_of(data), actor=str(actor_of(request)))
    await recorded(request, fact)
    return Redirect(f"/console/senders/ai/{number}", status_code=303)


@post("/console/senders/ai/{number:str}/end", **guarded("change-sanctions", "form"))
async def end(request: Asked, number: Name, data: Form) -> Answer:
    """Announce the end of the service to a sender: a statement of reasons now, and the notice period of its law."""
    reason, region = reason_of(data), data.get("region") or None
    await asked_of(request, number, lambda *_: None)
    await do(request, lambda unit: announce(unit, "main", number, region, REASON_OF_TERMS, reason))
    return Redirect(f"/console/account?account={number}", status_code=303)


PAGES = [reviews, review, decide, answer, end]
