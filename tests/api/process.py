"""The service as a process of its own, on the loopback: started, asked, killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import httpx
from tests.api.world import KEY


class Process:
    """A service that can be killed and started again."""

    def __init__(self, data: Path, policies: Path, database: str = "", **settings: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._arguments = [
            "serve",
            "--data",
            str(data),
            "--listen",
            f"127.0.0.1:{self.port}",
            "--policies",
            str(policies),
        ]
        if database:
            self._arguments += ["--database", database]
        named = {f"CARTELLINO_{name.upper()}": value for name, value in settings.items()}
        given = {"CARTELLINO_BOOTSTRAP_KEY": KEY, "CARTELLINO_NATIVE": "never", "CARTELLINO_WORKERS": "1", **named}
        self._environment = {**os.environ, **given}
        self._log = data.parent / f"{data.name}.log"
        self.client = httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {KEY}"}, timeout=60)
        self._running: subprocess.Popen[bytes] | None = None

    def start(self, seconds: float = 60) -> None:
        self.begin()
        assert self.gets_ready(seconds), f"it is not ready: {self._log.read_text()[-3_000:]}"

    def begin(self) -> None:
        """Begin to start."""
        command = [sys.executable, "-m", "cartellino.cli.main", *self._arguments]
        with self._log.open("ab") as log:
            self._running = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)

    def gets_ready(self, seconds: float = 60) -> bool:
        """Wait until it takes events; say whether it does, and did not end."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.is_running:
            try:
                if self.client.get("/health/ready").status_code == 200:
                    return True
            except httpx.TransportError:
                time.sleep(0.02)
        return False

    @property
    def is_running(self) -> bool:
        return self._running is not None and self._running.poll() is None

    def listen_at(self, port: int) -> None:
        """Listen at another port, whoever is there."""
        self._arguments[self._arguments.index("--listen") + 1] = f"127.0.0.1:{port}"

    def say(self, *more: str) -> None:
        """Start with more arguments."""
        self._arguments += more

    def fails(self) -> int:
        """Start, and return the code with which it ends."""
        command = [sys.executable, "-m", "cartellino.cli.main", *self._arguments]
        with self._log.open("ab") as log:
            code = subprocess.run(
                command, env=self._environment, stdout=log, stderr=log, timeout=60, check=False
            ).returncode
        self.client.close()
        return code

    def kill(self) -> None:
        assert self._running is not None
        self._running.send_signal(signal.SIGKILL)
        self._running.wait()

    def stop(self) -> int:
        assert self._running is not None
        if self._running.poll() is None:
            self._running.send_signal(signal.SIGTERM)
        code = self._running.wait(60)
        self.client.close()
        return code

    @property
    def pid(self) -> int:
        return self._running.pid if self._running is not None else 0

    @property
    def output(self) -> str:
        return self._log.read_text()


def free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
