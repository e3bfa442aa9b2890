"""The guard before every route of every face: it identifies the caller, and checks permission, CSRF token and rate.

A route declares in its `opt` (made by `allow`) which permission of `service.access` it needs, which body of
`web.bounds` it takes, and which face it belongs to. `check` refuses to start with a route that leaves one of them out,
so that no route is open because somebody forgot to close it.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.handlers.base import BaseRouteHandler
from litestar.routes import HTTPRoute

from cartellino.service.access import PERMISSIONS, STRANGER, Principal
from cartellino.service.service import Service
from cartellino.web.bounds import BOUNDS
from cartellino.web.identity import CSRF, Connection, address_of, identify, token_of
from cartellino.web.limits import Limits
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked

FACES = ("api", "console", "holder", "status")
PAGES = ("console", "holder", "status")
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
LONGEST_QUERY = 8_192


def allow(may: str, bound: str = "none", face: str = "api") -> dict[str, str]:
    """Return the `opt` of a route: the permission it needs, the body it takes, and the face it belongs to."""
    return {"may": may, "bound": bound, "face": face}


class SignInFirst(Problem):
    """The caller has not signed in or entered; a browser is redirected to do so."""

    def __init__(self) -> None:
        """Make the refusal with its fixed message."""
        super().__init__(
            "not-signed-in", "send a key or token as `Authorization: Bearer ...`, or sign in", "Authorization"
        )


class Verdict:
    """A decision that waits for the form to be read, since its token shows whether one of our own pages sent it."""

    def __init__(self, refusal: Problem | None = None, token: str = "", principal: Principal | None = None) -> None:
        """With `token` in the form, `principal` is the caller; otherwise `refusal` is raised."""
        self._refusal = refusal
        self._token = token
        self._principal = principal

    def give(self, request: Connection, form: Mapping[str, str]) -> None:
        """Raise the refusal if there is one."""
        is_ours = bool(self._token) and _same(form.get("csrf", ""), self._token)
        if self._refusal is not None and not is_ours:
            raise self._refusal
        if self._principal is not None and is_ours:
            request.state.principal = self._principal


def check(app: Litestar) -> None:
    """Check the declarations of all routes before anything is served.

    Raises `TypeError` for a route that does not say who may use it and which body it takes.
    """
    for path, handler in handlers(app):
        name = f"{path} ({handler.handler_name})"
        if handler.opt.get("may") not in PERMISSIONS:
            raise TypeError(f"{name} does not name a permission in `opt`: may={handler.opt.get('may')!r}")
        if handler.opt.get("bound") not in BOUNDS:
            raise TypeError(f"{name} does not name the bound of its body in `opt`: bound={handler.opt.get('bound')!r}")
        if handler.opt.get("face") not in FACES:
            raise TypeError(f"{name} belongs to no face: face={handler.opt.get('face')!r}")
        if handler.opt["bound"] != "none" and "GET" in handler.http_methods:
            raise TypeError(f"{name} answers GET, and so takes no body")
        if handler.opt["face"] in PAGES and "POST" in handler.http_methods and not _is_form(handler):
            raise TypeError(f"{name} is sent by a page, and so takes a form: bound={handler.opt['bound']!r}")


def handlers(app: Litestar) -> Iterator[tuple[str, HTTPRouteHandler]]:
    """Yield every route with its handler, except those for OPTIONS that the framework adds, which the guard refuses."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            raise TypeError(f"{route.path} is no route over HTTP, which the guard would not see")
        for handler in route.route_handlers:
            if handler.http_methods != {"OPTIONS"}:
                yield route.path, handler


async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
    """Let authorised callers through, and put the principal into the state of the request.

    Raises `Problem` for anybody else, and for too many requests.
    """
    service: Service = connection.app.state.service
    permission, face = handler.opt.get("may", ""), handler.opt.get("face", "api")
    if permission not in PERMISSIONS:
        raise Problem("not-allowed", "nobody may do this")
    _must_be_plain(connection)
    address = address_of(connection, service)
    principal = await identify(connection, service, face, address)
    connection.state.caller = caller(principal, address)
    _must_be_seldom(connection, service, principal, address)
    principal, connection.state.verdict = _meant(connection, service, handler, principal)
    connection.state.principal = principal
    refusal = _refusal(principal, permission, face)
    if refusal is not None:
        if not (isinstance(refusal, SignInFirst) and face in PAGES and _is_form(handler)):
            raise refusal
        connection.state.verdict = Verdict(refusal)  # an expired session's form is given back


