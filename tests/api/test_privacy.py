"""Subject access and erasure: what is gone, what stays, and that everything goes on afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.api.world import Time, World, begun, client_of, settings_for

from cartellino.commands import erased_rows, erasure
from cartellino.enforcement.ledger import Change, verify
from cartellino.pipeline.route import Route
from cartellino.pipeline.state_folder import StateFolder
from cartellino.service.service import Service
from cartellino.storage import tables
from cartellino.storage.faults import DiskFull
from cartellino.vocabulary.times import HOUR

NAME = "alice-of-the-tests"


def traces(service: Service, text: str) -> list[str]:
    """Return where a text is still to be found: in which tables, in the log, in the files that are not compressed."""
    found = []
    with service.database.begin() as rows:
        for table in tables.METADATA.sorted_tables:
            found += [table.name for row in rows.execute(sa.select(table)) if text in repr(row)]
    found += ["log" for batch in service.writer.state.log.read() if text in repr(batch.to_pylist())]
    for file in Path(service.settings.data).rglob("*"):
        if (
            file.is_file()
            and not file.name.endswith((".snapshot", ".db", ".db-wal"))
            and text.encode() in file.read_bytes()
        ):
            found.append(file.name)
    return found


def story(world: World) -> str:
    """Let somebody be sanctioned, appeal, and be written to by others; return the sanction."""
    world.breaks(NAME, "bob")
    (sanction,) = world.standing(NAME)["sanctions"]
    identity: str = sanction["sanction_id"]
    files = [{"name": "proof.txt", "media_type": "text/plain", "content": "aGVsbG8="}]
    body = {"text": f"I am {NAME}.", "files": files}
    filed = world.holder(NAME)("POST", f"/v1/sanctions/{identity}/appeals", body)
    assert filed.status_code == 201, filed.text
    written = {
        "id": "w1",
        "time": world.time.now,
        "kind": "message_sent",
        "account": "bob",
        "peer": NAME,
        "known": False,
    }
    world.send([written])
    return identity


def test_nothing_is_erased_before_what_is_known_is_written_down(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the snapshot a restart could not know any more what had been decided on the events."""
    story(small)

    def full(state: StateFolder, route: Route) -> None:
        raise DiskFull(state.folder, "a snapshot", OSError(28, "No space left on device"))

    with monkeypatch.context() as patched:
        patched.setattr(StateFolder, "will_forget", full)
        refused = small.people["admin"]("POST", f"/v1/accounts/{NAME}/erase", {"reason": "Asked for it."})
        assert refused.status_code == 503, refused.text
    assert erasure.unfinished(small.service.database) == []
    assert small.standing(NAME)["standing"] == "limited"
    assert small.people["admin"]("POST", f"/v1/accounts/{NAME}/erase", {"reason": "Asked."}).status_code == 200


def test_erasing_leaves_the_sanction_and_nothing_else(world: World) -> None:
    sanction = story(world)
    exported = world.holder(NAME)("GET", f"/v1/accounts/{NAME}/export").json()
    assert len(exported["events"]) == 10
    assert exported["cases"][0]["text"] == f"I am {NAME}."
    before = world.standing("bob")
    erased = world.people["admin"]("POST", f"/v1/accounts/{NAME}/erase", {"reason": "Asked for it."})
    assert erased.status_code == 200, erased.text
    alias = erased.json()["alias"]
    assert traces(world.service, NAME) == []
    assert world.standing(NAME)["standing"] == "clear"
    (kept,) = world.standing(alias)["sanctions"]
    assert kept["sanction_id"] == sanction
    assert {**world.standing("bob"), "as_of": ""} == {**before, "as_of": ""}
    with world.service.database.begin() as rows:
        ledger = [
            Change(**one._mapping) for one in rows.execute(sa.select(tables.ledger).order_by(tables.ledger.c.number))
        ]
        decisions = rows.scalar(sa.select(sa.func.count()).select_from(tables.decisions))
    assert verify(ledger) is None
    assert ledger[-1].what == "erased"
    assert decisions == 2
    world.breaks("carol", first=700)
    assert world.standing("carol")["standing"] == "limited"
    assert world.standing(alias)["standing"] == "limited"


def test_a_restart_after_an_erasure_changes_nothing(tmp_path: Path, time: Time) -> None:

    settings = settings_for(tmp_path / "data")
    service = begun(settings, time)
    with client_of(service) as client:
        world = World(service, client, time)
        story(world)
        alias = world.people["admin"]("POST", f"/v1/accounts/{NAME}/erase", {"reason": "Asked for it."}).json()["alias"]
        before = {name: {**world.standing(name), "as_of": ""} for name in (alias, "bob", NAME)}
    service.stop()
    time.now += HOUR
    again = begun(settings, time)
    with client_of(again) as client:
        world = World(again, client, time)
        assert {name: {**world.standing(name), "as_of": ""} for name in (alias, "bob", NAME)} == before
        assert traces(again, NAME) == []
        world.later(24 * HOUR)
        assert world.standing(alias)["standing"] == "clear"
    again.stop()


def test_an_erasure_that_was_cut_off_is_finished_at_the_next_start(
    tmp_path: Path, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:

    settings = settings_for(tmp_path / "data")
    service = begun(settings, time)
    with client_of(service) as client:
        world = World(service, client, time)
        story(world)
        with monkeypatch.context() as broken:
            broken.setattr(erased_rows, "erase", lambda *_: 1 // 0)
            answer = world.people["admin"]("POST", f"/v1/accounts/{NAME}/erase", {"reason": "Asked for it."})
            assert answer.status_code == 500
            service.writer._stopping.set()
    service.stop()
    again = begun(settings, time)
    assert traces(again, NAME) == []
    again.stop()


def test_a_legal_hold_refuses_erasure_until_it_ends(small: World) -> None:
    story(small)
    admin = small.people["admin"]
    assert admin("POST", f"/v1/accounts/{NAME}/hold", {"reason": "Court order 12/26."}).status_code == 200
    refused = admin("POST", f"/v1/accounts/{NAME}/erase", {"reason": "Asked for it."})
    assert refused.status_code == 409
    assert "Court order 12/26" in refused.json()["detail"]
    assert admin("DELETE", f"/v1/accounts/{NAME}/hold").json()["ended"]
    assert admin("POST", f"/v1/accounts/{NAME}/erase", {"reason": "Asked for it."}).status_code == 200
