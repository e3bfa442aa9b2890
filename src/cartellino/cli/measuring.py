"""Measures the targets of a probe: connects, fetches, uploads, asks; each within its time and size.

Failures have OONI's names where it has one, so that both kinds of probe are read in the same way. Redirects are not
followed, no proxy is used, and nothing of an answer is kept but its size.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import NamedTuple

import httpx

from cartellino.cli.targets import UPLOADED, Target

AT_ONCE = 8
"""At most so many targets are measured at a time, so that measurements do not disturb each other."""

PIECE = 16_384
"""Bytes of an upload that are sent at a time."""

_STUN = struct.pack("!HHI", 0x0001, 0, 0x2112A442)
"""The beginning of a binding request of STUN (RFC 8489)."""

_FAILURES = {
    errno.ECONNREFUSED: "connection_refused",
    errno.ECONNRESET: "connection_reset",
    errno.ECONNABORTED: "connection_aborted",
    errno.EPIPE: "connection_reset",
    errno.ENETUNREACH: "network_unreachable",
    errno.EHOSTUNREACH: "host_unreachable",
    errno.ETIMEDOUT: "generic_timeout_error",
}


class Result(NamedTuple):
    """The result of measuring a target; `failure` is empty if it worked."""

    target: Target
    failure: str
    latency_ms: float


class _Fails(Exception):  # noqa: N818 - a result
    """The target does not work; the message is the name of the failure."""


async def measure_all(targets: Sequence[Target]) -> list[Result]:
    """Measure targets, some at a time."""
    free = asyncio.Semaphore(AT_ONCE)

    async def one(target: Target) -> Result:
        async with free:
            return await measure(target)

    return list(await asyncio.gather(*map(one, targets)))


async def measure(target: Target) -> Result:
    """Measure one target within its time."""
    begun, moved = time.monotonic(), [0]
    try:
        async with asyncio.timeout(target.seconds):
            await _way(target)(target, moved)
        failure = _throttled(target, moved[0], time.monotonic() - begun)
    except TimeoutError:
        failure = "throttled" if moved[0] > PIECE else "generic_timeout_error"
    except _Fails as fails:
        failure = str(fails)
    except (OSError, httpx.HTTPError, ssl.SSLError, UnicodeError, ValueError) as error:
        failure = failure_of(error)
    return Result(target, failure, round((time.monotonic() - begun) * 1_000, 1))


def _throttled(target: Target, moved: int, seconds: float) -> str:
    return "throttled" if target.slowest and moved / max(seconds, 1e-3) < target.slowest else ""


def _way(target: Target) -> Callable[[Target, list[int]], Awaitable[None]]:
    scheme = target.parts.scheme
    if scheme in ("tcp", "tls"):
        return _connect
    if scheme == "stun":
        return _ask
    return _upload if target.feature in UPLOADED else _fetch


async def _connect(target: Target, _: list[int]) -> None:
    found = target.parts
    context = httpx.create_ssl_context() if found.scheme == "tls" else None
    _reader, writer = await asyncio.open_connection(found.hostname, found.port, ssl=context)
    writer.close()


async def _fetch(target: Target, moved: list[int]) -> None:
    """Fetch at most `bytes`; every answer but an error of the server counts, as in OONI's web connectivity test."""
    async with _client(target) as client, client.stream("GET", target.url) as answer:
        _check(answer)
        async for piece in answer.aiter_raw():
            moved[0] += len(piece)
            if moved[0] >= target.bytes:
                return


async def _upload(target: Target, moved: list[int]) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        left = target.bytes
        while left > 0:
            piece = os.urandom(min(left, PIECE))
            yield piece
            left -= len(piece)
            moved[0] += len(piece)

    headers = {"content-type": "application/octet-stream", "content-length": str(target.bytes)}
    async with (
        _client(target) as client,
        client.stream("POST", target.url, content=pieces(), headers=headers) as answer,
    ):
        _check(answer)


def _client(target: Target) -> httpx.AsyncClient:
    verify = httpx.create_ssl_context() if target.parts.scheme == "https" else False
    return httpx.AsyncClient(timeout=target.seconds, trust_env=False, follow_redirects=False, verify=verify)


def _check(answer: httpx.Response) -> None:
    """Raise `_Fails` for errors of the server and too many requests; 401 and 404 count as answers."""
    if answer.status_code >= 500 or answer.status_code in (408, 429, 451):
        raise _Fails(f"http_{answer.status_code}")


async def _ask(target: Target, _: list[int]) -> None:
    """Ask a STUN server for our address, until an answer has the number of our request."""
    found, number = target.parts, os.urandom(12)
    loop, heard = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()

    class Hears(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, _: object) -> None:
            if data[8:20] == number and not heard.done():
                heard.set_result(None)

        def error_received(self, error: Exception) -> None:
            if not heard.done():
                heard.set_exception(error)

    server = str(found.hostname), found.port or 3478
    transport, _protocol = await loop.create_datagram_endpoint(Hears, remote_addr=server)
    try:
        while not heard.done():
            transport.sendto(_STUN + number)
            await asyncio.wait([heard], timeout=0.5)
        heard.result()
    finally:
        transport.close()


def failure_of(error: BaseException) -> str:
    """Return the name of a failure, after the innermost of its causes that has one.

    >>> failure_of(ConnectionResetError(errno.ECONNRESET, "")), failure_of(ValueError())
    ('connection_reset', 'unknown_failure')
    """
    for one in _reasons(error):
        if isinstance(one, socket.gaierror):
            unknown = one.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", None))
            return "dns_nxdomain_error" if unknown else "dns_error"
        if isinstance(one, ssl.SSLCertVerificationError):
            return "ssl_invalid_certificate"
        if isinstance(one, ssl.SSLError):
            return "ssl_failed_handshake"
        if isinstance(one, OSError) and one.errno in _FAILURES:
            return _FAILURES[one.errno]
        if isinstance(one, TimeoutError | httpx.TimeoutException):
            return "generic_timeout_error"
        if isinstance(one, httpx.RemoteProtocolError):
            return "eof_error"
    return "unknown_failure"


def _reasons(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and its causes, the innermost first."""
    seen: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or one in seen:
            continue
        seen.append(one)
        waiting += [one.__context__, one.__cause__]
        waiting += one.exceptions if isinstance(one, BaseExceptionGroup) else ()
    yield from reversed(seen)
