"""Writes the installation that `test_first_edition.py` upgrades, with the code of commit 698ddaa.

    git worktree add ../first 698ddaa
    cd ../first && PYTHONPATH=src:. python .../tests/upgrades/write_first_edition.py FOLDER

It lives through appeals of every outcome, an upgrade, linked accounts, wishes that are held, released and discarded, an
imposed sanction, an incident, a number that went back, erased and forgotten events, and policies that were changed at
once and by catching up. What it then says of everybody is written beside it.
"""

from __future__ import annotations

import sys
import time as clock
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from litestar.testing import TestClient
from tests.api.world import Json, Time, World, begun, settings_for

from cartellino.api.app import application
from cartellino.cli.main import main
from cartellino.storage import tables
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, show_instant

POLICY = """
policy: spam
clause: "Terms 4.2: no bulk or unsolicited messaging"
observes: [message_sent, reply_received, reported, registered, number_released]
signals:
  strangers: distinct(message_sent.peer, where=not known, over="1h")
rules:
  bulk:
    when: strangers > param("strangers", 9)
    code: 101
    ladder: spam
    reason: {en: Too many strangers., it: Troppi estranei., id: Terlalu banyak orang asing.}
  heavy:
    when: strangers > 19
    code: 102
    ladder: spam
    rung: 3
    reason: {en: Far too many strangers., it: Troppissimi., id: Sangat banyak.}
  together:
    when: count(status_posted, over="1h") > 4
    code: 103
    ladder: person
    reason: {en: Too many stories., it: Troppe storie., id: Terlalu banyak cerita.}
  reported:
    when: distinct(reported.peer, over="24h") > 2
    code: 501
    action: review
    reason: {en: Several people reported you., it: Segnalazioni., id: Beberapa orang melapor.}
  evader:
    when: count(registered, over="1h") > 0
    given: 'linked(number, "suspension") > 0'
    code: 404
    ladder: spam
    reason: {en: A banned account has this number., it: Numero., id: Nomor.}
ladders:
  spam: [warning, {restriction: [new_chats], for: 24h}, {suspension: 24h}, {suspension: 48h}, ban]
  person: {shared: true, rungs: [{restriction: [status], for: 24h}, {suspension: 48h}, ban]}
"""


def write(folder: Path) -> None:
    time = Time()
    service = begun(settings_for(folder / "service"), time, POLICY)
    with TestClient(application(service)) as client:
        world = World(service, client, time)
        _live(world)
        _write(folder / "expected.json", _told(world))
    service.stop()
    _decide(folder)


def _live(world: World) -> None:
    key, reviewer = world.key, world.people["reviewer"]
    _posts(world, "linked-a")
    both = [{"account": "linked-a"}, {"account": "linked-b"}]
    assert key("POST", "/v1/links", {"accounts": both}).status_code == 200
    for number in range(3):  # three strikes each, for appeals of every outcome
        world.breaks("upheld", "shortened", "reversed-first", "reversed-last", "erased", first=1_000 * number)
        world.later(5 * DAY)
    world.breaks("shortened", "reversed-first", "reversed-last", "running", "lifted", first=9_000)
    _posts(world, "linked-b")
    world.later(2 * HOUR)
    _appeal(world, "shortened", -1, {"outcome": "shortened", "ends_at": show_instant(world.time.now + 2 * HOUR)})
    _appeal(world, "reversed-first", 0, {"outcome": "reversed"})
    _appeal(world, "reversed-last", -1, {"outcome": "reversed"})
    _appeal(world, "upheld", -1, {"outcome": "upheld"})
    world.breaks("upgraded", "upgraded-wrongly")
    world.time.now += MINUTE
    world.breaks("upgraded", "upgraded-wrongly", first=500, others=10)
    _appeal(world, "upgraded-wrongly", -1, {"outcome": "reversed"})
    lifted = _sanctions(world, "running")[-1]
    world.people["admin"]("POST", f"/v1/sanctions/{lifted}/lift", {"reason": "Enough."})
    world.send([
        {"id": f"r{n}", "time": world.time.now - MINUTE + n, "kind": "reported", "account": "imposed", "peer": f"p{n}"}
        for n in range(3)
    ])  # fmt: skip
    (case,) = reviewer("GET", "/v1/cases?kind=review&status=open").json()["cases"]
    action = {"kind": "suspension", "for": "72h"}
    reviewer("POST", f"/v1/cases/{case['appeal_id']}/outcome", {"reason": "Fake tickets.", "action": action})
    _numbers(world)
    incident = {"kinds": ["message_sent"], "starts_at": show_instant(world.time.now), "reason": "An outage."}
    made = world.people["policy-admin"]("POST", "/v1/incidents", incident).json()
    world.breaks("excused")
    ended = {"ends_at": show_instant(world.time.now + 1), "reason": "Over."}
    world.people["policy-admin"]("POST", f"/v1/incidents/{made['incident']}/close", ended)
    world.later(3 * HOUR)
    world.breaks(*[f"held-{n}" for n in range(24)])
    world.people["policy-admin"]("POST", "/v1/held/release", {"rule": "spam/bulk", "reason": "They are spammers."})
    world.later(HOUR)
    assert world.people["admin"]("POST", "/v1/accounts/erased/erase", {"reason": "They asked."}).status_code == 200
    _policies(world, POLICY.replace('param("strangers", 9)', 'param("strangers", 8)'))
    world.later(2 * DAY)
    service = world.service
    service.writer.forget({"message_sent": DAY}).result(20)
    _policies(world, POLICY.replace('strangers: distinct(message_sent.peer, where=not known, over="1h")',
                                    'strangers: distinct(message_sent.peer, where=not known, over="6h")'))  # fmt: skip
    world.later(HOUR)
    world.breaks(*[f"waits-{n}" for n in range(23)], "running", first=20_000)


