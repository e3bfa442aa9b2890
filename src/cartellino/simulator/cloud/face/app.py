"""The ASGI application: bytes in, answers out, every failure in the platform's shape."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, MutableMapping
from email.utils import formatdate
from typing import Any

import structlog

from cartellino.simulator.cloud.errors import GraphError, error_of
from cartellino.simulator.cloud.face.calls import Answer, Call, call_of, refusal
from cartellino.simulator.cloud.face.hub import Hub
from cartellino.simulator.cloud.face.routes import route
from cartellino.simulator.cloud.face.versions import version_used
from cartellino.vocabulary.times import SECOND, Instant

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

LARGEST_MESSAGE, LARGEST_JSON, LARGEST_UPLOAD = 64 << 10, 1 << 20, 101 << 20
"""Bytes of a body: of a message, of any other object, and of a file."""


class Face:
    """Answers calls, one after another."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call of ASGI."""
        if scope["type"] == "lifespan":
            await _stand_by(receive, send)
            return
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        version = ""
        try:
            body = await _body(receive, _most(scope["path"], headers))
            call = call_of(scope["method"], scope["path"], scope.get("query_string", b""), headers, body)
            version = version_used(call.version)
            call.version = version
            answer = await self._answer(call)
        except GraphError as error:
            answer = refusal(error, self._hub.new_trace())
        except ValueError as error:  # a query with too many fields
            answer = refusal(error_of(100, str(error)), self._hub.new_trace())
        except Exception:
            structlog.get_logger().exception("the simulator is at fault", method=scope["method"], path=scope["path"])
            answer = refusal(error_of(131000, "The simulator is at fault; its log says where."), self._hub.new_trace())
        await _send(send, answer, version, self._hub.world.now, head=scope["method"] == "HEAD")

    async def _answer(self, call: Call) -> Answer:
        handler, places, closed = route(call)
        if closed:
            self._hub.check_token(call)
        self._hub.catch_up()
        answer = handler(self._hub, call, *places)
        return await answer if inspect.isawaitable(answer) else answer


def _most(path: str, headers: dict[str, str]) -> int:
    if headers.get("content-type", "").startswith("multipart/"):
        return LARGEST_UPLOAD
    return LARGEST_MESSAGE if path.endswith(("messages", "/say")) else LARGEST_JSON


async def _body(receive: Receive, most: int) -> bytes:
    """Read a body, counting as it comes.

    Raises `GraphError` for one that is too large.
    """
    pieces, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b""
        piece = message.get("body", b"")
        size += len(piece)
        if size > most:
            raise error_of(100, f"The body is larger than {most:,} bytes.", http=413)
        pieces.append(piece)
        if not message.get("more_body"):
            return b"".join(pieces)


async def _send(send: Send, answer: Answer, version: str, now: Instant, *, head: bool) -> None:
    body = answer.bytes()
    headers = {
        "content-type": answer.media_type, "content-length": str(len(body)), "x-cartellino-simulator": "1",
        "date": formatdate(now / SECOND, usegmt=True),  # the time moves as it is told to: clients learn it from here
        **({"facebook-api-version": version} if version else {}), **answer.headers,
    }  # fmt: skip
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
    await send({"type": "http.response.body", "body": b"" if head else body})


async def _stand_by(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
