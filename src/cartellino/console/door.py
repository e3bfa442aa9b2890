"""The frame of the console's pages: navigation, partial pages, signing in, and the pages for refusals.

A route declares the permission that its page needs (`guarded`), and the guard checks it first: visitors who have not
signed in are redirected to do so, and operators without the permission are refused. Forms need a token of the session.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Annotated, Any

import anyio.to_thread
import structlog
from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.exceptions import HTTPException
from litestar.params import PathParameter
from litestar.response import Redirect

from cartellino.console.kept import NOTHING, carried, here, inside, kept_of
from cartellino.service.access import Principal
from cartellino.service.service import Service
from cartellino.vocabulary.refusals import Refusal
from cartellino.web import sessions
from cartellino.web.cookies import cookies
from cartellino.web.guard import SignInFirst, allow
from cartellino.web.identity import COOKIE, csrf_token, token_of
from cartellino.web.pages import page
from cartellino.web.problems import Problem, headers_of, status_of
from cartellino.web.requests import Asked, Form, principal_of, service_of

Answer = Response[Any]
Name = Annotated[str, PathParameter(max_length=256)]

ROWS = 50
"""The number of rows of a list on one page."""

SIGN_IN = "/console/sign-in"
WAY_BACK = "cartellino_way_back"
"""The cookie with the page to return to after signing in; browsers send it to the sign-in page only."""

PATIENCE = 0.05
"""Seconds that a partial page waits for a long computation."""

NAVIGATION = (
    ("/console", "Overview", "read-cases"),
    ("/console/cases", "Cases", "read-cases"),
    ("/console/looks", "Blind looks", "audit-decisions"),
    ("/console/decisions", "Decisions", "read-decisions"),
    ("/console/policies", "Policies", "read-policies"),
    ("/console/proposals", "Proposals", "read-policies"),
    ("/console/held", "Held", "read-held"),
    ("/console/incidents", "Incidents", "read-availability"),
    ("/console/senders", "Senders", "read-senders"),
    ("/console/operators", "Operators", "operators"),
    ("/console/ledger", "Ledger", "read-ledger"),
)

log = structlog.get_logger()


def reason_of(data: dict[str, str]) -> str:
    """Return the reason in a form.

    Raises `Problem` when it is empty.
    """
    reason = data.get("reason", "").strip()[:4_000]
    if len(reason) < 3:
        raise Problem("bad-argument", "Say why: at least three letters, which stand in the ledger.")
    return reason


def _token(request: Asked) -> str:
    return token_of(request, service_of(request), "console")


def shown(request: Asked, template: str, title: str, status: int = 200, **values: Any) -> Answer:
    """Render a page of the console."""
    common = {
        "title": title,
        "csrf": _token(request),
        "here": request.url.path,
        "problem": "",
        "tour": service_of(request).tour,
        **frame_of(principal_of(request)),
    }
    return page(f"console/{template}.html", status, **{**common, **values})


def frame_of(asks: Principal) -> dict[str, Any]:
    """Return the signed-in principal, and the entries of the navigation that they may open."""
    who = asks if asks.kind == "operator" else None
    return {"who": who, "navigation": [entry for entry in NAVIGATION if who is not None and who.may(entry[2])]}


def is_part(request: Asked) -> bool:
    """Say whether htmx requests a partial page."""
    return request.headers.get("hx-request") == "true"


def part(request: Asked, template: str, title: str, **values: Any) -> Answer:
    """Render a partial page for htmx to insert; without htmx it is rendered as a page of its own."""
    if is_part(request):
        return page(f"console/{template}.html", csrf=_token(request), **values)
    return shown(request, "part", title, inside=f"console/{template}.html", **values)


async def worked_out(request: Asked, key: Hashable, what: Callable[[Service], dict[str, Any]]) -> dict[str, Any]:
    """Show the result of a long computation in a partial page, which reloads until it is ready."""
    service = service_of(request)
    job = service.answers.ask(key, lambda progress: what(service), None)
    await anyio.to_thread.run_sync(job.wait, PATIENCE)
    is_over = job.is_over  # read once, as the job may end while the page is rendered
    return {"is_over": is_over, "failed": job.problem if is_over else "", **((job.result or {}) if is_over else {})}


# Refusals


def _to_sign_in(request: Asked, _: SignInFirst) -> Answer:
    """Redirect to the sign-in, which leads back to the page, and keep the text of the form."""
    if is_part(request):
        away = Response("", status_code=401, headers={"HX-Redirect": SIGN_IN})
        return _remembering(away, request.headers.get("hx-current-url", "").partition("/console")[2])
    if (kept := kept_of(request)).fields:
        problem = "You were signed out before this was done. Sign in, and it can be sent: what you wrote is kept."
        return shown(request, "sign-in", "Sign in", 401, name="", problem=problem, kept=kept, following=kept.page)
    return _remembering(Redirect(SIGN_IN, status_code=303), here(request).removeprefix("/console"))


def _remembering(away: Answer, path: str) -> Answer:
    if inside(f"/console{path}"):
        cookie = Cookie(WAY_BACK, value=f"/console{path}", path=SIGN_IN, max_age=600, httponly=True, samesite="lax")
        away.set_cookie(cookie)
    return away


def _to_sign_in_beside(request: Asked, refusal: SignInFirst) -> Answer:
    """Show in a partial page that the session has ended, so that the page with its form stays."""
    if not is_part(request):
        return _to_sign_in(request, refusal)
    return page("console/signed-out.html", 401)


def _refused(request: Asked, refusal: Refusal) -> Answer:
    page = _told(request, str(refusal), status_of(refusal))
    page.headers.update(headers_of(refusal))
    return page


def _unreadable(request: Asked, error: HTTPException) -> Answer:
    return _told(request, f"This cannot be read: {error.detail}"[:300], error.status_code)


def _failed(request: Asked, error: Exception) -> Answer:
    log.error("a page failed", error=type(error).__name__, exc_info=error)
    return _told(request, "This is a fault of ours; it was logged. Try again, or tell whoever runs the service.", 500)


def sentence(refusal: Refusal | str) -> str:
    """Return a refusal as a sentence for people."""
    said = str(refusal)
    return said[:1].upper() + said[1:]


_TITLES = {403: "You don't have permission", 404: "There is no such thing", 500: "Something went wrong on our side"}
"""Titles of refusals by status; others have a general one."""


def _told(request: Asked, why: str, status: int) -> Answer:
    said, title = sentence(why), _TITLES.get(status, "This was not done")
    if is_part(request):
        return page("console/problem.html", status, problem=said)
    if (kept := kept_of(request)).fields:
        return shown(request, "again", title, status, problem=said, kept=kept)
    return shown(request, "base", title, status, problem=said)


_REFUSALS: dict[Any, Any] = {
    SignInFirst: _to_sign_in,
    Refusal: _refused,
    HTTPException: _unreadable,
    Exception: _failed,
}


def guarded(may: str, bound: str = "none", *, beside: bool = False) -> dict[str, Any]:
    """Return the options of a route of the console: the permission it needs, and the body it takes.

    `beside` means that it is a partial page, beside a form with text that must not be lost.
    """
    refusals = {**_REFUSALS, SignInFirst: _to_sign_in_beside} if beside else _REFUSALS
    return {"opt": allow(may, bound, "console"), "include_in_schema": False, "exception_handlers": refusals}


# Signing in


@get(SIGN_IN, **guarded("public"))
async def sign_in_page(request: Asked) -> Answer:
    """Show the sign-in form."""
    following = inside(cookies(request).get(WAY_BACK, ""))
    return shown(request, "sign-in", "Sign in", name="", kept=NOTHING, following=following)


@post(SIGN_IN, **guarded("public", "editor"))
async def sign_in(request: Asked, data: Form) -> Answer:
    """Sign in with name and password; a kept form is shown again, to be sent by the operator."""
    name, kept, following = data.get("name", "")[:64], carried(data), inside(data.get("following", ""))
    try:
        begun = await sessions.begin(request, name, data.get("password", ""))
    except Problem as problem:
        said = {"problem": f"{sentence(problem)}.", "name": name, "kept": kept, "following": following}
        return shown(request, "sign-in", "Sign in", status_of(problem), **said)
    gone: Answer = Redirect(following or "/console", status_code=303)
    if kept.fields:
        service = service_of(request)
        who = await anyio.to_thread.run_sync(service.credentials.recognise, begun.session, service.wall.now())
        csrf = csrf_token(begun.session, service.secret)
        gone = shown(request, "again", "Signed in again", kept=kept, csrf=csrf, **frame_of(who))
    for cookie in begun.cookies:
        gone.set_cookie(cookie)
    gone.delete_cookie(WAY_BACK, path=SIGN_IN)
    return gone


@post("/console/leave", **guarded("oneself", "form"))
async def leave(request: Asked) -> Answer:
    """Sign out: end the session."""
    await sessions.end(request)
    gone = Redirect(SIGN_IN, status_code=303)
    gone.delete_cookie(COOKIE, path="/")
    return gone
