"""A reverse proxy before a homeserver: with TLS, as other homeservers meet it, and without, as the one that passes some
requests on to workers."""

from __future__ import annotations

import asyncio
import re
import ssl
import subprocess
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.api.process import free_port

NO_CHECKS: dict[str, Any] = {
    "federation_verify_certificates": False,
    "ip_range_blacklist": [],
    "federation_ip_range_blacklist": [],
    "allow_public_rooms_over_federation": True,
}
"""Settings of Synapse for federation on the loopback, with certificates that nobody signed."""


class Front:
    """Listens; one request a connection."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` takes the certificate; without one there is no TLS."""
        self.port = free_port()
        self.name = f"127.0.0.1:{self.port}"
        self._to: dict[str, str] = {}
        self._picked: list[tuple[re.Pattern[str], str]] = []
        self._context = _certified(folder) if folder is not None else None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._begin(), self._loop).result(10)

    def lead(self, prefix: str, url: str) -> None:
        """Lead what begins with a path to an address; the longest beginning counts."""
        self._to[prefix] = url

    def pick(self, pattern: re.Pattern[str], url: str) -> None:
        """Lead what a pattern matches to an address, whatever else is led there."""
        self._picked.append((pattern, url))

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _address(self, path: str) -> str:
        picked = next((url for pattern, url in self._picked if pattern.match(path)), None)
        return picked or self._to[max((prefix for prefix in self._to if path.startswith(prefix)), key=len)]

    async def _begin(self) -> None:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", self.port, ssl=self._context)

    async def _end(self) -> None:
        self._server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0.1)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode()
            to = urlsplit(self._address(path))
            far_reader, far_writer = await asyncio.open_connection(to.hostname, to.port)
            lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
            far_writer.write(b"\r\n".join([*lines[:-2], b"Connection: close", b"", b""]))
            inward = asyncio.ensure_future(_pass(reader, far_writer))
            await _pass(far_reader, writer)
            inward.cancel()
            far_writer.close()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


def _certified(folder: Path) -> ssl.SSLContext:
    folder.mkdir(parents=True, exist_ok=True)
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1 "
    command += "-addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem"
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(65_536):
        writer.write(piece)
        await writer.drain()
