"""An installation of the service that is killed again and again: its folder, its database, its process."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from random import Random
from threading import Timer
from typing import Any

import httpx
import msgspec
import sqlalchemy as sa
from tests.api.process import Process
from tests.storage import postgres

from cartellino.vocabulary.times import MINUTE, Instant, show_instant

EXAMPLE = Path(__file__).parents[2] / "examples" / "service" / "policy.yaml"
"""The small policy of the examples: who writes to ten strangers within an hour is limited."""


_MADE = count(1)


class Databases:
    """Fresh databases: of a PostgreSQL server, or nothing for SQLite, which lies in the data folder."""

    def __init__(self, server: str = "") -> None:
        """`server` is the URL of a database of the server."""
        self._server = server

    def fresh(self) -> str:
        """Return the URL of a database that is empty."""
        if not self._server:
            return ""
        name = f"kills_{os.getpid()}_{next(_MADE)}"
        engine = sa.create_engine(sa.make_url(self._server).set(drivername="postgresql+pg8000"))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self._server.rpartition("/")[0] + f"/{name}"


@contextmanager
def databases(kind: str) -> Iterator[Databases]:
    """Give databases of a kind: `sqlite`, or `postgres` with a server of its own."""
    if kind == "sqlite":
        yield Databases()
        return
    with postgres.running() as server:
        yield Databases(server.url)


class Installation:
    """A data folder with its database, and the service in it."""

    def __init__(self, folder: Path, database: str = "", **settings: str) -> None:
        self.folder, self.data, self.database = folder, folder / "data", database
        self._settings, self._began = settings, int(time.time() * 1000) - 2 * MINUTE
        self.process = self._process()

    def _process(self) -> Process:
        return Process(self.data, EXAMPLE, self.database, rate="1000000", **self._settings)

    @property
    def client(self) -> httpx.Client:
        """Asks the service, with the bootstrap key."""
        return self.process.client

    def command(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin a command of `cartellino` for this installation."""
        named = [*arguments, "--data", str(self.data)] + (["--database", self.database] if self.database else [])
        environment = {**os.environ, "CARTELLINO_NATIVE": "never"}
        return subprocess.Popen([sys.executable, "-m", "cartellino.cli.main", *named], env=environment, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip

    def do(self, *arguments: str) -> str:
        """Do a command, and return what it says."""
        with self.command(*arguments) as running:
            said = running.communicate(timeout=120)[0]
        assert running.returncode == 0, said
        return said

    def operator(self, name: str, role: str) -> httpx.Client:
        """Make an operator, and return what asks with their token."""
        token = self.do("operators", "create", name, "--role", role, "--token").split()[-1]
        return httpx.Client(base_url=self.process.url, headers={"Authorization": f"Bearer {token}"}, timeout=20)

    def killed(self, chance: Random, within: float) -> Timer:
        """Kill the service at a moment within so many seconds."""
        running = self.process._running
        assert running is not None
        timer = Timer(chance.uniform(0, within), running.kill)
        timer.start()
        return timer

    def back(self, timer: Timer) -> None:
        """Wait for the kill, and start the service again."""
        timer.join()
        running = self.process._running
        assert running is not None
        assert running.wait(30) == -signal.SIGKILL, "it ended before it was killed"
        self.process.start()

    def ask(self, path: str, by: httpx.Client | None = None, **parameters: str) -> Any:  # noqa: ANN401 - any JSON
        """Get what has to be there, as somebody, or by the bootstrap key."""
        answer = (by or self.client).get(path, params=parameters)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def began_again(self, other: Installation) -> None:
        """Send the same events as another installation."""
        self._began = other._began

    def decisions(self) -> Counter[tuple[str, str]]:
        """Count the decisions by account and id."""
        found, after = Counter[tuple[str, str]](), 0
        while True:
            answer = self.ask("/v1/decisions", after=str(after), limit="100")
            found.update((one["account"], one["decision_id"]) for one in answer["decisions"])
            if answer["next"] is None or not answer["decisions"]:
                return found
            after = answer["next"]

    def take(self, account: str, count: int = 10) -> dict[str, Any]:
        """Send what breaks the policy, until it is answered, as a sender would."""
        body, until = events(account, count, self._began), time.monotonic() + 30
        while True:
            answer = self.client.post("/v1/events", content=body)
            if answer.status_code == 200:
                found: dict[str, Any] = answer.json()
                assert found["rejected"] == [], answer.text[:500]
                return found
            assert answer.status_code in (429, 503), answer.text
            assert time.monotonic() < until, answer.text
            time.sleep(0.1)

    def examine(self) -> None:
        """Stop the service, and have the installation examined: doctor, ledger, each event once."""
        assert self.process.stop() == 0, self.process.output[-3_000:]
        advice = self.do_or_say("doctor")
        wrong = [line for line in advice.splitlines() if line.startswith("WRONG") and "free on the disk" not in line]
        assert wrong == [], advice
        self.do("audit", "verify")
        self.renew()

    def renew(self) -> None:
        """Take another process for the next start."""
        self.stop()
        self.process = self._process()

    def do_or_say(self, *arguments: str) -> str:
        """Do a command, and return what it says however it ends."""
        with self.command(*arguments) as running:
            return running.communicate(timeout=120)[0]

    def stop(self) -> None:
        """End the service, however."""
        if self.process.is_running:
            self.process.kill()
        self.client.close()

    def remove(self) -> None:
        """End the service and remove the folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def events(account: str, count: int, begins: Instant) -> bytes:
    """Return events with which an account writes to strangers from an instant on; a retry keeps id and time."""
    return b"".join(
        msgspec.json.encode({
            "id": f"{account}-{n}", "time": show_instant(begins + n), "kind": "message_sent", "account": account,
            "peer": f"p{n}", "known": False,
        }) + b"\n" for n in range(count)
    )  # fmt: skip


def eventually(true: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until something is true. Raises `AssertionError` where it does not become so."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, f"it did not come true within {seconds:g} s"
        time.sleep(0.05)
