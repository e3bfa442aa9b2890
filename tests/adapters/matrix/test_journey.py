"""The journey on a real Synapse, with clients that others wrote, in encrypted rooms: once as small homeservers run
it, and once as large ones do."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.adapters.matrix.homeserver import needs_synapse
from tests.adapters.matrix.journey import lived
from tests.adapters.matrix.town import Town
from tests.adapters.matrix.workers import WorkedHomeserver, database, needs_redis

pytestmark = [pytest.mark.slow, pytest.mark.served, needs_synapse]

SECRETS = (b"messaggio", b"risposta", b"posso ancora", b"ti trovo", b"minaccia", b"eccomi", b"@anna:", b"syt_",
           b"10.1.0.")  # fmt: skip
"""What people said, who they are, with which token, and from where."""


@pytest.fixture(
    params=[
        "one process, SQLite",
        pytest.param("workers, PostgreSQL, Redis", marks=[pytest.mark.thorough, needs_redis]),
    ]
)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    """A homeserver under Cartellino, which is not used any more afterwards."""
    if request.param == "one process, SQLite":
        yield request.getfixturevalue("town")
        return
    postgres: str = request.getfixturevalue("postgres")
    made = Town(tmp_path / "town", kind=WorkedHomeserver, database=database(postgres))
    try:
        yield made
    finally:
        made.stop()


@pytest.mark.filterwarnings("ignore::DeprecationWarning:nio", "ignore::DeprecationWarning:aiohttp")
def test_journey(place: Town, tmp_path: Path) -> None:
    town = place
    town.agent.start()
    before = {event["id"] for event in town.events()}  # somebody else may have answered for Cartellino then
    counted = asyncio.run(lived(town, tmp_path))
    for kind in ("registered", "connected", "message_sent", "reply_received", "invite_accepted", "profile_viewed",
                 "reported", "blocked", "message_failed"):  # fmt: skip
        assert counted.get(kind), f"no {kind} was told"
    sent = town.wire.raw
    assert [secret for secret in (*SECRETS, town.home.name.encode()) if secret in sent] == []
    assert "Traceback" not in town.agent.output
    assert town.home.faults(town.admin) == {}
    told = {event["id"] for event in town.events()} - before
    assert len(told) > 100
    town.service.stop()
    out = tmp_path / "log"
    export = [
        sys.executable,
        "-m",
        "cartellino.cli.main",
        "log",
        "export",
        "--state",
        str(town.data / "state"),
        "--out",
        str(out),
    ]
    subprocess.run(export, check=True, capture_output=True, timeout=120)
    kept = {name for file in out.rglob("*.parquet") for name in pq.read_table(file, columns=["id"])["id"].to_pylist()}
    assert told - kept == set()  # nothing was lost, whoever was killed
