"""The frame of the console's pages: navigation, parts of pages, and what is said when something is refused.

Which permission a page needs stands at its route (`guarded`), and the guard sees to it before the page is asked: who
has not signed in is sent to do so, and who may not do a thing is told so. Forms bring a token made from the session.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Annotated, Any

import anyio.to_thread
import structlog
from litestar import Response, get, post
from litestar.exceptions import HTTPException
from litestar.params import PathParameter
from litestar.response import Redirect

from cartellino.service.service import Service
from cartellino.vocabulary.refusals import Refusal
from cartellino.web import sessions
from cartellino.web.guard import SignInFirst, allow
from cartellino.web.identity import COOKIE, token_of
from cartellino.web.pages import page
from cartellino.web.problems import Problem, headers_of, status_of
from cartellino.web.requests import Asked, Form, principal_of, service_of

Answer = Response[Any]
Name = Annotated[str, PathParameter(max_length=256)]

ROWS = 50
"""Rows of a list on one page."""

PATIENCE = 0.05
"""Seconds for which a part of a page waits for a long answer."""

NAVIGATION = (
    ("/console", "Overview", "read-cases"),
    ("/console/cases", "Cases", "read-cases"),
    ("/console/looks", "Blind looks", "audit-decisions"),
    ("/console/decisions", "Decisions", "read-decisions"),
    ("/console/policies", "Policies", "read-policies"),
    ("/console/proposals", "Proposals", "read-policies"),
    ("/console/held", "Held", "read-held"),
    ("/console/operators", "Operators", "operators"),
    ("/console/ledger", "Ledger", "read-ledger"),
)

log = structlog.get_logger()


def reason_of(data: dict[str, str]) -> str:
    """Return the reason in a form.

    Raises `Problem` when there is none.
    """
    reason = data.get("reason", "").strip()[:4_000]
    if len(reason) < 3:
        raise Problem("bad-argument", "Say why: at least three letters, which stand in the ledger.")
    return reason


def _token(request: Asked) -> str:
    return token_of(request, service_of(request), "console")


def shown(request: Asked, template: str, title: str, status: int = 200, **values: Any) -> Answer:
    """Return a page of the console."""
    asks = principal_of(request)
    who = asks if asks.kind == "operator" else None
    within = tuple(one for one in NAVIGATION if who is not None and who.may(one[2]))
    common = {
        "title": title,
        "who": who,
        "csrf": _token(request),
        "here": request.url.path,
        "navigation": within,
        "problem": "",
        "tour": service_of(request).tour,
    }
    return page(f"console/{template}.html", status, **{**common, **values})


def part(request: Asked, template: str, title: str, **values: Any) -> Answer:
    """Return a part of a page, for htmx to put in; whoever comes without it gets it as a page of its own."""
    if request.headers.get("hx-request") == "true":
        return page(f"console/{template}.html", csrf=_token(request), **values)
    return shown(request, "part", title, inside=f"console/{template}.html", **values)


async def worked_out(request: Asked, key: Hashable, what: Callable[[Service], dict[str, Any]]) -> dict[str, Any]:
    """Ask something that may take long; a part of a page shows the answer, or asks again a little later."""
    service = service_of(request)
    job = service.answers.ask(key, lambda told: what(service), None)
    await anyio.to_thread.run_sync(job.wait, PATIENCE)
    is_over = job.is_over  # it may end while the page is written
    return {"is_over": is_over, "failed": job.problem if is_over else "", **((job.result or {}) if is_over else {})}


# What goes wrong


def _to_sign_in(request: Asked, _: SignInFirst) -> Answer:
    if request.headers.get("hx-request") == "true":
        return Response("", status_code=401, headers={"HX-Redirect": "/console/sign-in"})
    return Redirect("/console/sign-in", status_code=303)


def _refused(request: Asked, refusal: Refusal) -> Answer:
    told = _told(request, str(refusal), status_of(refusal))
    told.headers.update(headers_of(refusal))
    return told


def _unreadable(request: Asked, error: HTTPException) -> Answer:
    return _told(request, f"This cannot be read: {error.detail}"[:300], error.status_code)


def _failed(request: Asked, error: Exception) -> Answer:
    log.error("a page failed", error=type(error).__name__, exc_info=error)
    return _told(request, "This is a fault of ours; it was logged. Try again, or tell whoever runs the service.", 500)


def sentence(refusal: Refusal | str) -> str:
    """Write a refusal as a sentence for people."""
    said = str(refusal)
    return said[:1].upper() + said[1:]


def _told(request: Asked, why: str, status: int) -> Answer:
    said = sentence(why)
    if request.headers.get("hx-request") == "true":
        return page("console/problem.html", status, problem=said)
    return shown(request, "base", "This was not done", status, problem=said)


_REFUSALS: dict[Any, Any] = {
    SignInFirst: _to_sign_in,
    Refusal: _refused,
    HTTPException: _unreadable,
    Exception: _failed,
}


def guarded(may: str, bound: str = "none") -> dict[str, Any]:
    """Return what every route of the console has: the permission it needs, and the body it takes."""
    return {"opt": allow(may, bound, "console"), "include_in_schema": False, "exception_handlers": _REFUSALS}


# Signing in


@get("/console/sign-in", **guarded("public"))
async def sign_in_page(request: Asked) -> Answer:
    """Show the form."""
    return shown(request, "sign-in", "Sign in", name="")


@post("/console/sign-in", **guarded("public", "form"))
async def sign_in(request: Asked, data: Form) -> Answer:
    """Sign in with name and password."""
    name = data.get("name", "")[:64]
    try:
        begun = await sessions.begin(request, name, data.get("password", ""))
    except Problem as problem:
        return shown(request, "sign-in", "Sign in", status_of(problem), name=name, problem=f"{sentence(problem)}.")
    return Redirect("/console", status_code=303, cookies=begun.cookies)


@post("/console/leave", **guarded("oneself", "form"))
async def leave(request: Asked) -> Answer:
    """Sign out: the session is over."""
    await sessions.end(request)
    gone = _to_sign_in(request, SignInFirst())
    gone.delete_cookie(COOKIE, path="/")
    return gone
