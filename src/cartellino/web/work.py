"""Waits for the writer, the database and long computations without blocking the event loop.

Nothing in the event loop may take long. Look-ups run in threads. Work that may take seconds (policies with their
examples, replays of the log) runs in a few threads of its own, one piece of work at a time for each person.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

import anyio.to_thread
from anyio import CapacityLimiter

from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.service.service import Service
from cartellino.storage.database import Rows
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, actor_of, principal_of, service_of

Result = TypeVar("Result")

PATIENCE = 30.0
"""Seconds that a request waits for the writer."""


async def do(request: Asked, what: Callable[[UnitOfWork], Result], seconds: float = PATIENCE) -> Result:
    """Let the writer do a unit of work in the name of the caller; return its result once it is written."""
    return await written(service_of(request).writer.do(what, actor_of(request)), seconds)


async def written(done: Future[Result], seconds: float = PATIENCE) -> Result:
    """Wait until the writer has written a job; return its result.

    Neither the end of this wait nor a caller who hangs up cancels the work: only the writer decides its outcome.
    `asyncio.wait` does not cancel what it waits for, as `asyncio.wait_for` would.

    Raises `Problem` when it takes longer.
    """
    waiting = asyncio.wrap_future(done)
    waiting.add_done_callback(_retrieve)
    await asyncio.wait([waiting], timeout=seconds)
    if not waiting.done():
        raise Problem("unavailable", "this takes longer than usual; it may still be done", retry=5)
    return waiting.result()


def _retrieve(waiting: asyncio.Future[Any]) -> None:
    """Retrieve the outcome, so that asyncio does not log a failure that nobody waits for any more."""
    if not waiting.cancelled():
        waiting.exception()


async def looked(request: Asked, what: Callable[[Service], Result]) -> Result:
    """Run a quick look-up in a thread."""
    return await anyio.to_thread.run_sync(what, service_of(request))


async def fetched(request: Asked, query: Callable[[Rows], Result]) -> Result:
    """Run a query in a thread, in one transaction."""
    return await looked(request, lambda service: read(service, query))


def read(service: Service, what: Callable[[Rows], Result]) -> Result:
    """Read rows in one transaction."""
    with service.database.begin() as rows:
        return what(rows)


class Workshop:
    """A few threads for long computations, apart from those for look-ups.

    A person has one piece of work running and a few waiting, since a page starts two or three at once. More are
    refused, and so is all work when `waiting` pieces in total are there already.
    """

    EACH = 6
    """Pieces of work that one person may have running or waiting."""

    def __init__(self, threads: int = 2, waiting: int = 32) -> None:
        """Run `threads` pieces of work at a time, and let at most `waiting` pieces of all people be there."""
        self._limiter = CapacityLimiter(threads)
        self._waiting = waiting
        self._turns: dict[str, tuple[asyncio.Lock, int]] = {}  # by person: whose turn it is, and how many pieces

    async def do(self, who: str, what: Callable[[], Result]) -> Result:
        """Run a piece of work for a person.

        Raises `Problem` for too much work at once.
        """
        turn, busy = self._turns.get(who, (asyncio.Lock(), 0))
        if busy >= self.EACH:
            raise Problem("busy", "what you asked for before is still being worked out; wait for it", retry=1)
        if sum(count for _, count in self._turns.values()) >= self._waiting:
            raise Problem("busy", "too much is being worked out at once; try again a little later", retry=2)
        self._turns[who] = turn, busy + 1
        try:
            async with turn:
                return await anyio.to_thread.run_sync(what, limiter=self._limiter)
        finally:
            self._leave(who)

    def _leave(self, who: str) -> None:
        turn, busy = self._turns.pop(who)
        if busy > 1:
            self._turns[who] = turn, busy - 1


async def worked(request: Asked, what: Callable[[Service], Result]) -> Result:
    """Run a computation that may take seconds, one at a time for each caller; strangers have a pool of their own.

    Raises `Problem` for too much work at once.
    """
    state, service = request.app.state, service_of(request)
    known = principal_of(request).kind in ("key", "operator")
    workshop: Workshop = state.workshop if known else state.crowd
    return await workshop.do(request.state.caller, lambda: what(service))
