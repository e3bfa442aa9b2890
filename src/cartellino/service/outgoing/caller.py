"""HTTP calls to receivers, with limits on where they go, how long they last, and how much of an answer is read.

The name is looked up once, all of its addresses are checked (`addresses`), and the connection goes to a checked one, so
that a second answer of a name server cannot redirect it (DNS rebinding). TLS verifies the certificate of the name.
Redirects are not followed, no proxy is used, and the body of an answer is never read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from concurrent.futures import Future
from functools import cached_property
from ssl import SSLContext
from threading import Thread
from typing import Any, NamedTuple, TypeVar

import h11
import httpx

from cartellino.service.outgoing.addresses import why_refused
from cartellino.service.outgoing.resolver import Resolver
from cartellino.service.outgoing.target import Target, target_of
from cartellino.vocabulary.refusals import BadArgument

DEADLINE = 10.0
"""Seconds for a whole call: look-up, connection, request, and the head of the answer."""

CONNECT = 3.0
"""Seconds for each address but the last, so that time is left for the next; the last may take all that remains."""

ADDRESSES = 3
"""At most so many addresses of a name are tried in one call."""

PATIENCE = 5.0
"""Seconds for the look-up of a name when a webhook is registered."""

LARGEST_HEAD = 16_384
"""Most bytes of an answer's status and headers, informational answers included."""

LOOK_UPS = 128
"""Most names that are looked up at a time for calls; for the registration of webhooks it is an eighth of that."""

Result = TypeVar("Result")


class Answer(NamedTuple):
    """A receiver's answer: status and headers, with names in lower case."""

    status: int
    headers: Mapping[str, str] = {}


class Caller:
    """Makes calls in an event loop in a thread of its own."""

    def __init__(self, *, private: bool) -> None:
        """`private` allows receivers in the own network."""
        self._private = private
        self._loop: asyncio.AbstractEventLoop
        self._thread = Thread(target=self._run, name="outgoing", daemon=True)
        self._resolver, self._registrar = Resolver(LOOK_UPS), Resolver(LOOK_UPS // 8)

    @cached_property
    def _tls(self) -> SSLContext:
        """With the authorities of certifi, or of SSL_CERT_FILE; read when the first receiver has https."""
        return httpx.create_ssl_context()

    def start(self) -> None:
        """Start the thread."""
        self._loop = asyncio.new_event_loop()
        self._thread.start()

    def stop(self) -> None:
        """Stop; calls that are still under way are cancelled."""
        if self._thread.is_alive():
            self.begin(self._cut_off())
            self._thread.join(1)

    def _run(self) -> None:
        self._loop.run_forever()
        self._loop.close()

    async def _cut_off(self) -> None:
        calls = asyncio.all_tasks() - {asyncio.current_task()}
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        await asyncio.sleep(0.01)  # the loop closes the sockets
        self._loop.stop()

    def begin(self, work: Coroutine[Any, Any, Result]) -> Future[Result]:
        """Run a coroutine in the caller's loop; cancelling the future cancels it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def check(self, url: str) -> None:
        """Check whether a URL may be registered.

        Raises `BadArgument` if it would not be called.
        """
        target = target_of(url)
        try:
            async with asyncio.timeout(PATIENCE):
                await self._addresses(target, self._registrar)
        except TimeoutError:
            raise BadArgument(f"the name `{target.host}` could not be looked up within {PATIENCE:.0f} s") from None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a request and return the answer.

        Raises `TimeoutError` beyond the deadline, `BadArgument` if the URL or an address must not be called, `OSError`
        for network errors and for an answer that is not HTTP.
        """
        async with asyncio.timeout(DEADLINE):
            target = target_of(url)
            reader, writer = await self._connect(target, await self._addresses(target, self._resolver))
            try:
                return await _exchange(reader, writer, target, body, headers)
            finally:
                writer.transport.abort()  # closing gracefully would wait for the receiver

    async def _addresses(self, target: Target, resolver: Resolver) -> list[str]:
        """Return the addresses of a receiver; a single one that must not be called rules out all of them."""
        try:
            addresses = [target.host] if target.is_address else await asyncio.wrap_future(resolver.ask(target.host))
        except (OSError, UnicodeError):
            raise BadArgument(f"there is no host `{target.host}`") from None
        for address in addresses:
            why = why_refused(address, private=self._private)
            if why:
                raise BadArgument(_said(target, why))
        return addresses

    async def _connect(self, target: Target, addresses: list[str]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        secure: dict[str, Any] = {"ssl": self._tls, "server_hostname": target.host} if target.scheme == "https" else {}
        failure, tried = OSError(f"`{target.host}` has no address"), addresses[:ADDRESSES]
        for address in tried:
            try:
                async with asyncio.timeout(None if address == tried[-1] else CONNECT):
                    return await asyncio.open_connection(address, target.port, limit=LARGEST_HEAD, **secure)
            except TimeoutError:
                failure = OSError(f"no connection within {CONNECT:.0f} s")
            except OSError as error:
                failure = error
        raise failure


def _said(target: Target, why: str) -> str:
    advice = "the setting private_webhooks allows the own network, and nothing else"
    return f"`{target.host}` must not be called, its address is {why}; {advice}"


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: Target, body: bytes, headers: Mapping[str, str]
) -> Answer:
    head = {"host": target.authority, "user-agent": "cartellino", "accept-encoding": "identity", "connection": "close",
            "content-length": str(len(body)), **headers}  # fmt: skip
    line = h11.Connection(h11.CLIENT, max_incomplete_event_size=LARGEST_HEAD)
    request = h11.Request(method="POST", target=target.path, headers=list(head.items()))
    for event in (request, h11.Data(data=body), h11.EndOfMessage()):
        writer.write(line.send(event) or b"")
    await writer.drain()
    try:
        return await _answer(reader, line)
    except h11.RemoteProtocolError as error:
        raise ConnectionError(f"the answer is not HTTP/1.1: {error}") from None


async def _answer(reader: asyncio.StreamReader, line: h11.Connection) -> Answer:
    read = 0
    while True:
        event = line.next_event()
        if isinstance(event, h11.Response):
            return Answer(event.status_code, {name.decode(): value.decode("latin-1") for name, value in event.headers})
        if event is h11.NEED_DATA:
            chunk = await reader.read(4_096)
            read += len(chunk)
            if read > LARGEST_HEAD:
                raise ConnectionError(f"status and headers of the answer are longer than {LARGEST_HEAD:,} bytes")
            line.receive_data(chunk)
        elif not isinstance(event, h11.InformationalResponse):
            raise ConnectionError("the connection was closed without an answer")
