"""Connections to the platform that stay open: one call at a time on each, with whole bodies.

A general client costs more than everything else that the gateway does with a send. This one does what a send needs:
HTTP/1.1 by `h11`, TLS, deadlines, no redirects, no cookies, no proxies, and never a second try.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Sequence
from time import monotonic
from typing import NamedTuple

import h11
import httpx

MOST_BYTES = 8 << 20
"""Most bytes of an answer."""

IDLE = 20.0
"""Seconds after which an open connection is not used again: the other side may be about to close it."""

_READ = 64 * 1_024


class Unreached(Exception):  # noqa: N818 - what became of a call
    """The platform was not reached: nothing was sent."""


class Unanswered(Exception):  # noqa: N818 - what became of a call
    """The call was sent, and no answer came: nobody knows whether it was carried out."""


class Answered(NamedTuple):
    """An answer as it came."""

    status: int
    headers: list[tuple[bytes, bytes]]
    """Names in small letters."""
    body: bytes


class _Open(NamedTuple):
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    http: h11.Connection
    used_at: float


class Connections:
    """Connections to one host."""

    def __init__(self, host: str, port: int, *, is_tls: bool, most: int, connect: float, read: float) -> None:
        """At most `most` connections; `connect` and `read` are the seconds for which each step is waited for."""
        self._host, self._port = host, port
        self._tls: ssl.SSLContext | None = httpx.create_ssl_context() if is_tls else None
        named = f"[{host}]" if ":" in host else host
        self._name = (named if port == (443 if is_tls else 80) else f"{named}:{port}").encode()
        self._places, self._connect, self._read = asyncio.Semaphore(most), connect, read
        self._idle: list[_Open] = []

    async def call(self, method: str, target: str, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> Answered:
        """Make a call.

        Raises `Unreached` and `Unanswered`.
        """
        try:
            async with asyncio.timeout(self._connect):
                await self._places.acquire()
        except TimeoutError:
            raise Unreached("TooManyAtOnce") from None
        try:
            used = self._reusable() or await self._opened()
            try:
                async with asyncio.timeout(self._read):
                    return await self._exchange(used, self._request(method, target, headers, body), body)
            except (OSError, h11.RemoteProtocolError, TimeoutError) as error:
                used.writer.close()
                raise Unanswered(type(error).__name__) from None
            except BaseException:
                used.writer.close()
                raise
        finally:
            self._places.release()

    def close(self) -> None:
        """Close those that are open."""
        while self._idle:
            self._idle.pop().writer.close()

    def _reusable(self) -> _Open | None:
        while self._idle:
            last = self._idle.pop()
            if not last.reader.at_eof() and not last.writer.is_closing() and monotonic() - last.used_at < IDLE:
                return last
            last.writer.close()
        return None

    async def _opened(self) -> _Open:
        try:
            async with asyncio.timeout(self._connect):
                reader, writer = await asyncio.open_connection(self._host, self._port, ssl=self._tls)
        except (OSError, TimeoutError) as error:
            raise Unreached(type(error).__name__) from None
        return _Open(reader, writer, h11.Connection(h11.CLIENT), monotonic())

    def _request(self, method: str, target: str, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> h11.Request:
        kept = [(name, value) for name, value in headers if name.lower() != b"accept-encoding"]
        own = [(b"host", self._name), (b"accept-encoding", b"identity")]
        if body or method == "POST":
            own.append((b"content-length", str(len(body)).encode()))
        try:
            return h11.Request(method=method, target=target, headers=own + kept)
        except h11.LocalProtocolError:
            raise Unreached("UnsendableHeaders") from None  # nothing was sent, and nothing can be

    async def _exchange(self, used: _Open, request: h11.Request, body: bytes) -> Answered:
        http, said = used.http, used.http.send(request) or b""
        said += (http.send(h11.Data(data=body)) or b"") if body else b""
        used.writer.write(said + (http.send(h11.EndOfMessage()) or b""))
        await used.writer.drain()
        head: h11.Response | None = None
        parts, size = [], 0
        while True:
            event = http.next_event()
            if event is h11.NEED_DATA:
                http.receive_data(await used.reader.read(_READ))
            elif isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                size += len(event.data)
                if size > MOST_BYTES:
                    raise OSError("the answer is too large")
                parts.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                break
            elif not isinstance(event, h11.InformationalResponse):
                raise OSError("the connection was closed")
        self._keep(used)
        return Answered(
            head.status_code, [(bytes(name), bytes(value)) for name, value in head.headers], b"".join(parts)
        )

    def _keep(self, used: _Open) -> None:
        """Keep a connection open if both sides may use it again."""
        with contextlib.suppress(h11.ProtocolError):
            used.http.start_next_cycle()
            self._idle.append(used._replace(used_at=monotonic()))
            return
        used.writer.close()
