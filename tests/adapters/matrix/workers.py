"""A Synapse as large homeservers run it: PostgreSQL, Redis, the main process, and two workers.

One worker answers clients; the other writes what they send (events and account data), so that a request and what
becomes of it are never in the same process.
"""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
import yaml
from tests.adapters.matrix.front import Front
from tests.adapters.matrix.homeserver import PYTHON, Homeserver
from tests.api.process import free_port

needs_redis = pytest.mark.skipif(shutil.which("redis-server") is None, reason="./test installs redis-server")

AT_THE_WORKER = re.compile(
    r"/_matrix/client/(?:r0|v3)/(?:createRoom|join/|rooms/[^/]+/(?:send|state|invite|join|leave|messages)|profile/"
    r"|(?:login|register)(?:\?|$)|user_directory/search|user/[^/]+/account_data/|sync|keys/(?:upload|query|claim))"
)
"""What a reverse proxy passes to workers (Synapse, docs/workers.md); everything else goes to the main process."""


def database(url: str) -> dict[str, Any]:
    """Make an empty database for Synapse on a PostgreSQL server; return how Synapse reaches it."""
    at, name = sa.make_url(url), f"synapse_{free_port()}"
    engine = sa.create_engine(at.set(drivername="postgresql+pg8000"), isolation_level="AUTOCOMMIT")
    with engine.connect() as rows:
        rows.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"))
    engine.dispose()
    return {"name": "psycopg2", "args": {"user": at.username, "password": at.password, "dbname": name, "host": at.host,
                                         "port": at.port, "cp_min": 1, "cp_max": 5}}  # fmt: skip


class WorkedHomeserver(Homeserver):
    """A homeserver with two workers behind a reverse proxy."""

    processes = ("main", "front", "writer")

    def __init__(self, folder: Path, name: str = "integrity.test", **more: Any) -> None:
        """`more` has the `database`, and is merged into homeserver.yaml."""
        self._redis_port, ports = free_port(), {part: free_port() for part in ("main", "writer")}
        self.ports = {"front": free_port(), "writer": free_port()}
        self._others: dict[str, subprocess.Popen[bytes]] = {}
        many = {
            "redis": {"enabled": True, "host": "127.0.0.1", "port": self._redis_port},
            "instance_map": {part: {"host": "127.0.0.1", "port": port} for part, port in ports.items()},
            "stream_writers": {"events": "writer", "account_data": "writer"},
        }
        super().__init__(folder, name, **many, **more)
        self.settings["listeners"].append(_replication(ports["main"]))
        self._write()
        for worker, port in self.ports.items():
            inner = [_replication(ports[worker])] if worker in ports else []
            client = {"port": port, "type": "http", "bind_addresses": ["127.0.0.1"], "x_forwarded": True,
                      "resources": [{"names": ["client"]}]}  # fmt: skip
            said = {"worker_app": "synapse.app.generic_worker", "worker_name": worker,
                    "worker_listeners": [client, *inner]}  # fmt: skip
            (folder / f"{worker}.yaml").write_text(yaml.safe_dump(said))

    def _address(self) -> str:
        self._proxy = Front()
        self._proxy.lead("/", f"http://127.0.0.1:{self.port}")
        self._proxy.pick(AT_THE_WORKER, f"http://127.0.0.1:{self.ports['front']}")
        return f"http://{self._proxy.name}"

    def start(self, seconds: float = 300) -> None:
        """Start all of it, and wait until it answers."""
        redis = ["redis-server", "--port", str(self._redis_port), "--bind", "127.0.0.1", "--save", "", "--dir",
                 str(self.folder)]  # fmt: skip
        self._begin("redis", redis)
        super().start(seconds)
        for worker in self.ports:
            self.start_worker(worker, seconds)

    def start_worker(self, name: str, seconds: float = 300) -> None:
        """Start a worker, and wait until it answers."""
        self._begin(name, [str(PYTHON), "-m", "synapse.app.generic_worker", "-c", "homeserver.yaml",
                           "-c", f"{name}.yaml"])  # fmt: skip
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert self._others[name].poll() is None, self.output[-3_000:]
            try:
                answer = httpx.get(f"http://127.0.0.1:{self.ports[name]}/_matrix/client/versions")
                if answer.status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError(f"{name} does not answer: {self.output[-3_000:]}")

    def kill_worker(self, name: str) -> None:
        """End a worker at once."""
        self._others[name].kill()
        self._others[name].wait(60)

    def end(self, number: int = signal.SIGTERM) -> None:
        """End all of it by a signal."""
        for worker in self.ports:
            self._end_one(worker, number)
        super().end(number)
        self._end_one("redis", signal.SIGTERM)

    def stop(self) -> None:
        """End it, and close the client and the proxy."""
        super().stop()
        self._proxy.stop()

    def _end_one(self, name: str, number: int) -> None:
        process = self._others.get(name)
        if process is not None:
            process.send_signal(number)
            process.wait(60)

    def _port_of(self, process: str) -> int:
        return self.ports.get(process, self.port)

    def _begin(self, name: str, command: list[str]) -> None:
        with (self.folder / "out.log").open("ab") as log:
            self._others[name] = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)


def _replication(port: int) -> dict[str, Any]:
    return {"port": port, "type": "http", "bind_addresses": ["127.0.0.1"], "resources": [{"names": ["replication"]}]}
