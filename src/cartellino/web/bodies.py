"""The one place where bodies are received: bounded in bytes, time, number and memory, before a handler sees them.

The guard has let the caller through by then, so that nobody makes us hold what they may not send. A body is counted as
it arrives, and has to keep a pace. What is being received is bounded for each caller and in all; strangers and account
holders share one pool, keys and operators another, so that the crowd cannot keep the senders of events out. In the
crowd's pool the body that has been arriving for longest gives way to a new one: a form comes in one packet.
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
"""What is refused before it has arrived ends the connection, since the rest of it still comes."""

CROWD = 64 * MB
"""Bytes of all bodies of strangers and account holders together."""

PLACES = 256
"""Bodies of a pool that arrive at a time."""

PLACES_EACH = 32
"""Of one caller."""

_HELD = "cartellino_body"


class Place:
    """One body that is arriving, or has arrived and is being worked on."""

    deadline: asyncio.Timeout

    def __init__(self, caller: str) -> None:
        """`caller` is who sends it."""
        self.caller = caller
        self.bytes = 0
        self.gave_way = False

    def give_way(self) -> None:
        """Make room for another: the wait for the rest ends now."""
        self.gave_way = True
        self.deadline.reschedule(asyncio.get_running_loop().time())


class Pool:
    """The bodies of some kinds of caller, and how much memory they have."""

    def __init__(self, memory: int, *, gives_way: bool) -> None:
        """`memory` in bytes, of which one caller has half; `gives_way`: whether the oldest does when it is full."""
        self._memory = memory
        self._gives_way = gives_way
        self._arriving: dict[Place, None] = {}
        self._arriving_of: Counter[str] = Counter()
        self._bytes_of: Counter[str] = Counter()
        self._bytes = 0

    def enter(self, place: Place) -> None:
        """Begin to receive a body.

        Raises `Problem` where there is no place for it.
        """
        if self._arriving_of[place.caller] >= PLACES_EACH:
            raise Problem("too-often", "too many bodies are arriving from you at once", retry=1, headers=CLOSE)
        if len(self._arriving) >= PLACES:
            if not self._gives_way:
                raise Problem("unavailable", "too many bodies are arriving at once", retry=1, headers=CLOSE)
            oldest = next(iter(self._arriving))
            self.arrived(oldest)
            oldest.give_way()
        self._arriving[place] = None
        self._arriving_of[place.caller] += 1

    def arrived(self, place: Place) -> None:
        """The body is there, or will not come; its memory stays counted until `leave`."""
        if place in self._arriving:
            del self._arriving[place]
            _less(self._arriving_of, place.caller, 1)

    def grow(self, place: Place, size: int) -> None:
        """Count bytes that arrived, or that were made of them.

        Raises `Problem` where they do not fit.
        """
        if self._bytes_of[place.caller] + size > self._memory // 2:
            raise Problem("too-often", "too much is arriving from you at once", retry=1, headers=CLOSE)
        if self._bytes + size > self._memory:
            raise Problem("unavailable", "too much is arriving at once", retry=1, headers=CLOSE)
        self._bytes += size
        self._bytes_of[place.caller] += size
        place.bytes += size

    def leave(self, place: Place) -> None:
        """The request is over, and its body is forgotten."""
        self.arrived(place)
        self._bytes -= place.bytes
        _less(self._bytes_of, place.caller, place.bytes)
        place.bytes = 0


class Bodies:
    """Everything that is being received."""

    def __init__(self, body: int) -> None:
        """`body` is the most bytes of one body; keys and operators have memory for eight of these."""
        self._crowd = Pool(CROWD, gives_way=True)
        self._known = Pool(8 * body, gives_way=False)

    async def receive(self, request: Asked, bound: Bound) -> bytes:
        """Return the body of a request; its memory is counted until `release`.

        Raises `Problem` for one that is too large or too slow, or for which there is no room.
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
    """Count what was made of a body as if it had arrived, until the request is over.

    Raises `Problem` where it does not fit.
    """
    pool, place = request.scope["state"][_HELD]
    pool.grow(place, size)


def release(scope: Any) -> None:  # noqa: ANN401 - ASGI's scope
    """Forget the body of a request that is over."""
    if (reserved := scope.get("state", {}).pop(_HELD, None)) is not None:
        pool, place = reserved
        pool.leave(place)


def _is_coming(request: Asked, bound: Bound) -> bool:
    """Say whether there is a body, by the headers; refuse it where they show that it is too large."""
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
    """Yield a body piece by piece; whoever brings more gets more time."""
    ends = asyncio.get_running_loop().time() + bound.seconds
    more = True
    while more:
        message: Any = await request.receive()
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
