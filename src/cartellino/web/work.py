"""Waiting without holding anybody up: for the writer, for the database, for whatever parses, compiles or replays.

The event loop answers everybody, so nothing on it may take long. Look-ups go into threads; what may take seconds
(policies with their examples, replays of the log) goes into few threads of its own, one piece at a time for a person.
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
    """Let the writer do a piece of work, in the name of who asks, and wait until it is written."""
    return await written(service_of(request).writer.do(what, actor_of(request)), seconds)


async def written(done: Future[Result], seconds: float = PATIENCE) -> Result:
    """Wait for the writer.

    Neither the end of this wait nor a caller who hangs up cancels the work: the writer alone settles it.
    `asyncio.wait` does not cancel what it waits for, as `asyncio.wait_for` would.

    Raises `Problem` when it takes longer.
    """
    waiting = asyncio.wrap_future(done)
    waiting.add_done_callback(_heard)
    await asyncio.wait([waiting], timeout=seconds)
    if not waiting.done():
        raise Problem("unavailable", "this takes longer than usual; it may still be done", retry=5)
    return waiting.result()


def _heard(waiting: asyncio.Future[Any]) -> None:
    """Look at the outcome, so that a failure after nobody waits any more is not reported as unheard."""
    if not waiting.cancelled():
        waiting.exception()


async def looked(request: Asked, what: Callable[[Service], Result]) -> Result:
    """Look something up, in a thread."""
    return await anyio.to_thread.run_sync(what, service_of(request))


async def fetched(request: Asked, query: Callable[[Rows], Result]) -> Result:
    """Return the answer of a named query, in a thread."""
    return await looked(request, lambda service: read(service, query))


def read(service: Service, what: Callable[[Rows], Result]) -> Result:
    """Read rows in one transaction."""
    with service.database.begin() as rows:
        return what(rows)


class Workshop:
    """A few threads for what takes long, apart from those that look things up.

    A person has one piece of work in hand, and few that wait: a page asks for two or three at once. More are refused,
    and so is what comes when `waiting` pieces of everybody's are there already.
    """

    EACH = 6

    def __init__(self, threads: int = 2, waiting: int = 32) -> None:
        """`threads` is how many pieces are worked on at a time."""
        self._limiter = CapacityLimiter(threads)
        self._waiting = waiting
        self._turns: dict[str, tuple[asyncio.Lock, int]] = {}

    async def do(self, who: str, what: Callable[[], Result]) -> Result:
        """Do a piece of work for somebody.

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
    """Work something out that may take seconds, one piece at a time for whoever asks; the crowd apart from the known.

    Raises `Problem` for too much at once.
    """
    state, service = request.app.state, service_of(request)
    known = principal_of(request).kind in ("key", "operator")
    workshop: Workshop = state.workshop if known else state.crowd
    return await workshop.do(request.state.caller, lambda: what(service))
