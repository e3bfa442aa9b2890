"""Reads requests and writes answers of the gateway, which pass through it byte by byte, below any framework."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

import msgspec
from litestar.types import HTTPScope, Receive, Send

from cartellino.vocabulary.refusals import Refusal

HOP_BY_HOP = frozenset({
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade", "host", "content-length", "expect",
})  # fmt: skip
"""Headers that belong to one connection (RFC 9110, 7.6.1), and those that are written anew."""

OURS = frozenset({
    "x-cartellino-campaign", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded",
    "x-http-method-override", "x-http-method", "x-method-override",
})  # fmt: skip
"""Headers that are not passed on to the platform: ours, and those that would make another call of a call."""

MOST_FIELDS = 200
SLOWEST = 30.0
"""Seconds within which a body that is read as a whole has to arrive."""

_PATH = re.compile(r"/(v\d{1,3}\.\d{1,2})(/.*)?", re.ASCII)


class TooLarge(Refusal):
    """A body has more bytes than are taken."""

    code = "too-large"


class TooSlow(Refusal):
    """A body did not arrive in time."""

    code = "too-slow"


class Call(NamedTuple):
    """A call to the platform: its version, and the parts of its path, decoded."""

    version: str
    parts: tuple[str, ...]

    @property
    def edge(self) -> str:
        """The last part in small letters, such as `messages`."""
        return self.parts[-1].casefold() if len(self.parts) > 1 else ""


def call_of(scope: HTTPScope) -> Call | None:
    """Return the call of a request; `None` for what is none."""
    match = _PATH.fullmatch(scope["path"])
    if match is None:
        return None
    parts = tuple(unquote(part) for part in (match[2] or "").split("/") if part)
    return Call(match[1], parts)


def headers_of(scope: HTTPScope) -> dict[str, str]:
    """Return the headers with names in small letters; of repeated ones the last."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def passed_on(scope: HTTPScope) -> list[tuple[bytes, bytes]]:
    """Return the headers that go on to the platform."""
    dropped = HOP_BY_HOP | OURS
    return [(name, value) for name, value in scope["headers"] if name.decode("latin-1").lower() not in dropped]


def token_of(scope: HTTPScope) -> str:
    """Return the platform's token of a request: from `Authorization: Bearer`, else from `access_token`."""
    kind, _, token = headers_of(scope).get("authorization", "").partition(" ")
    if kind.casefold() in ("bearer", "oauth") and token:
        return token.strip()
    return dict(query_of(scope)).get("access_token", "")


def query_of(scope: HTTPScope) -> list[tuple[str, str]]:
    """Return the query, in order."""
    try:
        return parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise TooLarge(f"at most {MOST_FIELDS} parameters are taken") from None


async def body_of(receive: Receive, most: int) -> bytes:
    """Return the whole body.

    Raises `TooLarge` and `TooSlow`.
    """
    parts, size = [], 0
    try:
        async with asyncio.timeout(SLOWEST):
            async for part in stream_of(receive):
                size += len(part)
                if size > most:
                    raise TooLarge(f"a body of at most {most:,} bytes is taken here")
                parts.append(part)
    except TimeoutError:
        raise TooSlow(f"the body did not arrive within {SLOWEST:.0f} seconds") from None
    return b"".join(parts)


async def stream_of(receive: Receive) -> AsyncIterator[bytes]:
    """Yield the parts of a body as they arrive."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise TooSlow("the connection ended before its body")
        part: bytes = message.get("body", b"")  # type: ignore[assignment]
        yield part
        if not message.get("more_body", False):
            return


def object_of(body: bytes, kind: str) -> object:
    """Return what a body says: JSON, or a form whose fields may be JSON; `None` if it cannot be read."""
    if kind.partition(";")[0].strip().casefold() == "application/x-www-form-urlencoded":
        try:
            fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
        except (ValueError, UnicodeDecodeError):
            return None
        return {name: _value(value) for name, value in fields}
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _value(text: str) -> object:
    if not text.startswith(("{", "[")):
        return text
    try:
        return msgspec.json.decode(text.encode())
    except (msgspec.DecodeError, RecursionError):
        return text


async def answer(
    send: Send, status: int, body: bytes, headers: Iterable[tuple[bytes, bytes]] = (), kind: bytes = b"application/json"
) -> None:
    """Send an answer."""
    written = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": written})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def answer_json(send: Send, status: int, said: Mapping[str, Any], **headers: str) -> None:
    """Send an answer in JSON; names of headers are written with `_` for `-`."""
    more = written({name.replace("_", "-"): value for name, value in headers.items()})
    await answer(send, status, msgspec.json.encode(said), more)


def written(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Return headers as they go over the wire."""
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
