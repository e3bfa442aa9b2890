"""Receives request bodies within limits of size, time, number and memory, before a handler sees them.

It runs after the guard, so that only authorised callers use memory. A body is counted as it arrives, and has to arrive
at a minimum rate. The memory of all bodies is bounded for each caller and in total: strangers and account holders share
one pool, keys and operators another, so that a crowd cannot keep the senders of events out. Honest
forms are small and arrive in one packet, so when the crowd's pool has no place left, the body that has been arriving
for longest is dropped, and when it has no memory left, one of the caller who fills most of it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

from litestar import Request

from cartellino.service.access import Principal
from cartellino.web.bounds import MB, SLOWEST, Bound
from cartellino.web.problems import Problem

Asked = Request[Any, Any, Any]

CLOSE = {"Connection": "close"}
"""A body that is refused before it has arrived ends the connection, since its rest would still come."""

CROWD = 64 * MB
"""Most bytes of all bodies of strangers and account holders together."""

PLACES = 256
"""Most bodies of a pool that arrive at a time."""

PLACES_EACH = 32
"""Most bodies of one caller that arrive at a time."""

_HELD = "cartellino_body"


class Place:
    """One body that is arriving, or has arrived and is being processed."""

    deadline: asyncio.Timeout

    def __init__(self, caller: str) -> None:
        """`caller` is the name under which its sender is counted."""
        self.caller = caller
        self.bytes = 0
        self.gave_way = False

    def give_way(self) -> None:
        """Drop this body for another one, by ending the wait for its rest."""
        self.gave_way = True
        self.deadline.reschedule(asyncio.get_running_loop().time())


class Pool:
    """The bodies of some kinds of caller, which share an amount of memory."""

    def __init__(self, memory: int, *, gives_way: bool) -> None:
        """`memory` is in bytes, half of them for one caller; if it is full and `gives_way`, bodies are dropped."""
        self._memory = memory
        self._gives_way = gives_way
        self._arriving: dict[Place, None] = {}
        self._arriving_of: Counter[str] = Counter()
        self._bytes_of: Counter[str] = Counter()
        self._bytes = 0

    def enter(self, place: Place) -> None:
        """Begin to receive a body.

        Raises `Problem` when there is no place for it.
        """
        if self._arriving_of[place.caller] >= PLACES_EACH:
            raise Problem("too-often", "too many bodies are arriving from you at once", retry=1, headers=CLOSE)
        if len(self._arriving) >= PLACES:
            if not self._gives_way:
                raise Problem("unavailable", "too many bodies are arriving at once", retry=1, headers=CLOSE)
            self._drop(next(iter(self._arriving)))
        self._arriving[place] = None
        self._arriving_of[place.caller] += 1

    def arrived(self, place: Place) -> None:
        """Record that the body has arrived, or will not; its memory stays counted until `leave`."""
        if place in self._arriving:
            del self._arriving[place]
            _less(self._arriving_of, place.caller, 1)

    def grow(self, place: Place, size: int) -> None:
        """Count bytes that arrived, or that were decoded from them.

        Raises `Problem` when they do not fit.
        """
        if self._bytes_of[place.caller] + size > self._memory // 2:
            raise Problem("too-often", "too much is arriving from you at once", retry=1, headers=CLOSE)
        while self._bytes + size > self._memory:
            largest = self._largest(place) if self._gives_way else None
            if largest is None:
                raise Problem("unavailable", "too much is arriving at once", retry=1, headers=CLOSE)
            self._drop(largest)
        self._bytes += size
        self._bytes_of[place.caller] += size
        place.bytes += size

    def _largest(self, growing: Place) -> Place | None:
        """Return the oldest body of the caller who fills most of the memory, unless `growing` is of that caller."""
        arriving = [place for place in self._arriving if place.bytes]
        largest = max(arriving, key=lambda place: self._bytes_of[place.caller], default=None)
        return None if largest is None or largest.caller == growing.caller else largest

    def _drop(self, place: Place) -> None:
        place.give_way()
        self.leave(place)

    def leave(self, place: Place) -> None:
        """Release the memory of a body at the end of its request."""
        self.arrived(place)
        self._bytes -= place.bytes
        _less(self._bytes_of, place.caller, place.bytes)
        place.bytes = 0


class Bodies:
    """The pools of all bodies that are being received."""

    def __init__(self, body: int) -> None:
        """`body` is the most bytes of one body; keys and operators have memory for eight of these."""
        self._crowd = Pool(CROWD, gives_way=True)
        self._known = Pool(8 * body, gives_way=False)

    async def receive(self, request: Asked, bound: Bound) -> bytes:
        """Return the body of a request; its memory is counted until `release`.

        Raises `Problem` for a body that is too large or too slow, or when there is no room for it.
        """
        if not _is_coming(request, bound):
            return b""
        principal: Principal = request.state.principal
        pool = self._known if principal.kind in ("key", "operator") else self._crowd
        place = Place(request.state.caller)
        request.scope["state"][_HELD] = pool, place
        try:
            async with asyncio.timeout(bound.seconds) as place.deadline:
                pool.enter(place)
                return b"".join([piece async for piece in _pieces(request, bound, pool, place)])
        except TimeoutError:
            raise _late(place) from None
        finally:
            pool.arrived(place)


def keep(request: Asked, size: int) -> None:
    """Count data decoded from a body like the body itself, until the end of the request.

    Raises `Problem` when it does not fit.
    """
    pool, place = request.scope["state"][_HELD]
    pool.grow(place, size)


def release(scope: Any) -> None:  # noqa: ANN401 - ASGI's scope
    """Release the body of a request that has ended."""
    if (reserved := scope.get("state", {}).pop(_HELD, None)) is not None:
        pool, place = reserved
        pool.leave(place)


def _is_coming(request: Asked, bound: Bound) -> bool:
    """Say by the headers whether there is a body; raise `Problem` if they show that it is too large."""
    if "transfer-encoding" in request.headers:
        if not bound.bytes:
            raise _too_much(bound)
        return True
    text = request.headers.get("content-length", "0").strip()
    if not text.isascii() or not text.isdigit():
        raise Problem("bad-request", "`Content-Length` is a whole number", "Content-Length", headers=CLOSE)
    if len(text.lstrip("0")) > 18 or int(text[-18:]) > bound.bytes:
        raise _too_much(bound)
    return int(text) > 0


async def _pieces(request: Asked, bound: Bound, pool: Pool, place: Place) -> AsyncIterator[bytes]:
    """Yield a body piece by piece; the time limit grows with the bytes that have arrived."""
    ends = asyncio.get_running_loop().time() + bound.seconds
    more = True
    while more:
        message: Any = await request.receive()
        if place.gave_way:
            raise TimeoutError
        if message["type"] == "http.disconnect":
            raise Problem("bad-request", "the connection ended before the body did", headers=CLOSE)
        piece, more = message.get("body", b""), message.get("more_body", False)
        if place.bytes + len(piece) > bound.bytes:
            raise _too_much(bound)
        pool.grow(place, len(piece))
        place.deadline.reschedule(ends + place.bytes / SLOWEST)
        yield piece


def _late(place: Place) -> Problem:
    if place.gave_way:
        return Problem("unavailable", "too many bodies are arriving at once", retry=1, headers=CLOSE)
    return Problem("too-slow", "the body does not arrive fast enough", headers=CLOSE)


def _too_much(bound: Bound) -> Problem:
    if not bound.bytes:
        return Problem("too-much", "this address takes no body", headers=CLOSE)
    return Problem("too-much", f"a body with {bound.what} has at most {bound.bytes:,} bytes here", headers=CLOSE)


def _less(counts: Counter[str], name: str, by: int) -> None:
    counts[name] -= by
    if counts[name] <= 0:
        del counts[name]
