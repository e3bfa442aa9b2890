"""Speaks to Cartellino over HTTP, through Synapse's own client."""

from __future__ import annotations

import json
import time
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlencode

from synapse.module_api import ModuleApi
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.http_headers import Headers
from twisted.web.iweb import IResponse

from cartellino_synapse.conditions import Conditions

LARGEST = 4 << 20
"""Most bytes of an answer."""

PATIENCE = 30.0
"""Seconds for the body of an answer, once it has begun."""

SILENCE = 45.0
"""Seconds without a byte after which a stream counts as dead; Cartellino says something every 15 seconds."""


SLOW, NOISE, NOTABLE = 5_000, 2_000, 5_000
"""Milliseconds: an answer that took longer tells no time; a departure below the second is none, since the header has
whole seconds; and one from which on it is said."""


class RefusedError(Exception):
    """Cartellino answered with a status that is not 2xx."""

    def __init__(self, status: int, said: str) -> None:
        """`said` is the beginning of the answer."""
        super().__init__(f"Cartellino answered {status}: {said[:200]}")
        self.status = status


class Client:
    """Calls with the key of this process."""

    def __init__(self, api: ModuleApi, url: str, key: str, conditions: Conditions) -> None:
        """`url` is Cartellino's address."""
        self._http, self._clock = api.http_client, api._clock
        self.url, self._key, self._conditions = url.rstrip("/"), key, conditions
        self._departure = 0

    def now(self) -> int:
        """Return Cartellino's time, in milliseconds: sanctions begin and end by it, and events are judged by it."""
        return int(time.time() * 1000) + self._departure

    async def events(self, lines: list[bytes]) -> dict[str, Any]:
        """Hand over events; the answer comes when they are on Cartellino's disk."""
        answer = await self._ask(
            "POST", "/v1/events", b"\n".join(lines) + b"\n", {"Content-Type": "application/x-ndjson"}
        )
        if "accepted" not in answer:
            raise ValueError("somebody else answers at Cartellino's address")
        return answer

    async def standing(self, service: str, account: str, language: str) -> dict[str, Any]:
        """Return the standing of an account, in a language."""
        query = urlencode({"service": service})
        return await self._ask("GET", f"/v1/accounts/{quote(account, safe='')}/standing?{query}", None,
                               {"Accept-Language": language})  # fmt: skip

    async def link(self, service: str, account: str) -> str:
        """Return a path on Cartellino's pages that lets the holder of an account in, once."""
        body = json.dumps({"account": account, "service": service, "link": True}).encode()
        made = await self._ask("POST", "/v1/holders", body, {"Content-Type": "application/json"})
        return str(made["path"])

    async def stream(self, after: str, reader: Reader) -> None:
        """Read the stream of changes until it ends; `after` is the number of the last one that was read."""
        given = {"Accept": "text/event-stream"} | ({"Last-Event-ID": after} if after else {})
        response, told = await self._request("GET", "/v1/stream", None, given)
        if response.code != 200:
            raise RefusedError(response.code, (await _body(response)).decode("utf-8", "replace"))
        self._conditions.clear("stream")
        self._set_clock(told)
        reader.watch(self._clock)
        response.deliverBody(reader)
        await reader.ended

    async def _ask(self, method: str, path: str, body: bytes | None, more: dict[str, str]) -> dict[str, Any]:
        response, told = await self._request(method, path, body, more)
        said = await _body(response)
        if not 200 <= response.code < 300:
            raise RefusedError(response.code, said.decode("utf-8", "replace"))
        answer = json.loads(said)
        if not isinstance(answer, dict):
            raise ValueError("somebody else answers at Cartellino's address")  # noqa: TRY004 - a fault of the other side
        self._set_clock(told)
        return answer

    async def _request(
        self, method: str, path: str, body: bytes | None, more: dict[str, str]
    ) -> tuple[IResponse, int | None]:
        """Return the answer, and by how much Cartellino's clock departs from ours; `None` if it does not tell."""
        given = {name: [value] for name, value in more.items()} | {"Authorization": [f"Bearer {self._key}"]}
        begun = int(time.time() * 1000)
        response = await self._http.request(method, self.url + path, data=body, headers=Headers(given))
        date = (response.headers.getRawHeaders(b"date") or [b""])[0]
        return response, departure(date, begun, int(time.time() * 1000))

    def _set_clock(self, told: int | None) -> None:
        """Follow Cartellino's clock, as an answer that is surely its own told it."""
        if told is None or abs(told - self._departure) < NOISE:
            return
        self._departure = told if abs(told) >= NOISE else 0
        if abs(self._departure) < NOTABLE:
            self._conditions.clear("clock")
            return
        way = "behind" if self._departure > 0 else "ahead of"
        self._conditions.set("clock", f"this machine's clock is {abs(self._departure) // 1000} s {way} Cartellino's, "
                             "whose time is used")  # fmt: skip


