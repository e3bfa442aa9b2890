"""Serves the face until it is told to end."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from cartellino.simulator.cloud.face.app import Face
from cartellino.simulator.cloud.face.hub import Hub

if TYPE_CHECKING:
    from granian.server.embed import Server

HEADERS = 10_000
"""Milliseconds within which the head of a request has to arrive."""


def hub_now(seed: int, webhooks: str | None) -> Hub:
    """Return a simulator whose time begins now."""
    return Hub(seed, int(time.time() * 1_000), time.monotonic, webhooks)


def server_of(hub: Hub, address: str, port: int) -> Server:
    """Return a server that is not started."""
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.server.embed import Server

    server = Server(
        Face(hub), address=address, port=port, interface=Interfaces.ASGI, http=HTTPModes.http1, log_enabled=False,
        backlog=1_024, backpressure=1_024, http1_settings=HTTP1Settings(header_read_timeout=HEADERS),
    )  # fmt: skip
    server.workers_kill_timeout = 2
    return server


async def serve(hub: Hub, server: Server) -> None:
    """Answer, let time pass and carry webhooks, until the server is stopped or this is cancelled."""
    living = asyncio.ensure_future(hub.live())
    try:
        with suppress(TimeoutError):
            await server.serve()
    finally:
        living.cancel()
        with suppress(asyncio.CancelledError):
            await living
