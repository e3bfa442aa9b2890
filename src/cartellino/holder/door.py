"""The door of the holder's pages: who enters, in which language, and the token that every form brings.

Somebody enters by a link with a token that the messenger's own service signed, or by a one-time code. The token is then
in a cookie that no script can read; forms bring a second token, made from it, so that no other site can send them.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, TypeVar

import structlog
from babel.dates import format_date, format_datetime
from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.exceptions import HTTPException
from litestar.response import Redirect

from cartellino.appeals.proof import Holder, sign, verify
from cartellino.holder.texts import WRONG
from cartellino.service.desk import Desk
from cartellino.service.service import Service
from cartellino.vocabulary.refusals import Refusal
from cartellino.vocabulary.times import Instant, instant
from cartellino.web.identity import is_secure
from cartellino.web.pages import page
from cartellino.web.problems import status_of

COOKIE = "cartellino_holder"
LANGUAGE = "cartellino_language"
Asked = Request[Any, Any, Any]
Result = TypeVar("Result")

log = structlog.get_logger()


def service_of(request: Asked) -> Service:
    """Return the service that is asked."""
    found: Service = request.app.state.service
    return found


def language_of(request: Asked) -> str:
    """Return the reader's language: chosen, remembered, or the browser's."""
    words = service_of(request).words
    for chosen in (request.query_params.get("language"), request.cookies.get(LANGUAGE)):
        if chosen and (named := words.named(chosen)):
            return named
    return words.choose(request.headers.get("accept-language", ""))


def say(request: Asked, text: str, **holes: object) -> str:
    """Say a text in the reader's language."""
    return service_of(request).words.say(language_of(request), text, **holes)


def day(request: Asked, at: Instant) -> str:
    """Write the day of an instant in the reader's language."""
    return str(format_date(datetime.fromtimestamp(at / 1000, UTC), "d MMMM y", locale=language_of(request)))


def shown(request: Asked, template: str, title: str, status: int = 200, **values: Any) -> Response[str]:
    """Return a page in the reader's language, which is remembered when it was chosen."""
    language, words = language_of(request), service_of(request).words

    def said(text: str, **holes: object) -> str:
        return words.say(language, text, **holes)

    holder = holder_of(request)

    def moment(text: str) -> str:
        at = datetime.fromtimestamp(instant(text) / 1000, UTC)
        return str(format_datetime(at, "d MMMM y, HH:mm 'UTC'", locale=language))

    made = page(template, status, language=language, say=said, moment=moment, title=said(title), here=request.url.path,
                holder=holder, csrf=csrf_of(request), **values)  # fmt: skip
    if words.named(request.query_params.get("language", "")):
        made.set_cookie(Cookie(LANGUAGE, value=language, samesite="lax", max_age=31_536_000))
    return made


def holder_of(request: Asked) -> Holder | None:
    """Return who has entered."""
    service = service_of(request)
    return verify(request.cookies.get(COOKIE, ""), service.secret, service.wall.now())


def csrf_of(request: Asked) -> str:
    """Return the token that forms have to bring."""
    text = b"form " + request.cookies.get(COOKIE, "").encode()
    return hmac.digest(service_of(request).secret, text, sha256).hex()


def is_ours(request: Asked, data: dict[str, str]) -> bool:
    """Say whether a form came from our page."""
    return hmac.compare_digest(data.get("csrf", "").encode(), csrf_of(request).encode())


def entered(request: Asked, holder: Holder) -> Redirect:
    """Let somebody in: their token is in a cookie from now on."""
    service = service_of(request)
    token = sign(holder, service.secret)
    secure = is_secure(request, service)
    cookie = Cookie(COOKIE, value=token, httponly=True, samesite="lax", secure=secure, path="/account", max_age=3600)
    chosen = request.query_params.get("language", "")
    path = f"/account?language={chosen}" if service.words.named(chosen) else "/account"
    return Redirect(path, status_code=303, cookies=[cookie])


async def done(request: Asked, what: Callable[[Desk], Result]) -> Result:
    """Do a piece of work at the desk, in the holder's name."""
    return await asyncio.wait_for(asyncio.wrap_future(service_of(request).writer.do(what, "holder")), 30)


# What goes wrong


def _refused(request: Asked, refusal: Refusal) -> Response[str]:
    status = status_of(refusal)
    return shown(request, "wrong.html", WRONG.get(status, WRONG[400]), status)


def _unreadable(request: Asked, error: HTTPException) -> Response[str]:
    return shown(request, "wrong.html", WRONG.get(error.status_code, WRONG[400]), error.status_code)


def _failed(request: Asked, error: Exception) -> Response[str]:
    log.error("a page failed", error=type(error).__name__, exc_info=error)
    return shown(request, "wrong.html", WRONG[500], 500)


PAGE: dict[str, Any] = {
    "opt": {"may": "public"},
    "include_in_schema": False,
    "exception_handlers": {Refusal: _refused, HTTPException: _unreadable, Exception: _failed},
}
"""What every route of these pages has: they are open to everybody, and look at the cookie themselves."""
