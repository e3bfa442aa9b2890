"""An installation that the code of commit 698ddaa has written goes on: nothing that was decided changes.

`write_first_edition.py` wrote it, and `expected.json` is what that code said of everybody.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from tests.api.test_privacy import traces
from tests.api.world import Time, World, begun, client_of, settings_for

from cartellino.cli.main import main
from cartellino.enforcement.ledger import Change, verify
from cartellino.queries.ledger import verified
from cartellino.service import backup, edition_start
from cartellino.service.examine import FOLDER, guarded
from cartellino.service.examine_tables import checks
from cartellino.service.service import Service
from cartellino.storage import tables
from cartellino.vocabulary.times import DAY, HOUR

TOLD = ("told_sanctions", "told_strikes")
SALT = "salt"
"""A short one, which no new installation may have any more."""

WRITTEN = Path(__file__).with_name("first-edition.tar.gz")


@pytest.fixture
def first(tmp_path: Path) -> Path:
    place = tmp_path / "first"
    place.mkdir()
    # By the command: what `tarfile` demands to be told differs between Python 3.11.2 and 3.14.
    subprocess.run(["tar", "-xzf", str(WRITTEN), "-C", str(place)], check=True)
    return place


@pytest.fixture
def expected(first: Path) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.json.decode((first / "expected.json").read_bytes())
    return said


@pytest.fixture
def time(expected: dict[str, Any]) -> Time:
    found = Time()
    found.now = expected["now"]
    return found


def started(folder: Path, time: Time) -> Service:
    return begun(settings_for(folder / "service", salt=SALT), time)


@pytest.fixture
def world(first: Path, time: Time) -> Iterator[World]:
    service = started(first, time)
    with client_of(service) as client:
        yield World(service, client, time)
    service.stop()


def rows(service: Service, table: sa.Table) -> list[dict[str, Any]]:
    with service.database.begin() as asked:
        key = next(iter(table.primary_key))
        return [dict(row._mapping) for row in asked.execute(sa.select(table).order_by(key))]


def must_be_as_told(service: Service, expected: dict[str, Any]) -> None:
    """Compare tables, memory and ledger with what was told before the upgrade."""
    for name in ("sanctions", "strikes", "decisions"):
        now = rows(service, tables.METADATA.tables[name])
        assert [_as_then(row, then) for row, then in zip(now, expected[name], strict=True)] == expected[name]
    ledger = rows(service, tables.ledger)
    assert [[row["number"], row["seal"]] for row in ledger[: len(expected["ledger"])]] == expected["ledger"]
    assert verify(Change(**row) for row in ledger) is None
    assert sorted(service.writer._route.sequencer.held) == expected["held"]


def _as_then(row: dict[str, Any], then: dict[str, Any]) -> dict[str, Any]:
    """Return of a row what it had then: there are more columns now, and records have words."""
    return {key: {part: row[key][part] for part in held} if key == "record" else row[key] for key, held in then.items()}


def must_stand_as_told(world: World, expected: dict[str, Any]) -> None:
    must_be_as_told(world.service, expected)
    for account, then in expected["standings"].items():
        now = world.standing(account)
        assert {key: now[key] for key in ("standing", "sanctions", "still_works", "next_step")} == {
            key: then[key] for key in ("standing", "sanctions", "still_works", "next_step")
        }, account


def test_everybody_stands_as_before(world: World, expected: dict[str, Any]) -> None:
    must_stand_as_told(world, expected)
    assert world.service.writer.status.reason == ""


def test_a_second_restart_changes_nothing(first: Path, time: Time, expected: dict[str, Any]) -> None:
    counts = []
    for _ in range(2):
        service = started(first, time)
        must_be_as_told(service, expected)
        counts.append(len(rows(service, tables.ledger)))
        service.stop()
    service = started(first, time)
    with client_of(service) as client:
        must_stand_as_told(World(service, client, time), expected)
    assert counts == [len(expected["ledger"]) + 1] * 2  # the edition was adopted once
    service.stop()


@pytest.mark.parametrize("after", ["begin", "adopt"])
def test_an_upgrade_that_is_cut_off_is_begun_again(
    first: Path, time: Time, expected: dict[str, Any], after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class CutOff(BaseException):
        """The process is gone."""

    def gone(*_: object, **__: object) -> None:
        raise CutOff

    if after == "begin":
        monkeypatch.setattr("cartellino.service.recovery.Recovery._begun", gone)
    else:
        monkeypatch.setattr("cartellino.service.recovery.Recovery.adopt_edition", gone)
    with pytest.raises(CutOff):
        started(first, time)
    monkeypatch.undo()
    shutil.copytree(first / "service", first / "copy" / "service")  # the lock of the first is still held
    service = started(first / "copy", time)
    with client_of(service) as client:
        must_stand_as_told(World(service, client, time), expected)
    service.stop()


def test_old_decisions_can_be_reversed(world: World, expected: dict[str, Any]) -> None:
    account, sanction = "upheld", world.standing("running")["sanctions"][-1]["sanction_id"]
    filed = world.key("POST", f"/v1/sanctions/{sanction}/appeals", {"text": "Please."})
    assert filed.status_code == 201, filed.text
    body = {"outcome": "reversed", "reason": "It was wrong."}
    done = world.people["reviewer"]("POST", f"/v1/appeals/{filed.json()['appeal_id']}/outcome", body)
    assert done.status_code == 200, done.text
    assert world.standing("running")["standing"] != "limited"
    first_of_three = min((row for row in expected["decisions"] if row["account"] == account), key=lambda row: row["at"])
    version = {"rule_version": first_of_three["rule_version"], "reason": "The rule was wrong."}
    undone = world.people["policy-admin"]("POST", "/v1/policies/undo", version)
    assert undone.status_code == 200, undone.text
    world.settle()
    assert world.standing(account)["next_step"] is None


def test_what_was_held_can_be_released(world: World, expected: dict[str, Any]) -> None:
    before = {row["decision_id"]: row["account"] for row in expected["decisions"]}
    done = world.people["policy-admin"]("POST", "/v1/held/release", {"rule": "spam/bulk", "reason": "Spam."})
    assert done.status_code == 200, done.text
    assert sorted(done.json()["released"]) == expected["held"]
    for decision in expected["held"]:
        assert world.standing(before[decision])["standing"] in ("warned", "limited")


def test_later_events_are_judged_by_the_new_edition(world: World, expected: dict[str, Any]) -> None:
    world.later(2 * HOUR)
    world.breaks("newcomer", first=50_000)
    (decision,) = world.key("GET", "/v1/decisions?account=newcomer").json()["decisions"]
    assert decision["mode"] == "held"  # nobody has looked at what the brake holds
    release = {"rule": "spam/bulk", "reason": "Looked at."}
    assert world.people["policy-admin"]("POST", "/v1/held/release", release).status_code == 200
    world.later(2 * DAY)
    world.breaks("upheld", first=60_000)
    strikes = world.service.writer.live.standing("main", "upheld").strikes
    assert [one.rung for one in strikes] == [1, 2, 3, 4]
    with world.service.database.begin() as asked:
        assert edition_start.latest(asked) is not None
    world.service.stop()
    service = started(Path(world.service.settings.data).parent, world.time)
    must_know = service.writer.live.standing("main", "upheld").strikes
    assert [one.rung for one in must_know] == [1, 2, 3, 4]
    service.stop()


def test_whoever_took_a_banned_number_is_found_and_whoever_got_one_that_went_back_is_not(world: World) -> None:
    now = world.time.now - 1_000
    world.send([
        {"id": f"new-{name}", "time": now + n, "kind": "registered", "account": f"new-{name}",
         "number": f"number of {name}"} for n, name in enumerate(("kept-number", "gave-number"))
    ])  # fmt: skip
    decided = world.key("GET", "/v1/decisions?account=new-gave-number").json()["decisions"]
    assert decided == []


_KILLED = """
import os, signal, sys
from importlib import import_module
from tests.api.test_privacy import traces
from tests.api.world import Time, begun, settings_for
folder, salt, now, module, owner, name = sys.argv[1:]
time = Time()
time.now = int(now)
def kill(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
there = import_module(module)
setattr(getattr(there, owner) if owner else there, name, kill)
begun(settings_for(folder, salt=salt), time)
"""

MOMENTS = {
    "in the migration": ("alembic.operations", "Operations", "create_index"),
    "before what was told is copied": ("cartellino.service.edition_start", "", "begin"),
    "before the transaction ends": ("cartellino.service.edition_start", "", "latest"),
    "before the file of what was told": ("cartellino.pipeline.state_folder", "", "replacing"),
    "before the folder knows its edition": ("cartellino.pipeline.decided_policies", "DecidedPolicies", "begin_edition"),
    "before the past is read": ("cartellino.service.edition_start", "", "state_at"),
    "before the policies are adopted anew": ("cartellino.service.recovery", "Recovery", "adopt_edition"),
    "before the first snapshot": ("cartellino.pipeline.state_folder", "StateFolder", "snapshot"),
}  # fmt: skip


OFTEN = ("in the migration", "before the transaction ends", "before the first snapshot")
"""The moments that every run of all tests has; the others come with --thorough."""


@pytest.mark.parametrize(
    "moment", [moment if moment in OFTEN else pytest.param(moment, marks=pytest.mark.thorough) for moment in MOMENTS]
)
def test_killed_in_the_middle_of_the_upgrade(first: Path, time: Time, expected: dict[str, Any], moment: str) -> None:
    arguments = [str(first / "service"), SALT, str(time.now), *MOMENTS[moment]]
    command = [sys.executable, "-c", _KILLED, *arguments]
    ended = subprocess.run(command, capture_output=True, timeout=120, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    service = started(first, time)
    with client_of(service) as client:
        must_stand_as_told(World(service, client, time), expected)
    assert len(rows(service, tables.ledger)) == len(expected["ledger"]) + 1
    service.stop()


def test_an_account_of_before_can_be_erased(world: World, expected: dict[str, Any]) -> None:
    name = "reversed-first"
    before = world.standing(name)
    done = world.people["admin"]("POST", f"/v1/accounts/{name}/erase", {"reason": "Asked for it."})
    assert done.status_code == 200, done.text
    world.service.carry_out_pending()
    alias, service = done.json()["alias"], world.service
    assert [one for one in traces(service, name) if not one.endswith(".arrows")] == []
    assert alias in {row["account"] for table in TOLD for row in rows(service, tables.METADATA.tables[table])}
    assert alias.encode() in (Path(service.settings.data) / "state" / "told.ndjson").read_bytes()
    now = world.standing(alias)
    assert [one["sanction_id"] for one in now["sanctions"]] == [one["sanction_id"] for one in before["sanctions"]]
    assert (now["standing"], now["next_step"]) == (before["standing"], before["next_step"])
    for row in expected["decisions"]:
        row["account"] = alias if row["account"] == name else row["account"]
    decided = rows(service, tables.decisions)
    assert [row["account"] for row in decided] == [row["account"] for row in expected["decisions"]]
    with service.database.begin() as asked:
        assert verified(asked).broken is None


def test_a_copy_of_an_upgraded_installation_goes_on(first: Path, time: Time, expected: dict[str, Any]) -> None:
    service = started(first, time)
    service.stop()
    told_before = (first / "service" / "state" / "told.ndjson").read_bytes()
    backup.save(first / "service", service.database, first / "copy")
    backup.restore(first / "copy", first / "again" / "service", None)
    assert (first / "again" / "service" / "state" / "told.ndjson").read_bytes() == told_before
    service = started(first / "again", time)
    with client_of(service) as client:
        must_stand_as_told(World(service, client, time), expected)
    service.stop()
    decided = (first / "again" / "service" / "state" / "decisions.ndjson").read_bytes()
    assert decided == (first / "service" / "state" / "decisions.ndjson").read_bytes()


def test_the_doctor_finds_an_upgraded_installation_well(first: Path, time: Time) -> None:
    service = started(first, time)
    service.stop()
    settings = service.settings
    said = [found for check in (*FOLDER, *checks(settings)) for found in guarded(check, settings)]
    wrong = [one.what for one in said if one.state == "wrong"]
    assert [what for what in wrong if "clock" not in what] == []  # the story plays in the future


def test_what_an_earlier_edition_decided_is_explained_as_it_was_kept(
    first: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same numbers may mean something else today, so nothing is worked out again."""
    decisions = [msgspec.json.decode(line) for line in (first / "out" / "decisions.ndjson").read_bytes().splitlines()]
    again = ["decide", str(first / "events.ndjson"), "--policies", str(first / "policy.yaml")]
    assert main([*again, "--state", str(first / "state"), "--out", str(first / "after")]) == 0
    capsys.readouterr()
    assert main(["explain", decisions[0]["decision_id"], "--state", str(first / "state")]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "This is what was kept." in told
    assert decisions[0]["evidence"][0]["signal"] in told


@pytest.mark.parametrize("kept", [0, 0.4], ids=["nothing", "half a line"])
def test_what_a_run_that_was_cut_off_had_not_told_is_told(first: Path, kept: float) -> None:
    """The earlier program was killed while it wrote its decisions anew; what it had found is in the journal."""
    file = first / "state" / "decisions.ndjson"
    before = [msgspec.json.decode(line) for line in file.read_bytes().splitlines()]
    file.write_bytes(file.read_bytes()[: int(kept * file.stat().st_size)])
    whole = file.read_bytes().count(b"\n")
    again = ["decide", str(first / "events.ndjson"), "--policies", str(first / "policy.yaml")]
    for _ in range(2):
        assert main([*again, "--state", str(first / "state"), "--out", str(first / "after")]) == 0
        now = [msgspec.json.decode(line) for line in file.read_bytes().splitlines()]
        assert now[:whole] == before[:whole]
        names = ("account", "sequence", "rule", "action", "strike", "next_step", "mode")
        assert [[one[name] for name in names] for one in now] == [[one[name] for name in names] for one in before]


def test_a_folder_of_decide_goes_on(first: Path) -> None:
    before = (first / "out" / "decisions.ndjson").read_bytes()
    again = ["decide", str(first / "events.ndjson"), "--policies", str(first / "policy.yaml")]
    for _ in range(2):
        assert main([*again, "--state", str(first / "state"), "--out", str(first / "after")]) == 0
        assert (first / "state" / "decisions.ndjson").read_bytes() == before
        assert (first / "after" / "decisions.ndjson").read_bytes() == b""
