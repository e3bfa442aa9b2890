"""What the gateway costs: the time that it adds to a send, and how many sends a second it takes over HTTP.

    python -m benchmarks.senders.gateway [--sends 2000] [--people 20000] [--seconds 10] [--connections 32]

Three processes on one machine: a platform that answers at once, the gateway before it with every rule in force (its
store on the disk, each intent synced before it is forwarded), and the client here, with one connection to each. The
same order update goes directly and through the gateway in turn, so that both meet the same machine; the difference is
taken pair by pair. Then many connections send at once for some seconds; the rule `throughput` is off for that, which
would stop at 1,000 a second.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlsplit

import httpx

from benchmarks.kernel.common import show

KEY, TOKEN, NUMBER, ACCOUNT = "key-of-the-benchmark", "sim", "100200300", "200300400"
FIRST = 393_200_000_000
"""The first of the numbers that are written to, each once: Italian mobiles."""


def main() -> int:
    """Measure, and print what came out."""
    command = ArgumentParser(description=__doc__)
    for name, default in (("sends", 2_000), ("people", 20_000), ("seconds", 10), ("connections", 32)):
        command.add_argument(f"--{name}", type=int, default=default)
    command.add_argument("--platform", type=int, help="be the platform at this port")
    chosen = command.parse_args()
    if chosen.platform:
        asyncio.run(_platform(chosen.platform))
        return 0
    with tempfile.TemporaryDirectory() as folder, _running(Path(folder)) as (platform, gateway):
        _fill(gateway, chosen.people)
        rows = [*_pairs(platform, gateway, chosen), _load(gateway, chosen)]
    show("Sends", ("", "median ms", "middle half", "p99", "sends", "sends/s"), rows)
    return 0


# The platform


async def _platform(port: int) -> None:
    """Answer every call at once, as cheaply as Python can."""
    names = itertools.count()
    templates = _answer({"data": [{"id": "1", "name": "order_update", "language": "en", "category": "UTILITY",
                                   "status": "APPROVED"}]})  # fmt: skip
    token = _answer({"data": {"app_id": "9", "granular_scopes": [
        {"scope": "whatsapp_business_management", "target_ids": [ACCOUNT]}]}})  # fmt: skip
    seen = _answer({"id": NUMBER, "display_phone_number": "+39 02 3030 0300", "quality_rating": "GREEN",
                    "throughput": {"level": "HIGH"},
                    "whatsapp_business_manager_messaging_limit": "TIER_UNLIMITED"})  # fmt: skip

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                _, _, length = head.lower().partition(b"content-length: ")
                if length:
                    await reader.readexactly(int(length.partition(b"\r\n")[0]))
                if head.startswith(b"POST"):
                    writer.write(_answer({"messaging_product": "whatsapp", "contacts": [],
                                          "messages": [{"id": f"wamid.{next(names)}"}]}))  # fmt: skip
                elif head.startswith(b"HEAD"):
                    writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
                else:
                    writer.write(templates if b"message_templates" in head else token if b"debug" in head else seen)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


def _answer(said: object) -> bytes:
    body = json.dumps(said).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)


# What runs


@contextmanager
def _running(folder: Path) -> Iterator[tuple[str, str]]:
    """Run a platform and a gateway, and yield their addresses."""
    ports = [_free_port(), _free_port()]
    platform, gateway = (f"http://127.0.0.1:{port}" for port in ports)
    environment = {**os.environ, "CARTELLINO_BOOTSTRAP_KEY": KEY, "CARTELLINO_NATIVE": "never",
                   "CARTELLINO_KEY_RATE": "1000000000"}  # fmt: skip
    commands = (
        ["-m", "benchmarks.senders.gateway", "--platform", str(ports[0])],
        ["-m", "cartellino.cli.main", "gateway", "--data", str(folder / "data"), "--listen", f"127.0.0.1:{ports[1]}",
         "--upstream", platform, "--mode", "enforce"],
    )  # fmt: skip
    processes = [subprocess.Popen([sys.executable, *command], env=environment, stderr=subprocess.DEVNULL)
                 for command in commands]  # fmt: skip
    try:
        _wait(f"{gateway}/health/ready")
        yield platform, gateway
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
            process.wait()


def _free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait(url: str) -> None:
    while True:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)


def _fill(gateway: str, people: int) -> None:
    """Let the gateway know people."""
    with httpx.Client(base_url=gateway, headers={"Authorization": f"Bearer {KEY}"}, timeout=60) as client:
        for first in range(0, people, 1_000):
            lines = [{"to": f"+{FIRST - 1 - first - one}", "source": "benchmark"}
                     for one in range(min(1_000, people - first))]  # fmt: skip
            client.post("/v1/senders/consents", json={"consents": lines}).raise_for_status()
        client.post("/v1/senders/rules/throughput", json={"mode": "off"}).raise_for_status()


_persons = itertools.count(FIRST)


def _body() -> bytes:
    """Return an order update to somebody who got none yet."""
    template = {"name": "order_update", "language": {"code": "en"}}
    return json.dumps({"messaging_product": "whatsapp", "recipient_type": "individual", "to": f"{next(_persons)}",
                       "type": "template", "template": template}).encode()  # fmt: skip


# One at a time


def _pairs(platform: str, gateway: str, chosen: Namespace) -> list[tuple[str, ...]]:
    connections = [HTTPConnection(urlsplit(url).netloc) for url in (platform, gateway)]
    for connection in connections * 50:
        _timed(connection, _body())
    took: tuple[list[float], list[float]] = ([], [])
    for turn in range(chosen.sends):
        body = _body()
        for which in (0, 1) if turn % 2 else (1, 0):
            took[which].append(_timed(connections[which], body))
    added = [through - direct for direct, through in zip(*took, strict=True)]
    return [_row(name, times) for name, times in
            (("directly", took[0]), ("through the gateway", took[1]), ("added, pair by pair", added))]  # fmt: skip


def _row(name: str, times: Sequence[float], rate: str = "") -> tuple[str, ...]:
    cuts = quantiles(times, n=100)
    spread = f"{cuts[24]:.2f}-{cuts[74]:.2f}"
    return name, f"{median(times):.2f}", spread, f"{cuts[98]:.2f}", f"{len(times):,}", rate


def _timed(connection: HTTPConnection, body: bytes) -> float:
    """Return the milliseconds of a send."""
    begun = time.perf_counter()
    connection.request("POST", f"/v21.0/{NUMBER}/messages", body,
                       {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"})  # fmt: skip
    answer = connection.getresponse()
    said = answer.read()
    took = time.perf_counter() - begun
    if answer.status != 200:
        raise RuntimeError(said.decode())
    return took * 1_000


# Many at once


def _load(gateway: str, chosen: Namespace) -> tuple[str, ...]:
    begun = time.perf_counter()
    took = asyncio.run(_senders(urlsplit(gateway).port or 0, chosen))
    rate = len(took) / (time.perf_counter() - begun)
    return _row(f"{chosen.connections} at once", took, f"{rate:,.0f}")


async def _senders(port: int, chosen: Namespace) -> list[float]:
    until, took = time.perf_counter() + chosen.seconds, list[float]()
    await asyncio.gather(*(_sender(port, until, took) for _ in range(chosen.connections)))
    return took


async def _sender(port: int, until: float, took: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = (f"POST /v21.0/{NUMBER}/messages HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {TOKEN}\r\n"
            "content-type: application/json\r\ncontent-length: %d\r\n\r\n")  # fmt: skip
    while (begun := time.perf_counter()) < until:
        body = _body()
        writer.write((head % len(body)).encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = answer.lower().partition(b"content-length: ")[2]
        said = await reader.readexactly(int(length.partition(b"\r\n")[0]))
        if b" 200 " not in answer.partition(b"\r\n")[0]:
            raise RuntimeError(said.decode())
        took.append((time.perf_counter() - begun) * 1_000)
    writer.close()


if __name__ == "__main__":
    sys.exit(main())
