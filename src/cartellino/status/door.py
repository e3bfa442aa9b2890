"""The frame of the public pages: language, headers that let others keep a page, and pages for errors.

Nobody signs in here. A page is the same for everybody who reads its language, so caches may keep it for a minute, and
go on to show it for a day while the service does not answer.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import structlog
from litestar import Response
from litestar.exceptions import HTTPException

from cartellino.notices.status_mail_texts import LEVEL
from cartellino.status.snapshot import MAIN
from cartellino.status.texts import BROKEN, COLOURS, NOT_FOUND, OURS, TOO_MANY
from cartellino.vocabulary.refusals import Refusal
from cartellino.vocabulary.times import show_instant
from cartellino.web.guard import allow
from cartellino.web.headers import HEADERS
from cartellino.web.pages import page
from cartellino.web.problems import headers_of, status_of
from cartellino.web.reader import formats, language_of, remember
from cartellino.web.requests import Asked, service_of

FRESH, STALE = 60, 86_400
"""Seconds for which a cache may show a page as new, and as the last that is known where we do not answer."""

KEPT = f"public, max-age={FRESH}, stale-while-revalidate={FRESH}, stale-if-error={STALE}"
_COMPRESSED = 16_384

log = structlog.get_logger()


def shown(request: Asked, template: str, title: str, status: int = 200, **values: Any) -> Response[Any]:
    """Render a page in the reader's language."""
    service, language = service_of(request), language_of(request)

    def said(text: str, **holes: object) -> str:
        return service.words.say(language, text, **holes)

    values.setdefault("query", "")
    given = {
        "here": request.url.path, "holder": None, "csrf": "", "needs_help": True, "level_names": LEVEL,
        "colours": COLOURS, "instant": show_instant, "now": show_instant(service.clock.now()),
        **formats(language), **values,
    }  # fmt: skip
    given["languages"] = [(offered, service.words.own_name(offered)) for offered in service.words.languages]
    made = page(f"status/{template}", status, language=language, say=said, title=said(title), tour=service.tour,
                **given)  # fmt: skip
    if status != 200 or request.method != "GET" or "subscri" in request.url.path or "/complaints" in request.url.path:
        return made  # what is for one reader, nobody keeps
    chosen = "language" in request.query_params
    answer = kept(request, str(made.content).encode(), "text/html", HEADERS)
    answer.headers["Vary"] = "Accept-Language, Accept-Encoding, Cookie"
    if chosen:
        remember(request, answer)
    return answer


def kept(request: Asked, body: bytes, media_type: str, headers: Mapping[str, str] | None = None) -> Response[bytes]:
    """Return a body that caches may keep; nothing if the reader has this very one."""
    tag = f'W/"{blake2b(body, digest_size=12).hexdigest()}"'
    given = {**(headers or {"X-Content-Type-Options": "nosniff"}), "Cache-Control": KEPT, "ETag": tag}
    if request.headers.get("if-none-match", "") == tag:
        return Response(b"", status_code=304, media_type=media_type, headers=given)
    if len(body) > _COMPRESSED and "gzip" in request.headers.get("accept-encoding", ""):
        body, given["Content-Encoding"] = gzip.compress(body, 1), "gzip"
    return Response(body, media_type=media_type, headers={**given, "Vary": "Accept-Encoding"})


def query_of(name: str) -> str:
    """Return what links have to keep so that they stay with a service."""
    return "" if name == MAIN else f"service={name}&"


def base_of(request: Asked) -> str:
    """Return the address under which the public reaches the service: the setting, else as the request named it."""
    return (service_of(request).settings.public_url or str(request.base_url)).rstrip("/")


# Errors


def _refused(request: Asked, refusal: Refusal) -> Response[Any]:
    status = status_of(refusal)
    made = shown(request, "wrong.html", {404: NOT_FOUND, 429: TOO_MANY}.get(status, OURS if status >= 500 else BROKEN),
                 status)  # fmt: skip
    made.headers.update(headers_of(refusal))
    return made


def _unreadable(request: Asked, error: HTTPException) -> Response[Any]:
    return shown(request, "wrong.html", NOT_FOUND if error.status_code == 404 else BROKEN, error.status_code)


def _failed(request: Asked, error: Exception) -> Response[Any]:
    log.error("a page failed", error=type(error).__name__, exc_info=error)
    return shown(request, "wrong.html", OURS, 500)


_REFUSALS: dict[Any, Any] = {Refusal: _refused, HTTPException: _unreadable, Exception: _failed}


def guarded(bound: str = "none") -> dict[str, Any]:
    """Return the options of a page: it is for everybody."""
    return {"opt": allow("public", bound, "status"), "include_in_schema": False, "exception_handlers": _REFUSALS}


def machine() -> dict[str, Any]:
    """Return the options of a route that programs read."""
    return {"opt": allow("public", "none", "status"), "include_in_schema": False}