def departure(date: bytes, begun: int, ended: int) -> int | None:
    """Return by how many milliseconds the clock of whoever answered departs from ours; `None` if it cannot be said.

    `date` is the header of that name, `begun` and `ended` are when we asked and were answered.

    >>> departure(b"Thu, 01 Jan 1970 00:10:00 GMT", 0, 1_000)
    600000
    >>> departure(b"soon", 0, 1_000)
    """
    if not 0 <= ended - begun <= SLOW:
        return None
    try:
        theirs = round(parsedate_to_datetime(date.decode("ascii")).timestamp() * 1000) + 500
    except (ValueError, TypeError, OverflowError):
        return None
    return theirs - (begun + ended) // 2


class _Whole(Protocol):
    def __init__(self, done: Deferred[bytes]) -> None:
        self._parts: list[bytes] = []
        self._size, self._done = 0, done

    def dataReceived(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > LARGEST:
            if not self._done.called:
                self._done.errback(ValueError(f"the answer has more than {LARGEST} bytes"))
            if self.transport is not None:
                self.transport.loseConnection()
            return
        self._parts.append(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if not self._done.called:
            self._done.callback(b"".join(self._parts))

    def give_up(self, failure: Failure) -> Failure:
        """Close the connection of an answer that does not end."""
        if self.transport is not None:
            self.transport.loseConnection()
        return failure


async def _body(response: IResponse) -> bytes:
    from synapse.logging.context import make_deferred_yieldable

    done: Deferred[bytes] = Deferred()
    body = _Whole(done)
    response.deliverBody(body)
    done.addTimeout(PATIENCE, reactor, lambda failure, _: body.give_up(failure))  # type: ignore[arg-type]
    return await make_deferred_yieldable(done)


class Reader(Protocol):
    """Reads server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

    def __init__(self) -> None:
        """`told` is overwritten by whoever listens."""
        self._rest, self._data = b"", ""
        self._kind = self._id = ""
        self._heard = 0.0
        self._clock: Any = None
        self._ended: Deferred[None] = Deferred()

    @property
    def ended(self) -> Any:  # noqa: ANN401 - an awaitable of Synapse
        """Waits for the end of the stream."""
        from synapse.logging.context import make_deferred_yieldable

        return make_deferred_yieldable(self._ended)

    def told(self, kind: str, number: str, data: str) -> None:
        """Take an event; for subclasses."""

    def watch(self, clock: Any) -> None:  # noqa: ANN401 - Synapse's clock
        """End the stream when nothing comes any more."""
        self._clock, self._heard = clock, clock.time()
        self._look()

    def _look(self) -> None:
        from synapse.util.duration import Duration

        if self._ended.called:
            return
        if self._clock.time() - self._heard > SILENCE and self.transport is not None:
            self.transport.loseConnection()
        self._clock.call_later(Duration(seconds=SILENCE / 3), self._look)

    def dataReceived(self, data: bytes) -> None:
        """Take a piece of the stream."""
        if self._clock is not None:
            self._heard = self._clock.time()
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > LARGEST:
            self._rest = b""
        for line in lines:
            self._line(line.rstrip(b"\r").decode("utf-8", "replace"))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The stream ended."""
        if not self._ended.called:
            self._ended.callback(None)

    def _line(self, line: str) -> None:
        if not line:
            if self._data:
                self.told(self._kind, self._id, self._data)
            self._kind = self._data = ""
            return
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            if len(self._data) < LARGEST:
                self._data += ("\n" if self._data else "") + value
        elif name == "event":
            self._kind = value
        elif name == "id":
            self._id = value
