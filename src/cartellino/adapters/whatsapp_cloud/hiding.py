"""Finds sends that hide where nobody judges them: in batches, behind another method, in the query, in odd paths."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping

from litestar.types import HTTPScope

from cartellino.adapters.whatsapp_cloud.http import Call, TooLarge, headers_of, object_of, query_of
from cartellino.adapters.whatsapp_cloud.sends import KINDS
from cartellino.vocabulary.refusals import Refusal

SENDS = ("messages", "marketing_messages")
"""Edges of a number to which messages are sent."""

MOST_READ = 8 << 20
"""Most bytes of a form or of JSON that passes through; files are sent in parts, and are not read as a whole."""

_OVERRIDES = frozenset({"method", "batch", "callback", "relative_url", "include_headers"})
_IN_BODY = frozenset({"method", "batch"})
"""What makes other calls of a call, and is read from its body as well."""

_MESSAGE = frozenset({"to", "recipient", "recipient_type", "type", "template", "status", "message_id", *KINDS})
"""What the platform would read from the query as if it stood in the body of a send."""

_PLAIN = re.compile(r"[\w.:@|~=,+\-]+", re.ASCII)
_FIELD = re.compile(rb"""name\*?\s*=\s*["']?(?:batch|method)(?:["'\s;\[]|\r|\n)""", re.IGNORECASE)
_LONGEST = 64
"""Bytes that are looked at again with what follows, for a name may lie across two parts."""


_LEAST = 64 * 1_024
"""Bytes of an upload that are looked at before any of it is passed on."""


class Hidden(Refusal):
    """Another call hides in the body of a call."""

    code = "hidden-call"


def why_refused(scope: HTTPScope, call: Call) -> str:
    """Return why a call is refused for its path, method and query; empty if it is not."""
    method = scope["method"]
    if not call.parts or (method == "POST" and len(call.parts) == 1 and call.parts[0].casefold() == "batch"):
        return "batches are not taken: send one call at a time" if method == "POST" else ""
    if any(part in (".", "..") or not _PLAIN.fullmatch(part) for part in call.parts):
        return "the path cannot be read"
    named = {name.casefold().partition("[")[0] for name, _ in query_of(scope)}
    if named & _OVERRIDES:
        return f"`{sorted(named & _OVERRIDES)[0]}` is not taken: call with the method that is meant, one call at a time"
    return _why_no_send(method, call, named)


def _why_no_send(method: str, call: Call, named: set[str]) -> str:
    plain = re.sub(r"[^a-z_]", "", call.edge)
    if plain not in SENDS:
        return ""
    if call.edge not in SENDS or len(call.parts) != 2 or not call.parts[0].isalnum():
        return "messages are sent to /{phone number id}/messages"
    if method in ("PUT", "PATCH"):
        return "messages are sent by POST"
    if method == "POST" and named & _MESSAGE:
        return f"`{sorted(named & _MESSAGE)[0]}` belongs into the body"
    return ""


async def seen_through(scope: HTTPScope, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Return a body that passes through as it comes, once its first part has been seen.

    Raises `Hidden` for one that names another method or a batch, and `TooLarge`; where that is found further on, the
    body breaks off, and the platform does nothing with it.
    """
    parts = _parts(scope, body)
    return _chained(await anext(parts, b""), parts)


async def _chained(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for part in rest:
        yield part


async def _parts(scope: HTTPScope, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    headers = headers_of(scope)
    kind, packed = headers.get("content-type", "").casefold(), headers.get("content-encoding", "identity")
    if packed.strip().casefold() not in ("", "identity"):
        raise Hidden("a body is taken as it is, without `Content-Encoding`")
    if "multipart/" in kind:
        before = b""
        async for part in _gathered(body):
            before = before[-_LONGEST:] + part
            if _FIELD.search(before):
                raise Hidden(_SAID)
            yield part
    elif "json" in kind or "form" in kind or "text/" in kind or not kind:
        yield await _read(body, kind)
    else:
        async for part in body:
            yield part


async def _gathered(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield a body in parts that are not small, for clients send each field alone."""
    gathered = bytearray()
    async for part in body:
        gathered += part
        if len(gathered) >= _LEAST:
            yield bytes(gathered)
            gathered.clear()
    yield bytes(gathered)


_SAID = "`batch` and `method` are not taken in a body: call with the method that is meant, one call at a time"


async def _read(body: AsyncIterator[bytes], kind: str) -> bytes:
    received = bytearray()
    async for part in body:
        received += part
        if len(received) > MOST_READ:
            raise TooLarge(f"a form or JSON of at most {MOST_READ:,} bytes is taken here")
    for read_as in (kind, "application/json", "application/x-www-form-urlencoded"):
        said = object_of(bytes(received), read_as)
        if isinstance(said, Mapping) and _IN_BODY & {str(name).casefold().partition("[")[0] for name in said}:
            raise Hidden(_SAID)
    return bytes(received)
