"""The door of the console: who comes in, by which permission, and what a page says when something is refused.

Every page asks the same table of permissions as the interface for machines. Who has not signed in is sent to do so;
who may not do a thing is told so, and nothing happens. Forms bring a token made from the session.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Hashable
from typing import Annotated, Any, TypeVar

import anyio.to_thread
import structlog
from litestar import Request, Response, get, post
from litestar.exceptions import HTTPException
from litestar.params import PathParameter, URLEncodedBody
from litestar.response import Redirect

from cartellino.service.access import PERMISSIONS, Principal
from cartellino.service.desk import Desk
from cartellino.service.service import Service
from cartellino.storage.database import Rows
from cartellino.vocabulary.refusals import Refusal
from cartellino.web import sessions
from cartellino.web.identity import COOKIE, csrf_token, identify
from cartellino.web.pages import page
from cartellino.web.problems import Problem, status_of

Asked = Request[Any, Any, Any]
Form = URLEncodedBody[dict[str, str]]
Answer = Response[Any]
Name = Annotated[str, PathParameter(max_length=256)]
Result = TypeVar("Result")

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


class SignInFirst(Exception):  # noqa: N818 - it is no error
    """Nobody has signed in."""


def service_of(request: Asked) -> Service:
    """Return the service that is asked."""
    found: Service = request.app.state.service
    return found


async def operator(request: Asked, permission: str) -> Principal:
    """Return the operator who asks.

    Raises `SignInFirst` where nobody has signed in, `Problem` for somebody who may not.
    """
    who = await identify(request, service_of(request))
    if who.kind != "operator":
        raise SignInFirst
    request.state.who = who
    if not who.may(permission):
        roles = ", ".join(sorted(PERMISSIONS[permission].roles))
        raise Problem("not-allowed", f"You may not do this. It is for {roles}; you are {who.role}.")
    return who


async def sender(request: Asked, data: dict[str, str], permission: str) -> Principal:
    """Return the operator who sends a form; like `operator`, and the form has to be ours."""
    who = await operator(request, permission)
    if not _is_ours(request, data):
        raise Problem("not-allowed", "This form is too old or not ours. Open the page again and send it from there.")
    return who


def reason_of(data: dict[str, str]) -> str:
    """Return the reason in a form.

    Raises `Problem` when there is none.
    """
    reason = data.get("reason", "").strip()[:4_000]
    if len(reason) < 3:
        raise Problem("bad-argument", "Say why: at least three letters, which stand in the ledger.")
    return reason


def _is_ours(request: Asked, data: dict[str, str]) -> bool:
    return hmac.compare_digest(data.get("csrf", "").encode(), _token(request).encode())


def _token(request: Asked) -> str:
    return csrf_token(request.cookies.get(COOKIE, ""), service_of(request).secret)


def shown(request: Asked, template: str, title: str, status: int = 200, **values: Any) -> Answer:
    """Return a page of the console."""
    who: Principal | None = request.state.get("who")
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


async def looked(request: Asked, what: Callable[[Service], Result]) -> Result:
    """Look something up, in a thread of its own."""
    return await anyio.to_thread.run_sync(what, service_of(request))


def rows_of(service: Service, asked: Any, many: int = ROWS) -> list[Any]:  # noqa: ANN401 - a statement, and rows
    """Return the rows that a question has for an answer, a page of them."""
    with service.database.begin() as rows:
        return list(rows.execute(asked.limit(many)))


def read(service: Service, what: Callable[[Rows], Result]) -> Result:
    """Read rows in one transaction."""
    with service.database.begin() as rows:
        return what(rows)


async def worked_out(request: Asked, key: Hashable, what: Callable[[Service], dict[str, Any]]) -> dict[str, Any]:
    """Ask something that may take long; a part of a page shows the answer, or asks again a little later."""
    service = service_of(request)
    job = service.answers.ask(key, lambda told: what(service), None)
    await anyio.to_thread.run_sync(job.wait, PATIENCE)
    is_over = job.is_over  # it may end while the page is written
    return {"is_over": is_over, "failed": job.problem if is_over else "", **((job.result or {}) if is_over else {})}


async def done(request: Asked, who: Principal, what: Callable[[Desk], Result], seconds: float = 30) -> Result:
    """Do a piece of work at the desk, in the operator's name."""
    return await asyncio.wait_for(
        asyncio.wrap_future(service_of(request).writer.do(what, service_of(request).actor(who))), seconds
    )


# What goes wrong


def _to_sign_in(request: Asked, _: SignInFirst) -> Answer:
    if request.headers.get("hx-request") == "true":
        return Response("", status_code=401, headers={"HX-Redirect": "/console/sign-in"})
    return Redirect("/console/sign-in", status_code=303)


def _refused(request: Asked, refusal: Refusal) -> Answer:
    return _told(request, str(refusal), status_of(refusal))


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


PAGE: dict[str, Any] = {
    "opt": {"may": "public"},
    "include_in_schema": False,
    "exception_handlers": {
        SignInFirst: _to_sign_in,
        Refusal: _refused,
        HTTPException: _unreadable,
        Exception: _failed,
    },
}
"""What every route of the console has: pages check for themselves, so that a browser is sent to sign in."""

# Signing in


@get("/console/sign-in", **PAGE)
async def sign_in_page(request: Asked) -> Answer:
    """Show the form."""
    return shown(request, "sign-in", "Sign in", name="")


@post("/console/sign-in", **PAGE)
async def sign_in(request: Asked, data: Form) -> Answer:
    """Sign in with name and password."""
    name = data.get("name", "")[:64]
    try:
        begun = await sessions.begin(request, name, data.get("password", ""))
    except Problem as problem:
        return shown(request, "sign-in", "Sign in", status_of(problem), name=name, problem=f"{sentence(problem)}.")
    return Redirect("/console", status_code=303, cookies=begun.cookies)


@post("/console/leave", **PAGE)
async def leave(request: Asked, data: Form) -> Answer:
    """Sign out: the session is over."""
    if _is_ours(request, data):
        await sessions.end(request)
    gone = _to_sign_in(request, SignInFirst())
    gone.delete_cookie(COOKIE, path="/")
    return gone