async def still_may(request: Asked) -> bool:
    """Say whether a caller is still authorised, for streamed answers that may outlast a key or session."""
    service: Service = request.app.state.service
    permission, face = request.route_handler.opt["may"], request.route_handler.opt["face"]
    try:
        principal = await identify(request, service, face, address_of(request, service))
    except Problem:
        return False  # too many unknown secrets come from that address; the client may reconnect
    return _refusal(principal, permission, face) is None


def caller(principal: Principal, address: str) -> str:
    """Return the name under which a caller is counted: that of a person or program, or a stranger's address."""
    if principal.kind == "stranger":
        return f"address {address}"
    return f"{principal.kind} {principal.service} {principal.name}"


def _must_be_plain(connection: Connection) -> None:
    query, path = connection.scope.get("query_string", b""), connection.scope.get("raw_path", b"")
    if len(query) > LONGEST_QUERY:
        raise Problem("bad-request", f"what follows `?` has at most {LONGEST_QUERY:,} bytes", "query")
    if any(mark in text for mark in (b"%00", b"\x00") for text in (query, path)):
        raise Problem("bad-request", "the character U+0000 is not taken", "path")


def _must_be_seldom(connection: Connection, service: Service, principal: Principal, address: str) -> None:
    """Count the request against the rate of the caller, and of the address unless it is a program or operator."""
    limits: Limits = connection.app.state.limits
    rate = service.settings.rate
    if principal.kind in ("key", "operator"):
        wait = limits.wait(connection.state.caller, service.settings.key_rate)
    elif principal.kind == "holder":
        wait = limits.wait(connection.state.caller, rate) or limits.wait(f"holders at {address}", 10 * rate)
    else:
        wait = limits.wait(connection.state.caller, rate)
    if wait:
        raise Problem("too-often", "too many requests", retry=wait)


def _meant(
    connection: Connection, service: Service, handler: BaseRouteHandler, principal: Principal
) -> tuple[Principal, Verdict]:
    """Protect callers who are known by a cookie against cross-site request forgery.

    A request that changes something needs a token derived from the cookie, in a header or in the field `csrf` of its
    form. Public routes work without it, but as a stranger.
    """
    if not principal.session or connection.scope.get("method") in SAFE:
        return principal, Verdict()
    token, is_form = token_of(connection, service, handler.opt.get("face", "api")), _is_form(handler)
    if _same(connection.headers.get(CSRF, ""), token):
        return principal, Verdict()
    if PERMISSIONS[handler.opt["may"]].public:
        return STRANGER, Verdict(None, token, principal) if is_form else Verdict()
    if not is_form:
        raise Problem("not-allowed", f"a session has to bring the header {CSRF}", CSRF)
    forged = "This form is too old or not ours. Open the page again and send it from there."
    return principal, Verdict(Problem("not-allowed", forged), token)


def _is_form(handler: BaseRouteHandler) -> bool:
    return BOUNDS[handler.opt["bound"]].fields > 0


def _same(given: str, due: str) -> bool:
    return hmac.compare_digest(given.encode(), due.encode())


def _refusal(principal: Principal, permission: str, face: str) -> Problem | None:
    """Return why a caller is refused; `None` if they have the permission."""
    needed = PERMISSIONS[permission]
    if needed.public:
        return None
    if principal.kind == "stranger" or (face == "console" and principal.kind != "operator"):
        return SignInFirst()
    if principal.may(permission):
        return None
    if face == "console":
        roles = ", ".join(sorted(needed.roles))
        return Problem("not-allowed", f"You may not do this. It is for {roles}; you are {principal.role}.")
    return Problem("not-allowed", f"this needs the permission `{permission}`", "Authorization")
