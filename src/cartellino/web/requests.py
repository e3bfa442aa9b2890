"""Reads from a request what handlers need: service, principal, language, time zone, numbers, cursors and forms.

Every number in an address or a form is parsed by `number`: only digits, of bounded length, within a range.

>>> number("12", "limit", 1, 100), number("007", "limit", 1, 100)
Traceback (most recent call last):
    ...
cartellino.web.problems.Problem: `limit` is a whole number from 1 to 100
"""

from __future__ import annotations

from datetime import UTC, tzinfo
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from litestar import Request
from litestar.params import URLEncodedBody

from cartellino.service.access import STRANGER, Principal
from cartellino.service.service import Service
from cartellino.vocabulary.actors import Actor
from cartellino.vocabulary.times import Instant, instant
from cartellino.web.problems import Problem

Asked = Request[Any, Any, Any]
Form = URLEncodedBody[dict[str, str]]
"""The fields of a form by name, as parsed by `web.seam`."""

PAGE = 100
"""Most rows of a page of the API."""

LARGEST = (1 << 53) - 1
"""The largest number that is accepted: every JSON parser and every column of the database can represent it."""


def service_of(request: Asked) -> Service:
    """Return the service."""
    service: Service = request.app.state.service
    return service


def principal_of(request: Asked) -> Principal:
    """Return the principal that the guard identified; `STRANGER` if it refused before that."""
    principal: Principal = request.state.get("principal", STRANGER)
    return principal


def actor_of(request: Asked) -> Actor:
    """Return the actor of a request."""
    return service_of(request).actor(principal_of(request))


def language_of(request: Asked) -> str:
    """Return the language of the answer: `?language=`, else by `Accept-Language`.

    Raises `Problem` for an unknown language.
    """
    words = service_of(request).words
    language = request.query_params.get("language")
    if language is None:
        return words.choose(request.headers.get("accept-language", ""))
    named = words.named(language)
    if named is None:
        raise Problem("bad-argument", f"`language` is one of {', '.join(words.languages)}", "language")
    return named


def zone_of(request: Asked) -> tzinfo:
    """Return the time zone of the answer: `?zone=Europe/Rome`, else UTC.

    Raises `Problem` for an unknown zone.
    """
    zone = request.query_params.get("zone")
    if zone is None:
        return UTC
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Problem("bad-argument", "`zone` is the name of a time zone, such as Europe/Rome", "zone") from None


def number(text: str, pointer: str, least: int = 0, most: int = LARGEST) -> int:
    """Parse a whole number of ASCII digits without leading zeros.

    Raises `Problem` for anything else, and for a number outside the range.
    """
    is_plain = text.isascii() and text.isdigit() and len(text) <= len(str(most)) and (text == "0" or text[0] != "0")
    if not is_plain or not least <= int(text) <= most:
        raise Problem("bad-argument", f"`{pointer}` is a whole number from {least} to {most}", pointer)
    return int(text)


def fraction(text: str, pointer: str, most: float) -> float:
    """Parse a number of at least 0 and below `most`, such as `0.5`.

    Raises `Problem` for anything else, such as `nan`, `inf` or a number of hundreds of digits.
    """
    try:
        value = float(text) if len(text) <= 32 else -1.0
    except ValueError:
        value = -1.0
    if not isfinite(value) or not 0 <= value < most:
        raise Problem("bad-argument", f"`{pointer}` is a number from 0 to {most:g}", pointer)
    return value


def limit_of(request: Asked) -> int:
    """Return the number of rows in `?limit=`, 1 to 100."""
    return number(request.query_params.get("limit", str(PAGE)), "limit", 1, PAGE)


def cursor_of(request: Asked) -> int:
    """Return the cursor in `?after=`, which is the `next` of an earlier answer."""
    return number(request.query_params.get("after", "0"), "after")


def place_of(text: str) -> tuple[int, str] | None:
    """Return where a page of a console list begins, from `NUMBER.ID` in its link; `None` for the first page.

    Raises `Problem` for anything else.
    """
    if not text:
        return None
    at, _, identity = text.partition(".")
    return number(at, "the place"), identity


def moment(text: str, pointer: str) -> Instant:
    """Parse an instant.

    Raises `Problem` for anything else.
    """
    try:
        return instant(text)
    except ValueError as error:
        raise Problem("bad-argument", str(error), pointer) from None
