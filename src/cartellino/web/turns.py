"""Turns at a scarce resource, fair between callers: whoever asks for much waits behind their own requests only."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """So many turns at a time; when one ends, the next goes to the caller whose last is longest ago."""

    def __init__(self, at_a_time: int) -> None:
        """`at_a_time` is how many have a turn together."""
        self._free = at_a_time
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    @asynccontextmanager
    async def turn(self, caller: str) -> AsyncIterator[None]:
        """Wait for a turn, and have it until the end of the block."""
        await self._wait(caller)
        try:
            yield
        finally:
            self._free += 1
            self._wake()

    async def _wait(self, caller: str) -> None:
        if self._free and not self._waiting:
            self._free -= 1
            return
        granted = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(caller, deque()).append(granted)
        try:
            await granted
        except asyncio.CancelledError:
            if not granted.cancelled():  # the turn came in the moment in which the caller hung up
                self._free += 1
                self._wake()
            raise

    def _wake(self) -> None:
        while self._free and self._waiting:
            caller = next(iter(self._waiting))
            queue = self._waiting.pop(caller)
            granted = queue.popleft()
            if queue:
                self._waiting[caller] = queue  # behind everybody else
            if not granted.cancelled():
                self._free -= 1
                granted.set_result(None)
