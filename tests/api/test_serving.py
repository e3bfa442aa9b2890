"""`cartellino serve` as a process of its own: signals, policies that were named, a database that was removed."""

from __future__ import annotations

import signal
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from tests.api.process import Process
from tests.api.world import KEY, POLICY

from cartellino.cli.serve import _Enduring


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    found = tmp_path / "policy.yaml"
    found.write_text(POLICY)
    return found


def test_signals_policies_and_a_removed_database(tmp_path: Path, policy: Path) -> None:
    data = tmp_path / "data"
    service = Process(data, policy)
    service.start()
    assert "is not what decides" not in service.output
    for one in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        assert service._running is not None
        service._running.send_signal(one)
        time.sleep(0.1)
        assert service.client.get("/health/live").json() == {"alive": True}
    assert [path for path in data.rglob("*") if stat.S_IMODE(path.stat().st_mode) & 0o077] == []
    assert service.stop() == 0

    policy.write_text(POLICY.replace('"strangers", 9', '"strangers", 99'))
    again = Process(data, policy)
    again.start()
    assert "--policies is not what decides: it counts at the first start only" in again.output
    assert again.stop() == 0

    with closing(sqlite3.connect(data / "cartellino.db")) as rows:
        rows.execute("UPDATE credentials SET ended_at = 1")  # the bootstrap key was ended
        rows.commit()
    (data / "cartellino.db").unlink()
    gone = Process(data, policy)
    assert gone.fails() == 2
    assert "the database is empty or was removed" in gone.output
    assert KEY not in gone.output
    command = [sys.executable, "-m", "cartellino.cli.main", "operators", "create", "eve", "--role", "admin", "--data"]
    refused = subprocess.run([*command, str(data)], capture_output=True, check=False, timeout=60)
    assert (refused.returncode, b"the database is empty or was removed" in refused.stderr) == (2, True)
    assert not (data / "cartellino.db").exists()


def test_a_short_secret_does_not_start(tmp_path: Path, policy: Path) -> None:
    service = Process(tmp_path / "data", policy, secret="x")
    assert service.fails() == 2
    assert "CARTELLINO_SECRET has 1 characters, of which 1 differ, and needs at least 32" in service.output


def test_a_log_that_is_not_read_any_more_ends_nothing() -> None:
    class Closed:
        def write(self, text: str) -> None:
            raise BrokenPipeError

        def flush(self) -> None:
            raise ValueError("I/O operation on closed file")

    stream = _Enduring(Closed())  # type: ignore[arg-type]
    stream.write("a line")
    stream.flush()
