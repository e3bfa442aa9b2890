"""Runs between the guard and the handler: receives the body within its bound, parses it, and checks forms.

Large bodies are parsed in a thread. Forms are parsed in linear time, and have a bounded number of fields. The character
U+0000, which no name or sentence needs and PostgreSQL cannot store, is refused; in events it is checked row by row
(`api.ingest`).
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import anyio.to_thread
import msgspec
from litestar.enums import HttpMethod, ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from litestar.utils.scope.state import ScopeState

from cartellino.web.bodies import Bodies, release
from cartellino.web.bounds import KB, Bound
from cartellino.web.forms import fields, parts, with_uploads
from cartellino.web.guard import Verdict
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked

Parsed = TypeVar("Parsed")

_ALOOF = 64 * KB
"""Most bytes of a body that is parsed in the event loop; larger ones are parsed in a thread."""


async def receive(request: Asked) -> None:
    """Receive and parse the body of a request, before its handler is called.

    Raises `Problem` for a body that is refused, and the guard's verdict if that waited for the form.
    """
    bound: Bound = request.app.state.bounds[request.route_handler.opt["bound"]]
    bodies: Bodies = request.app.state.bodies
    body = await bodies.receive(request, bound)
    if not bound.raw:
        body = body.removeprefix(BOM_UTF8)  # some programs begin every file with it; RFC 8259 lets readers ignore it
    state = ScopeState.from_scope(request.scope)
    state.body = body
    form = await _parsed(request, bound, body) if bound.fields else {}
    verdict: Verdict = request.state.verdict
    verdict.give(request, form)
    if not bound.raw and not bound.fields:
        _must_be_text(body)
    if bound.values and len(body) > _ALOOF:
        state.json = await anyio.to_thread.run_sync(_json, body, bound.values)


def _must_be_text(body: bytes) -> None:
    """Raises `Problem` for JSON that is not UTF-8, or contains a character that cannot be stored."""
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise Problem("bad-request", f"JSON is UTF-8, and byte {error.start:,} is not") from None
    if b"\\u0000" in body or b"\x00" in body:
        raise Problem("bad-request", "the character U+0000 is not taken")


async def _parsed(request: Asked, bound: Bound, body: bytes) -> Mapping[str, str]:
    written = request.headers.get("content-type", "")
    kind = written.partition(";")[0].strip().lower()
    parse = partial(fields, body, bound.fields)
    if bound.uploads and kind == "multipart/form-data":
        form, request.state.uploads = await _ran(partial(with_uploads, body, written, bound.fields), body)
        return _given(request, form)
    if bound.files and kind == "multipart/form-data":
        parse = partial(parts, body, written, bound.fields)
    elif body and kind not in ("", "application/x-www-form-urlencoded"):
        raise Problem("not-readable", "a form is sent as application/x-www-form-urlencoded", "Content-Type")
    request.state.uploads = []
    return _given(request, await _ran(parse, body))


async def _ran(parse: Callable[[], Parsed], body: bytes) -> Parsed:
    return parse() if len(body) <= _ALOOF else await anyio.to_thread.run_sync(parse)


def _given(request: Asked, form: dict[str, str]) -> Mapping[str, str]:
    ScopeState.from_scope(request.scope).form = {**form}
    request.state.form = form
    return form


def _json(body: bytes, most: int) -> Any:  # noqa: ANN401 - whatever the JSON says
    """Parse JSON with at most `most` values, since a value takes many times the memory of its text."""
    if sum(body.count(sign) for sign in (b",", b"[", b"{", b":")) > most:
        raise Problem("too-much", f"JSON has at most {most:,} values here")
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem("bad-request", str(error)) from None


class Outermost:
    """The outermost middleware: answers `HEAD` like `GET` without a body, and releases the memory of requests."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the application `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == ScopeType.HTTP and scope["method"] == "HEAD":
            scope["method"], send = HttpMethod.GET, _headers_only(send)
        try:
            await self._app(scope, receive, send)
        finally:
            release(scope)


def _headers_only(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return sent
