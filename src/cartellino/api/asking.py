"""What the routes share: the service, who asks, their language; pages by cursor; work for the writer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, tzinfo
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa
from litestar import Request

from cartellino.service.access import Principal
from cartellino.service.desk import Desk
from cartellino.service.service import Service
from cartellino.vocabulary.times import Instant, instant
from cartellino.web.problems import Problem

Asked = Request[Any, Any, Any]
Result = TypeVar("Result")

PATIENCE = 30.0
"""Seconds that a request waits for the writer."""

PAGE = 100
"""Most rows of a page."""


def service_of(request: Asked) -> Service:
    """Return the service."""
    found: Service = request.app.state.service
    return found


def principal_of(request: Asked) -> Principal:
    """Return who asks, as the guard found."""
    found: Principal = request.state.principal
    return found


def language_of(request: Asked) -> str:
    """Return the language in which to answer: `?language=`, else by `Accept-Language`."""
    words = service_of(request).words
    asked = request.query_params.get("language")
    if asked is not None:
        named = words.named(asked)
        if named is None:
            raise Problem("bad-argument", f"`language` is one of {', '.join(words.languages)}", "language")
        return named
    return words.choose(request.headers.get("accept-language", ""))


def zone_of(request: Asked) -> tzinfo:
    """Return the time zone in which to say times: `?zone=Europe/Rome`, else UTC."""
    asked = request.query_params.get("zone")
    if asked is None:
        return UTC
    try:
        return ZoneInfo(asked)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Problem("bad-argument", "`zone` is the name of a time zone, such as Europe/Rome", "zone") from None


def must_own(request: Asked, service: str, account: str) -> None:
    """Refuse an account holder who asks about somebody else's account, as if there were no such thing."""
    if not principal_of(request).owns(service, account):
        raise Problem("not-found", "there is no such thing, or it is not yours")


async def do(request: Asked, what: Callable[[Desk], Result]) -> Result:
    """Let the writer do a piece of work, in the name of who asks, and wait until it is written."""
    return await written(service_of(request).writer.do(what, principal_of(request).name or "stranger"))


async def written(done: Future[Result]) -> Result:
    """Wait for the writer."""
    try:
        return await asyncio.wait_for(asyncio.wrap_future(done), PATIENCE)
    except TimeoutError:
        raise Problem("unavailable", "this takes longer than usual; it may still be done", retry=5) from None


def moment(text: str, pointer: str) -> Instant:
    """Read an instant."""
    try:
        return instant(text)
    except ValueError as error:
        raise Problem("bad-argument", str(error), pointer) from None


def together(found: list[sa.Row[Any]], limit: int, by: str) -> list[sa.Row[Any]]:
    """Return a page without its last, perhaps incomplete, group of equal values: the next page begins with it."""
    if len(found) < limit:
        return found
    whole = [one for one in found if getattr(one, by) != getattr(found[-1], by)]
    return whole or found


def limit_of(request: Asked) -> int:
    """Return how many rows are asked for: `?limit=`, 1 to 100."""
    text = request.query_params.get("limit", str(PAGE))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= PAGE:
        raise Problem("bad-argument", f"`limit` is a number from 1 to {PAGE}", "limit")
    return int(text)


def cursor_of(request: Asked) -> int:
    """Return where to go on: `?after=`, a number from an earlier answer."""
    text = request.query_params.get("after", "0")
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Problem("bad-argument", "`after` is a number, from `next` of an earlier answer", "after")
    return int(text)
