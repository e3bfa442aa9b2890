"""The service over HTTP: standing look-ups, ingest in both formats, and the time from an event to its webhook.

    python -m benchmarks.service.http [--accounts 1000000] [--seconds 10] [--repeat 5]

A service in a process of its own, with a data folder of its own and a million accounts in its kernel, of which some
thousand are sanctioned; senders and receiver are here, so both share the two cores. Look-ups are asked by `wrk`
(Debian's package), of random accounts. Ingest is one sender after the other, 20,000 rows a request, answered after the
fsync. A webhook's time is from before the request with the tenth message to the arrival of `sanction.imposed`.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from argparse import ArgumentParser, Namespace
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median, quantiles

import httpx
import msgspec
import numpy as np
import pyarrow as pa

from benchmarks.kernel.common import show
from cartellino.events.arrow import SCHEMA

KEY = "key-of-the-benchmark"
ROWS = 20_000
POLICY = Path(__file__).parents[2] / "examples" / "service" / "policy.yaml"
_WRK = """
math.randomseed(os.time())
local id = 0
function setup(thread) thread:set("seed", id); id = id + 1 end
function init() math.randomseed(seed) end
function request()
  local path = "/v1/accounts/a" .. math.random(0, {accounts} - 1) .. "/standing"
  return wrk.format("GET", path, {{["Authorization"] = "Bearer {key}"}})
