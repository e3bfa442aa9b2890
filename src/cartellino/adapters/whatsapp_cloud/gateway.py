"""The gateway: stands where a client expects the platform. What is no call to the platform goes to Cartellino itself.

Sends are judged (`sending`), webhooks are taken in (`receiving`), and every other call passes through as it came.
Batches and method overrides are refused, for inside them a send would pass unseen; where the gateway only observes,
they pass and the answer says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from cartellino.adapters.whatsapp_cloud.connections import Unanswered, Unreached
from cartellino.adapters.whatsapp_cloud.hiding import SENDS, Hidden, seen_through, why_refused
from cartellino.adapters.whatsapp_cloud.http import (
    Call,
    TooLarge,
    TooSlow,
    answer_json,
    call_of,
    passed_on,
    stream_of,
    written,
)
from cartellino.adapters.whatsapp_cloud.learning import Learner
from cartellino.adapters.whatsapp_cloud.leaving import Leaving
from cartellino.adapters.whatsapp_cloud.passing import Passing
from cartellino.adapters.whatsapp_cloud.receiving import PATH, Receiving
from cartellino.adapters.whatsapp_cloud.refusals import passed_unread, unreadable
from cartellino.adapters.whatsapp_cloud.sending import Sending, target_of, unanswered, unreached
from cartellino.adapters.whatsapp_cloud.upstream import Answer, Upstream
from cartellino.senders.rules import UNREADABLE
from cartellino.service.service import Service

NEWEST = "v27.0"
"""The version in which the gateway itself asks the platform."""

log = structlog.get_logger()


class Gateway:
    """The outermost application of `cartellino gateway`."""

    def __init__(
        self, app: ASGIApp, service: Service, upstream: str, forward: str = "", *, secret: str = "",
        verify_token: str = "", token: str = "",
    ) -> None:  # fmt: skip
        """`app` answers what is not for the platform. Raises `BadArgument` for an upstream that is no address."""
        self._app, self._book = app, service.senders
        self._upstream = Upstream(upstream, service.senders.set_time)
        names = service.people
        self._learner = learner = Learner(self._upstream, service.senders, NEWEST, token, secret)
        self._sending = Sending(service.senders, self._upstream, learner, names)
        self._passing = Passing(service.database, service.conditions, service.senders.now, forward)
        self._tasks: list[asyncio.Task[None]] = []
        self._leaving = Leaving(service.senders, self._sending, learner, service.conditions, NEWEST, token)
        self._receiving = Receiving(service.senders, self._upstream, self._passing, names, secret, verify_token)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        call = call_of(scope)
        if call is None and scope["path"] != PATH:
            await self._app(scope, receive, send)
            return
        try:
            await self._take(scope, receive, send, call)
        except Hidden as refused:
            await answer_json(send, 400, unreadable(100, "Invalid parameter", str(refused)))
        except TooLarge as refused:
            await answer_json(send, 413, unreadable(100, "Request too large", str(refused)))
        except TooSlow as refused:
            await answer_json(send, 408, unreadable(100, "Request timeout", str(refused)))
        except Unreached as fault:
            await answer_json(send, 503, unreached(fault))
        except Unanswered as fault:
            await answer_json(send, 504, unanswered(fault))

    def start(self) -> None:
        """Begin to pass on webhooks and queued messages that wait."""
        self._passing.start()
        self._leaving.start()
        self._tasks = [asyncio.create_task(self._upstream.keep_time()), asyncio.create_task(self._learner.keep_up())]

    async def stop(self) -> None:
        """Close what it has open."""
        for task in self._tasks:
            task.cancel()
        await self._leaving.stop()
        await self._passing.stop()
        await self._upstream.stop()

    async def _take(self, scope: HTTPScope, receive: Receive, send: Send, call: Call | None) -> None:
        if call is None:
            if scope["method"] in ("GET", "HEAD"):
                await self._receiving.handshake(scope, send)
            elif scope["method"] == "POST":
                await self._receiving.take(scope, receive, send)
            else:
                await answer_json(send, 405, unreadable(100, "Method not allowed", "webhooks are sent by POST"))
            return
        why, mode = why_refused(scope, call), self._book.mode_of(UNREADABLE)
        if why and mode == "enforce":
            await answer_json(send, 400, unreadable(100, "Invalid parameter", why))
        elif why:
            await self._through(scope, stream_of(receive), send, passed_unread(why) if mode == "observe" else {})
        elif scope["method"] == "POST" and call.edge in SENDS:
            await self._sending.take(scope, receive, send, call)
        elif mode == "enforce":
            await self._through(scope, await seen_through(scope, stream_of(receive)), send, {})
        else:
            await self._through(scope, stream_of(receive), send, {})

    async def _through(self, scope: HTTPScope, body: AsyncIterator[bytes], send: Send, more: Mapping[str, str]) -> None:
        """Pass a call and its answer through as they come, the answer with some more headers."""
        is_begun, headers = False, passed_on(scope)
        headers += [pair for pair in scope["headers"] if pair[0].lower() == b"content-length"]
        async for part in self._upstream.stream(scope["method"], target_of(scope), headers, body):
            if isinstance(part, Answer):
                is_begun = True
                head = [(b"content-type", part.kind), *part.headers, *written(more)]
                await send({"type": "http.response.start", "status": part.status, "headers": head})
            else:
                await send({"type": "http.response.body", "body": part, "more_body": True})
        if is_begun:
            await send({"type": "http.response.body", "body": b"", "more_body": False})
