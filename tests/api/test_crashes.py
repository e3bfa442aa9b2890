"""The service is killed at random moments under load: nothing that was answered is lost, nothing is decided twice."""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from pathlib import Path

import httpx
import msgspec
import pytest
import sqlalchemy as sa
from tests.api.process import Process
from tests.api.world import POLICY

from cartellino.enforcement.ledger import Change, verify
from cartellino.pipeline.state_folder import StateFolder
from cartellino.storage import tables
from cartellino.storage.database import Database
from cartellino.vocabulary.times import MINUTE, SECOND, show_instant

KILLS = int(os.environ.get("CARTELLINO_KILLS", "1"))


def parts(count: int) -> list[bytes]:
    """Requests of twenty events each; every account breaks the policy after ten of its own."""
    begins = int(time.time() * 1000) - 30 * MINUTE
    chosen, found, number = random.Random(5), [], 0
    for part in range(count):
        lines = []
        for _ in range(20):
            account = f"a{chosen.randrange(12)}-{part // 12}"
            at = show_instant(begins + part * SECOND // 4)
            event: dict[str, object] = {"id": f"e{number}", "time": at, "kind": "message_sent", "account": account}
            event |= {"peer": f"p{number}", "known": False}
            lines.append(msgspec.json.encode(event) + b"\n")
            number += 1
        found.append(b"".join(lines))
    return found


def deliver(client: httpx.Client, body: bytes, until: float) -> None:
    """Send until it is answered, as a sender would: a retry keeps id and time."""
    while time.monotonic() < until:
        try:
            answer = client.post("/v1/events", content=body)
        except httpx.TransportError:
            time.sleep(0.01)
            continue
        if answer.status_code == 200:
            assert answer.json()["rejected"] == [], answer.text
            return
        assert answer.status_code in (429, 503), answer.text
        time.sleep(0.02)
    raise AssertionError("not delivered in time")


def deliver_all(client: httpx.Client, bodies: list[bytes], until: float) -> None:
    for body in bodies:
        deliver(client, body, until)


@pytest.mark.slow
@pytest.mark.thorough
def test_killed_under_load(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)
    requests = parts(max(60, 10 * KILLS))
    service = Process(tmp_path / "data", policy)
    service.start()
    until = time.monotonic() + 120 + 12 * KILLS
    sender = threading.Thread(target=deliver_all, args=(service.client, requests, until))
    sender.start()
    chosen = random.Random(int(os.environ.get("CARTELLINO_SEED", "1")))
    for _ in range(KILLS):
        time.sleep(chosen.uniform(0.0, 0.6))
        service.kill()
        service.start()
    sender.join(until - time.monotonic())
    assert not sender.is_alive()
    assert service.stop() == 0

    log = StateFolder(tmp_path / "data" / "state").log
    ids = [one for batch in log.read() for one in batch.column("id").to_pylist()]
    assert Counter(ids) == Counter(f"e{number}" for number in range(20 * len(requests)))

    undisturbed = Process(tmp_path / "other", policy, salt=(tmp_path / "data" / "salt").read_text())
    undisturbed.start()
    for body in requests:
        deliver(undisturbed.client, body, until + 60)
    assert undisturbed.stop() == 0
    found, expected = (kept(tmp_path / name) for name in ("data", "other"))
    assert found == expected
    assert len(str(found["which"])) > 500


def kept(data: Path) -> dict[str, object]:
    """What a database holds at the end, without what chance and time put in."""
    database = Database(f"sqlite:///{data / 'cartellino.db'}")
    with database.begin() as rows:
        decisions = rows.execute(sa.select(tables.decisions.c.decision_id, tables.decisions.c.mode)).all()
        sanctions = rows.execute(sa.select(tables.sanctions.c.sanction_id, tables.sanctions.c.ends_at)).all()
        strikes = rows.execute(sa.select(tables.strikes.c.decision_id, tables.strikes.c.rung)).all()
        notices = rows.scalars(sa.select(tables.notices.c.sanction_id)).all()
        messages = Counter(rows.scalars(sa.select(tables.outbox.c.kind)).all())
        ledger = [
            Change(**one._mapping) for one in rows.execute(sa.select(tables.ledger).order_by(tables.ledger.c.number))
        ]
    database.close()
    assert verify(ledger) is None
    assert len(notices) == len(set(notices))
    return {
        "decisions": len(decisions), "which": sorted(map(tuple, decisions)), "sanctions": sorted(map(str, sanctions)),
        "strikes": sorted(map(tuple, strikes)), "notices": sorted(notices), "messages": messages, "rows": len(ledger),
    }  # fmt: skip