end
"""


class Served:
    """A service in a process of its own."""

    def __init__(self, folder: Path, database: str = "") -> None:
        with closing(socket.socket()) as one:
            one.bind(("127.0.0.1", 0))
            self.port = one.getsockname()[1]
        environment = {
            **os.environ, "CARTELLINO_BOOTSTRAP_KEY": KEY, "CARTELLINO_PRIVATE_WEBHOOKS": "true",
            "CARTELLINO_KEY_RATE": "1000000000", "CARTELLINO_NATIVE": "always",
            "CARTELLINO_PROXIES": "127.0.0.1",  # so many connections come from one address only through a proxy
        }  # fmt: skip
        command = [
            sys.executable,
            "-m",
            "cartellino.cli.main",
            "serve",
            "--data",
            str(folder),
            "--policies",
            str(POLICY),
        ]
        command += ["--listen", f"127.0.0.1:{self.port}"] + (["--database", database] if database else [])
        self.process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", headers={"Authorization": f"Bearer {KEY}"}, timeout=120
        )
        while True:
            try:
                if self.client.get("/health/ready").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def take(self, body: bytes) -> int:
        while True:
            answer = self.client.post("/v1/events", content=body)
            if answer.status_code != 429:
                answer.raise_for_status()
                return int(answer.json()["accepted"])
            time.sleep(0.05)


def arrow_body(first: int, accounts: np.ndarray, at: int) -> bytes:
    """Rows of the kind `connected`, one for each account named by number."""
    size = len(accounts)
    columns = {
        "id": pa.array([f"e{first + n}" for n in range(size)]),
        "time": pa.array(np.full(size, at), pa.timestamp("ms", "UTC")),
        "kind": pa.array(["message_sent"] * size),
        "account": pa.array([f"a{n}" for n in accounts]),
        "peer": pa.array([f"p{n % 50_000}" for n in range(size)]),
        "known": pa.array([True] * size),
    }
    fields = [SCHEMA.field(name) for name in columns]
    batch = pa.RecordBatch.from_arrays([columns[f.name].cast(f.type) for f in fields], schema=pa.schema(fields))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue().to_pybytes()


def line_body(first: int, accounts: np.ndarray, at: int) -> bytes:
    rows = (
        {"id": f"e{first + n}", "time": at, "kind": "message_sent", "account": f"a{one}", "peer": f"p{n % 50_000}",
         "known": True}
        for n, one in enumerate(accounts.tolist())
    )  # fmt: skip
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


def breaking(first: int, account: int, at: int) -> bytes:
    rows = (
        {"id": f"b{first + n}", "time": at, "kind": "message_sent", "account": f"a{account}", "peer": f"s{first + n}",
         "known": False}
        for n in range(10)
    )  # fmt: skip
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


def now() -> int:
    return time.time_ns() // 1_000_000


def fill(served: Served, accounts: int, sanctioned: int) -> None:
    for first in range(0, accounts, ROWS):
        served.take(arrow_body(first, np.arange(first, min(first + ROWS, accounts)), now()))
    for account in range(sanctioned):
        served.take(breaking(10 * account, account * (accounts // sanctioned), now()))


def ingest(served: Served, accounts: int, given: Namespace) -> list[list[str]]:
    rows: list[list[str]] = []
    number = 10 * accounts
    for form, make in (("Arrow", arrow_body), ("NDJSON", line_body)):
        rates = []
        for _ in range(given.repeat):
            bodies = []
            for _ in range(15):
                bodies.append(make(number, np.random.default_rng(number).integers(0, accounts, ROWS), now()))
                number += ROWS
            began = time.perf_counter()
            taken = sum(map(served.take, bodies))
            rates.append(taken / (time.perf_counter() - began) / 1e3)
        rows.append([form, f"{median(rates):.0f}", f"{min(rates):.0f} to {max(rates):.0f}"])
    return rows


def look_up(served: Served, accounts: int, given: Namespace) -> list[list[str]]:
    script = Path(tempfile.mkstemp(suffix=".lua")[1])
    script.write_text(_WRK.format(accounts=accounts, key=KEY))
    rows: list[list[str]] = []
    for connections in (16, 64, 10_000):
        command = ["wrk", "-t2", f"-c{connections}", f"-d{given.seconds}s", "--timeout", "30s", "--latency"]
        command += ["-s", str(script)]
        runs = []
        for _ in range(given.repeat if connections < 1_000 else 1):
            said = subprocess.run(
                ["bash", "-c", f"ulimit -n 65536; exec {' '.join(command)} http://127.0.0.1:{served.port}"],
                capture_output=True, text=True, check=True,
            ).stdout  # fmt: skip
            rate = float(re.findall(r"Requests/sec:\s+([\d.]+)", said)[0])
            at = dict(re.findall(r"(\d\d)%\s+([\d.]+\w+)", said))
            bad = re.findall(r"Socket errors: (.*)|Non-2xx or 3xx responses: (\d+)", said)
            runs.append((rate, at["50"], at["99"], bad))
        rates = [one[0] for one in runs]
        middle = sorted(runs)[len(runs) // 2]
        bad = [one[3] for one in runs if one[3]]
        spread = f"{min(rates):,.0f} to {max(rates):,.0f}"
        rows.append([f"{connections:,}", f"{median(rates):,.0f}", spread, middle[1], middle[2], str(bad or "none")])
    return rows


def to_webhook(served: Served, accounts: int, count: int = 200) -> list[list[str]]:
    arrived: dict[str, float] = {}

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = msgspec.json.decode(self.rfile.read(int(self.headers["content-length"])))
            arrived.setdefault(body["account"], time.perf_counter())
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/"
    served.client.post("/v1/webhooks", json={"url": url, "kinds": ["sanction.imposed"]}).raise_for_status()
    sent = {}
    for number in range(count):
        account = accounts + number
        sent[f"a{account}"] = time.perf_counter()
        served.take(breaking(10_000_000 + 10 * number, account, now()))
        time.sleep(0.05)
    until = time.perf_counter() + 20
    while len(arrived) < count and time.perf_counter() < until:
        time.sleep(0.05)
    server.shutdown()
    spans = [1_000 * (arrived[one] - sent[one]) for one in sent if one in arrived]
    cuts = quantiles(spans, n=100)
    return [[str(count), str(len(spans)), f"{cuts[49]:.0f}", f"{cuts[98]:.0f}", f"{max(spans):.0f}"]]


def main() -> None:
    """Measure and print."""
    command = ArgumentParser(description=__doc__)
    command.add_argument("--accounts", type=int, default=1_000_000)
    command.add_argument("--sanctioned", type=int, default=2_000)
    command.add_argument("--seconds", type=int, default=10)
    command.add_argument("--repeat", type=int, default=5)
    command.add_argument("--database", default="", help="URL of a PostgreSQL; default SQLite")
    given = command.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("needs wrk: apt-get install wrk")
    folder = Path(tempfile.mkdtemp())
    served = Served(folder / "data", given.database)
    try:
        fill(served, given.accounts, given.sanctioned)
        about = f"{given.accounts:,} accounts, {given.sanctioned:,} sanctioned, {given.repeat} runs"
        show(
            "ingest over HTTP, thousand events a second",
            ["format", "median", "spread"],
            ingest(served, given.accounts, given),
            about,
        )
        heads = ["webhooks", "arrived", "p50 ms", "p99 ms", "longest ms"]
        show("from an event to its webhook", heads, to_webhook(served, given.accounts), about)
        heads = ["connections", "look-ups a second", "spread", "p50", "p99", "errors"]
        show("standing look-ups", heads, look_up(served, given.accounts, given), about)
    finally:
        served.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
