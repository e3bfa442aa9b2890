"""The waiting page, which shows the progress of the start as three bars until the service answers.

It has a small server of its own, which answers at once, while the service is still being imported and compiled. Both
servers share the port (SO_REUSEPORT, see socket(7)): both listen for a moment, and this one stops only when the service
answers, so that no connection is refused in between.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from contextlib import suppress
from html import escape
from http import HTTPStatus
from importlib.resources import files

from cartellino.cli.steps import Step, Steps
from cartellino.web.headers import HEADERS

MAX_HEAD_BYTES = 16_384
"""Maximum size of a request head."""

TIMEOUT_SECONDS = 5.0
"""Seconds for a request to arrive, and again for its answer to be sent."""

MAX_CONCURRENT_REQUESTS = 64
"""Requests beyond these are refused."""

STATIC_TYPES = {"/static/style.css": "text/css", "/static/icon.svg": "image/svg+xml"}
"""Media types of the static files, by path."""

LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""The loopback address to connect to when the server listens on a wildcard address."""

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="1">
<title>Starting · Cartellino</title>
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/style.css">
</head>
<body>
<main>
<h1>Cartellino is starting</h1>
<p>This page turns into the product when it is ready.
The rules are compiled once on a machine; the next start is quick.</p>
{steps}
</main>
</body>
</html>
"""
_STEP = """\
<section>
<h2 id="step-{number}">{number}. {title}</h2>
<progress aria-labelledby="step-{number}" value="{done:g}" max="{of:g}"></progress>
<p class="soft">{words}</p>
</section>
"""
_PROBLEM = '{"type": "about:blank", "title": "Starting", "status": 503, "detail": "try again in a moment"}'

Answer = tuple[int, str, bytes]
"""Status, media type, body."""


def page(steps: Steps) -> str:
    """Return the waiting page."""
    return _PAGE.format(steps="".join(_section(number, step) for number, step in enumerate(steps.all, 1)))


def _section(number: int, step: Step) -> str:
    words = escape(step.words or "waiting for the previous step")
    return _STEP.format(
        number=number, title=escape(step.title.capitalize()), done=step.done, of=step.of or 1, words=words
    )


def answer(steps: Steps, method: str, path: str, accept: str) -> Answer:
    """Answer a request.

    `/` gives the page; static files and `/health/live` give 200; everything else gives 503, as the page if a browser
    asks, else as a problem document (`/health/ready` as JSON).
    """
    if method in ("GET", "HEAD"):
        if path in STATIC_TYPES:
            return 200, STATIC_TYPES[path], (files("cartellino.web") / path.lstrip("/")).read_bytes()
        if path == "/health/live":
            return 200, "application/json", b'{"alive": true}'
        if path == "/health/ready":
            return 503, "application/json", b'{"ready": false, "why": "starting"}'
        if path == "/" or ("text/html" in accept and not path.startswith("/v1/")):
            return 200 if path == "/" else 503, "text/html; charset=utf-8", page(steps).encode()
    return 503, "application/problem+json", _PROBLEM.encode()


class WaitingRoom:
    """A server that listens at an address until it is closed."""

    def __init__(self, address: str, port: int, steps: Steps) -> None:
        """Bind and listen. Must be called from a running event loop.

        Raises `OSError` when the address is not available.
        """
        self._at = (LOOPBACK.get(address, address), port)
        self._steps = steps
        self._tasks: set[asyncio.Task[None]] = set()
        self._socket = _listening(address, port)
        self._accepting = asyncio.ensure_future(self._accept())

    async def give_way(self, seconds: float = 60) -> None:
        """Close when the service answers on the same port, or after `seconds` at the latest."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not await self._service_answers():
                    await asyncio.sleep(0.05)
        self.close()

    def close(self) -> None:
        """Stop listening, after accepting the connections that wait."""
        self._accepting.cancel()
        with suppress(OSError):  # no connection is pending, or the socket is closed already
            while True:
                self._welcome(self._socket.accept()[0])
        self._socket.close()

    async def _accept(self) -> None:
        while True:
            connection, _ = await asyncio.get_running_loop().sock_accept(self._socket)
            self._welcome(connection)

    def _welcome(self, connection: socket.socket) -> None:
        if len(self._tasks) >= MAX_CONCURRENT_REQUESTS:
            connection.close()
            return
        task = asyncio.ensure_future(self._serve(connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(TIMEOUT_SECONDS):
                reader, writer = await asyncio.open_connection(sock=connection, limit=MAX_HEAD_BYTES)
                try:
                    head = await reader.readuntil(b"\r\n\r\n")
                    writer.write(_response(head.decode("latin-1"), self._steps))
                    await writer.drain()
                finally:
                    writer.close()

    async def _service_answers(self) -> bool:
        """Ask once, and say whether the service answered rather than this server.

        Of two listeners on a port, the system chooses one for each connection. An empty reply is nobody's.
        """
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(TIMEOUT_SECONDS):
                reader, writer = await asyncio.open_connection(*self._at)
                try:
                    writer.write(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    reply = await reader.read(MAX_HEAD_BYTES)
                    return reply != b"" and b"\r\nserver: waiting" not in reply.lower()
                finally:
                    writer.close()
        return False


def _response(head: str, steps: Steps) -> bytes:
    line, *fields = head.split("\r\n")
    method, _, rest = line.partition(" ")
    headers = {name.strip().lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
    path = rest.partition(" ")[0].partition("?")[0]
    status, kind, body = answer(steps, method, path, headers.get("accept", ""))
    return _head(status, kind, len(body)) + (b"" if method == "HEAD" else body)


def _head(status: int, kind: str, size: int) -> bytes:
    wait: Mapping[str, str] = {"Retry-After": "1"} if status == 503 else {}
    fields = {"Server": "waiting", "Content-Type": kind, "Content-Length": str(size), "Connection": "close"}
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in {**fields, **HEADERS, **wait}.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def _listening(address: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    try:
        for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
            made.setsockopt(socket.SOL_SOCKET, option, 1)
        made.bind((address, port))
        made.listen(MAX_CONCURRENT_REQUESTS)
    except OSError:
        made.close()
        raise
    made.setblocking(False)
    return made
