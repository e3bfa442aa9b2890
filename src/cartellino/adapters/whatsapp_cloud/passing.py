"""Passes webhooks on to the business, byte by byte with their signature, from a queue on disk.

A receiver that is down gets them later, in order, with growing pauses for a week. One that answers and refuses gets
them again as well, as the platform would do; a webhook that it refused four times waits alone from then on, and the
others pass it. While the queue is full the platform is told so, and keeps them itself.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from functools import partial

import anyio.to_thread
import httpx
import structlog
from litestar.types import HTTPScope

from cartellino.adapters.whatsapp_cloud.http import headers_of
from cartellino.commands import webhook_copies
from cartellino.commands.webhook_copies import Copy
from cartellino.service.condition import Conditions
from cartellino.storage.database import Database, DatabaseFault
from cartellino.vocabulary.times import HOUR, SECOND, Instant

MOST_COPIES = 20_000
"""Most webhooks that wait."""

PASSED = ("content-type", "x-hub-signature-256", "x-hub-signature", "user-agent")
"""Headers that go with the bytes."""

DEADLINE = 15.0
_BATCH = 50
_CONDITION = "webhooks-to-business"
_LATE = 5
_ALONE, _MOST_REFUSED = 3, 3
"""After so many tries a webhook waits alone, and after so many of them one after the other the receiver rests."""

_LONGEST_PAUSE = HOUR
_REFUSED = "refused"

log = structlog.get_logger()


class Passing:
    """The queue of webhooks to one receiver; without a receiver nothing is kept."""

    def __init__(self, database: Database, conditions: Conditions, now: Callable[[], Instant], forward: str) -> None:
        """`forward` is the receiver's address; empty: there is none."""
        self._database, self._conditions, self._now, self._forward = database, conditions, now, forward
        self._client = httpx.AsyncClient(timeout=DEADLINE, follow_redirects=False, trust_env=False)
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._waiting = 0

    def start(self) -> None:
        """Begin to pass on what waits."""
        if self._forward and self._task is None:
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End; what waits is passed on after the next start."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._client.aclose()

    async def keep(self, body: bytes, scope: HTTPScope, now: Instant) -> bool:
        """Keep a webhook until it is passed on; false if there is no room, or it cannot be written."""
        if not self._forward:
            return True
        if self._waiting >= MOST_COPIES:
            return False
        headers = {name: value for name, value in headers_of(scope).items() if name in PASSED}
        try:
            await anyio.to_thread.run_sync(partial(self._keep, body, headers, now))
        except DatabaseFault:
            return False
        self._waiting += 1
        self._wake.set()
        return True

    def _keep(self, body: bytes, headers: Mapping[str, str], now: Instant) -> None:
        with self._database.begin_writing() as rows:
            webhook_copies.keep(rows, body, headers, now)

    async def _run(self) -> None:
        pause = 1.0
        while True:
            self._wake.clear()
            try:
                copies = await anyio.to_thread.run_sync(self._next)
            except DatabaseFault:
                await asyncio.sleep(2)
                continue
            if not copies:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), 30)
                continue
            passed = await self._pass_on(copies)
            pause = 1.0 if passed else min(2 * pause, 300.0)
            if not passed:
                await asyncio.sleep(pause)

    def _next(self) -> list[Copy]:
        with self._database.begin() as rows:
            self._waiting = webhook_copies.count(rows)
            return webhook_copies.oldest(rows, self._now(), _BATCH)

    async def _pass_on(self, copies: list[Copy]) -> bool:
        """Pass copies on in order; false at the first that has to be passed before the others."""
        in_a_row = 0
        for copy in copies:
            why = await self._post(copy)
            alone = why.startswith(_REFUSED) and copy.tries >= _ALONE
            await anyio.to_thread.run_sync(partial(self._note, copy, why, alone=alone))
            in_a_row = in_a_row + 1 if why else 0
            if why and copy.tries >= _LATE:
                self._conditions.state(_CONDITION, "the business's own receiver does not take webhooks; they wait")
            if why and (not alone or in_a_row >= _MOST_REFUSED):
                return False
            if not why:
                self._conditions.clear(_CONDITION)
        return True

    async def _post(self, copy: Copy) -> str:
        try:
            answer = await self._client.post(self._forward, content=copy.body, headers=dict(copy.headers))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return type(error).__name__
        return "" if answer.is_success else f"{_REFUSED} with status {answer.status_code}"

    def _note(self, copy: Copy, why: str, *, alone: bool) -> None:
        with contextlib.suppress(*DatabaseFault), self._database.begin_writing() as rows:
            if why:
                log.info("a webhook was not passed on", why=why, tries=copy.tries + 1)
                pause = min(_LONGEST_PAUSE, SECOND << min(copy.tries, 20)) if alone else 0
                webhook_copies.put_off(rows, copy, self._now() + pause)
            else:
                webhook_copies.remove(rows, copy)
