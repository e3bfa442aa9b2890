"""The front page: what this is, the loop with its current counts, and the entrances for each kind of visitor.

In a demonstration there are doors that let anybody in: their links do not expire, and always lead to a card in force.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple

import anyio.to_thread
from litestar import Request, Response, get
from litestar.params import PathParameter, QueryParameter
from litestar.response import Redirect

from cartellino.appeals.proof import Holder
from cartellino.holder.door import entered, guarded
from cartellino.queries import notices
from cartellino.service.service import Service
from cartellino.web.guard import allow
from cartellino.web.pages import page
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, service_of

SENTENCE = "Open-source bans and appeals for messengers: every decision explained, every mistake reversible."

PATIENCE = 1.0
"""Most seconds that the page waits for this month's figures, which are left out otherwise."""


class Step(NamedTuple):
    """A step of the loop: its name, its count, and what is counted."""

    name: str
    number: int | str
    of: str


@get("/", opt=allow("public"), include_in_schema=False)
async def front(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the front page."""
    service: Service = request.app.state.service
    steps = await anyio.to_thread.run_sync(loop, service)
    return page("front.html", sentence=SENTENCE, tour=service.tour, steps=steps, now=service.clock.now())


@get("/loop", opt=allow("public"), include_in_schema=False)
async def counts(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the loop with its counts, which the page reloads every few seconds."""
    service: Service = request.app.state.service
    steps = await anyio.to_thread.run_sync(loop, service)
    return page("loop.html", steps=steps)


def loop(service: Service) -> list[Step]:
    """Return the steps of the loop, with this month's figures from the public report.

    The numbers of events and notices are public in a demonstration only.
    """
    month = datetime.fromtimestamp(service.clock.now() / 1000, UTC).strftime("%Y-%m")
    job = service.reporting(month).wait(PATIENCE)
    report = job.result if job.is_over and not job.problem else None
    appeals = report["appeals"] if report is not None else {}
    live, is_demo = service.live, service.tour is not None
    rules = len(live.policies.rules)
    languages = len(service.words.languages)
    return [
        Step("Detect", live.sequence, f"events passed {_many(rules, 'rule')}")
        if is_demo
        else Step("Detect", rules, f"{'rule' if rules == 1 else 'rules'} in force"),
        Step("Decide", report["actions_total"] if report is not None else "–", "cards shown this month"),
        Step("Tell", _notices(service), f"notices told, in {languages} languages")
        if is_demo
        else Step("Tell", languages, "languages, each notice with its reasons"),
        Step("Hear", appeals.get("filed", "–"), "asked for a review this month"),
        Step("Undo", report["taken_back"]["total"] if report is not None else "–", "cards were wrong and taken back"),
        Step("Learn", appeals.get("decided", "–"), "hearings measure the rules"),
    ]


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _notices(service: Service) -> int:
    with service.database.begin() as rows:
        return notices.count(rows)


@get("/account/demo/{name:str}", **guarded())
async def demo_door(
    request: Asked,
    name: Annotated[str, PathParameter(max_length=64)],
    to: Annotated[str, QueryParameter(max_length=16)] = "",
) -> Response[Any]:
    """Let anybody in by a door of the demonstration, as often as they like; `why` leads on to the answer."""
    tour = service_of(request).tour
    door = next((door for door in tour.doors if door.name == name), None) if tour is not None else None
    if door is None:
        raise Problem("not-found", "there is no such door")
    inside = await entered(request, Holder("main", door.account, 0, "link"), language=door.language)
    if to != "why":
        return inside
    return Redirect("/account/why?language=en", status_code=303, cookies=inside.cookies)