def _posts(world: World, account: str) -> None:
    now = world.time.now - MINUTE
    world.send([{"id": f"{account}-s{now + n}", "time": now + n, "kind": "status_posted", "account": account}
                for n in range(6)])  # fmt: skip


def _numbers(world: World) -> None:
    now = world.time.now - MINUTE
    for account in ("kept-number", "gave-number"):
        common = {"kind": "message_sent", "account": account, "number": f"number of {account}", "known": False}
        world.send([{"id": f"{account}-{n}", "time": now + n, "peer": f"p{n}", **common} for n in range(20)])
    world.send([{"id": "gave", "time": now + 99, "kind": "number_released", "account": "gave-number",
                 "number": "number of gave-number"}])  # fmt: skip


def _policies(world: World, text: str) -> None:
    body = {"texts": [{"name": "p.yaml", "text": text}], "reason": "Another threshold."}
    assert world.people["policy-admin"]("POST", "/v1/policies", body).status_code == 202
    for _ in range(200):
        world.settle()
        if not world.service.writer.is_succeeding:
            return
        clock.sleep(0.05)
    raise AssertionError("the policies did not take over")


def _sanctions(world: World, account: str) -> list[str]:
    with world.service.database.begin() as rows:
        held = tables.sanctions.c
        asked = sa.select(held.sanction_id).where(held.account == account).order_by(held.starts_at)
        return [str(one) for one in rows.scalars(asked)]


def _appeal(world: World, account: str, which: int, body: dict[str, Any]) -> Json:
    world.time.now += MINUTE
    filed = world.key("POST", f"/v1/sanctions/{_sanctions(world, account)[which]}/appeals", {"text": "Please."})
    assert filed.status_code == 201, filed.text
    path = f"/v1/appeals/{filed.json()['appeal_id']}/outcome"
    done = world.people["reviewer"]("POST", path, {"reason": "A person looked.", **body})
    assert done.status_code == 200, done.text
    return done


def _told(world: World) -> dict[str, Any]:
    accounts = sorted({str(one) for one in _column(world, tables.decisions.c.account)})
    with world.service.database.begin() as rows:
        ledger = rows.execute(sa.select(tables.ledger).order_by(tables.ledger.c.number)).all()
        sanctions = rows.execute(sa.select(tables.sanctions).order_by(tables.sanctions.c.sanction_id)).all()
        strikes = rows.execute(sa.select(tables.strikes).order_by(tables.strikes.c.decision_id)).all()
        decisions = rows.execute(sa.select(tables.decisions).order_by(tables.decisions.c.decision_id)).all()
    held = world.people["policy-admin"]("GET", "/v1/held").json()["held"]
    return {
        "now": world.time.now,
        "standings": {one: world.standing(one) for one in accounts},
        "ledger": [[one.number, one.seal] for one in ledger],
        "sanctions": [dict(one._mapping) for one in sanctions],
        "strikes": [dict(one._mapping) for one in strikes],
        "decisions": [dict(one._mapping) for one in decisions],
        "held": sorted(one["decision_id"] for one in held),
    }


def _column(world: World, column: sa.Column[str]) -> list[str]:
    with world.service.database.begin() as rows:
        return list(rows.scalars(sa.select(column).distinct()))


def _write(file: Path, held: object) -> None:
    file.write_bytes(msgspec.json.format(msgspec.json.encode(held), indent=1))


def _decide(folder: Path) -> None:
    """A folder of `decide --state`, too."""
    (folder / "policy.yaml").write_text(POLICY)
    lines = []
    for round_ in range(4):
        for account in ("one", "two"):
            first = 1_767_225_600_000 + round_ * 5 * DAY
            lines += [{"id": f"{account}-{round_}-{n}", "time": first + n * 1_000, "kind": "message_sent",
                       "account": account, "peer": f"p{n}", "known": False} for n in range(25)]  # fmt: skip
    lines.sort(key=lambda one: one["time"])
    (folder / "events.ndjson").write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in lines))
    given = ["decide", str(folder / "events.ndjson"), "--policies", str(folder / "policy.yaml")]
    assert main([*given, "--state", str(folder / "state"), "--out", str(folder / "out")]) == 0


if __name__ == "__main__":
    write(Path(sys.argv[1]))
