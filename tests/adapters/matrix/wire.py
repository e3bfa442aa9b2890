"""A wire between homeserver and service that keeps every byte, so that what leaves the homeserver can be read."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Any
from urllib.parse import urlsplit


class Wire:
    """Passes connections on to an address, and keeps what went each way."""

    def __init__(self, url: str) -> None:
        """`url` is where it leads."""
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._sent: list[bytearray] = []
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []
        self.ahead = 0.0
        """Seconds by which the clock of whoever answers seems to be ahead."""
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        ready.wait(10)
        assert self._server is not None
        self.url: str = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def lead(self, url: str) -> None:
        """Lead somewhere else from now on; what is open is cut."""
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80

        def cut() -> None:
            for writer in self._writers:
                writer.close()
            self._writers.clear()

        self._loop.call_soon_threadsafe(cut)

    def stop(self) -> None:
        """Close everything."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    @property
    def raw(self) -> bytes:
        """Everything that left the homeserver."""
        return b"\n".join(bytes(sent) for sent in self._sent)

    def events(self, *kinds: str) -> list[dict[str, Any]]:
        """Return the events that left, by their time, some kinds of them or all; a retry counts once."""
        return sorted(self.in_order(*kinds), key=lambda event: event["time"])

    def in_order(self, *kinds: str) -> list[dict[str, Any]]:
        """Return the same, by connection and in the order in which they left."""
        seen: dict[str, dict[str, Any]] = {}
        for line in self.raw.split(b"\n"):
            if line.startswith(b'{"id":'):
                try:
                    event = json.loads(line)
                except ValueError:
                    continue  # the rest is still on its way
                seen.setdefault(event["id"], event)
        return [event for event in seen.values() if not kinds or event["kind"] in kinds]

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)

        async def begin() -> None:
            self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
            ready.set()

        self._loop.run_until_complete(begin())
        self._loop.run_forever()
        self._loop.run_until_complete(self._close())
        self._loop.close()

    def _dated(self, piece: bytes) -> bytes:
        """Return what was answered, as somebody with another clock would have dated it."""
        if not self.ahead:
            return piece
        date = f"date: {formatdate(time.time() + self.ahead, usegmt=True)}".encode()
        return re.sub(rb"(?im)^date: [^\r\n]*", date, piece)

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.close()
        for task in asyncio.all_tasks(self._loop) - {asyncio.current_task(self._loop)}:
            task.cancel()
        await asyncio.sleep(0.1)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        kept = bytearray()
        self._sent.append(kept)
        try:
            far_reader, far_writer = await asyncio.open_connection(self._host, self._port)
        except OSError:
            writer.close()
            return
        self._writers += [writer, far_writer]
        back = asyncio.ensure_future(_pass(far_reader, writer, None, self._dated))
        await _pass(reader, far_writer, kept)
        await back


async def _pass(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, kept: bytearray | None,
    changed: Callable[[bytes], bytes] = bytes,
) -> None:  # fmt: skip
    try:
        while piece := await reader.read(65_536):
            if kept is not None:
                kept += piece
            writer.write(changed(piece))
            await writer.drain()
    except (OSError, asyncio.CancelledError):
        pass
    finally:
        writer.close()
