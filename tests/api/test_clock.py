"""The machine's clock is set while the service runs or is stopped: what is decided, told, enforced and said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from tests.api.process import Process
from tests.api.world import NOW, POLICY, Json, World, client_of, settings_for
from tests.storage import postgres

from cartellino.policies.load import Text
from cartellino.queries.policy_versions import Version
from cartellino.service import examine_tables
from cartellino.service.clock import LASTING, Clock
from cartellino.service.service import Service
from cartellino.storage import tables
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, SECOND, Duration, Instant, show_instant


class Machine:
    """A machine whose clock can be set. To a `World` it is its time: what is added to `now` passes on both clocks."""

    def __init__(self) -> None:
        self.wall: Instant = NOW
        self.elapsed: Duration = 0

    @property
    def now(self) -> Instant:
        """The true time, by which hosts stamp what they send."""
        return NOW + self.elapsed

    @now.setter
    def now(self, at: Instant) -> None:
        self.passes(at - self.now)

    def passes(self, length: Duration) -> None:
        self.wall += length
        self.elapsed += length

    def clock(self) -> Clock:
        return Clock(lambda: self.wall, lambda: self.elapsed)


@contextmanager
def running(folder: Path, machine: Machine, **more: object) -> Iterator[World]:
    service = Service(settings_for(folder / "data", **more), machine.clock())
    service.start(Version((Text("p.yaml", POLICY),)))
    try:
        with client_of(service) as client:
            yield World(service, client, machine)  # type: ignore[arg-type]  # what it needs of a `Time`
    finally:
        service.stop()


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def one(tmp_path: Path, machine: Machine) -> Iterator[World]:
    with running(tmp_path, machine) as world:
        yield world


def ready(world: World) -> tuple[int, Json]:
    answer = world.client.get("/health/ready")
    return answer.status_code, answer.json()


def is_well(world: World) -> bool:
    status, body = ready(world)
    return status == 200 and body["ready"] and body["degraded"] == []


def measured(world: World) -> tuple[float, float]:
    lines = world.key_with("metrics")("GET", "/metrics").text.splitlines()
    found = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return float(found["cartellino_clock_in_doubt"]), float(found["cartellino_clock_departure_seconds"])


def clock_of(world: World) -> Json:
    return world.people["analyst"]("GET", "/v1/clock").json()


def shapes(world: World, account: str) -> list[str]:
    found = world.key("GET", f"/v1/accounts/{account}/notices").json()["notices"]
    return [each["shape"] for each in found]


def ledger(world: World) -> list[Any]:
    with world.service.database.begin() as rows:
        return list(rows.execute(sa.select(tables.ledger).order_by(tables.ledger.c.number)))


def is_told_and_enforced(world: World, account: str) -> None:
    """A burst over the threshold is decided, told and enforced, by the right time."""
    world.breaks(account)
    standing = world.standing(account)
    assert standing["standing"] == "limited"
    assert standing["as_of"] == show_instant(world.time.now)
    assert len(shapes(world, account)) == 1
    (sanction,) = standing["sanctions"]
    assert sanction["ends_at"] > standing["as_of"]


def lasts(world: World, machine: Machine) -> None:
    """Let the departure last until it is followed."""
    world.settle()
    machine.passes(LASTING)
    world.settle()
    world.settle()


# While it runs


@pytest.mark.parametrize("jump", [400 * DAY, -400 * DAY, 2 * HOUR])
def test_a_clock_that_is_wrong_for_a_second_does_no_harm(one: World, machine: Machine, jump: Duration) -> None:
    is_told_and_enforced(one, "before")
    machine.wall += jump
    machine.passes(SECOND)
    one.settle()
    status, body = ready(one)
    assert (status, body["ready"], len(body["degraded"])) == (200, True, 1)
    assert "the machine's clock shows" in body["degraded"][0]["why"]
    assert measured(one) == (1.0, jump / 1_000)
    assert clock_of(one)["certainty"] == "departed"
    is_told_and_enforced(one, "meanwhile")
    machine.wall -= jump
    assert is_well(one)
    is_told_and_enforced(one, "after")
    assert one.standing("before")["standing"] == "limited"


def test_it_leaves_nothing_that_a_restart_brings_back(tmp_path: Path, machine: Machine) -> None:
    with running(tmp_path, machine) as world:
        machine.wall += 400 * DAY
        world.settle()
        machine.wall -= 400 * DAY
        is_told_and_enforced(world, "a")
    machine.passes(MINUTE)
    with running(tmp_path, machine) as world:
        assert is_well(world)
        assert world.standing("a")["standing"] == "limited"


def test_sessions_and_tokens_neither_end_nor_come_back(one: World, machine: Machine) -> None:
    body = {"name": "ada", "role": "admin", "password": "a long enough password"}
    one.people["admin"]("POST", "/v1/operators", body)
    holder = one.holder("a")
    one.stranger("POST", "/v1/session", {"name": "ada", "password": "a long enough password"})
    assert one.client.get("/v1/me").status_code == 200
    machine.wall += 400 * DAY
    one.service.credentials.forget()
    assert one.client.get("/v1/me").status_code == 200
    assert holder("GET", "/v1/accounts/a/standing").status_code == 200
    machine.wall -= 400 * DAY
    machine.passes(13 * HOUR)
    machine.wall -= 13 * HOUR
    one.service.credentials.forget()
    assert one.client.get("/v1/me").status_code == 401


def test_a_session_made_by_a_wrong_time_does_not_outlive_it(one: World, machine: Machine) -> None:
    machine.wall += 400 * DAY
    lasts(one, machine)
    body = {"name": "ada", "role": "admin", "password": "a long enough password"}
    one.people["admin"]("POST", "/v1/operators", body)
    one.stranger("POST", "/v1/session", {"name": "ada", "password": "a long enough password"})
    machine.wall -= 400 * DAY
    lasts(one, machine)
    assert one.client.get("/v1/me").status_code == 200
    machine.passes(13 * HOUR)
    one.service.credentials.forget()
    assert one.client.get("/v1/me").status_code == 401


def test_a_slow_drift_and_a_small_step_are_followed(one: World, machine: Machine) -> None:
    for _ in range(10):
        machine.passes(MINUTE)
        machine.wall += SECOND
        one.settle()
        assert is_well(one)
    machine.wall += 50 * SECOND
    assert is_well(one)
    assert one.service.clock.now() == machine.wall


def test_events_that_go_by_the_machines_clock_are_put_off_not_refused(one: World, machine: Machine) -> None:
    """A virtual machine was paused: its hosts know what time it is, and the service not yet."""
    machine.wall += 2 * HOUR
    event = {"id": "e", "time": show_instant(machine.wall), "kind": "message_sent", "account": "a", "peer": "p"}
    answer = one.key("POST", "/v1/events", line(event))
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0
    lasts(one, machine)
    assert is_well(one)
    assert one.key("POST", "/v1/events", line(event)).json() == {
        "accepted": 1,
        "duplicates": 0,
        "rejected_count": 0,
        "rejected": [],
    }


def line(event: dict[str, Any]) -> bytes:
    return msgspec.json.encode(event) + b"\n"


def test_a_wrong_time_that_lasts_is_followed_and_a_person_can_see_it(one: World, machine: Machine) -> None:
    one.breaks("a")
    machine.wall += 400 * DAY
    lasts(one, machine)
    assert is_well(one)
    assert one.standing("a")["standing"] == "clear"
    assert [row.what for row in ledger(one)].count("clock followed") == 1


def test_back_from_a_wrong_time_all_goes_on_as_if_it_had_not_been(one: World, machine: Machine) -> None:
    """What ended stays ended; what was done meanwhile lasts as long as it was meant to."""
    one.breaks("lifted", "running")
    machine.wall += 2 * HOUR
    lasts(one, machine)
    (sanction,) = one.standing("lifted")["sanctions"]
    lifted = one.people["reviewer"]("POST", f"/v1/sanctions/{sanction['sanction_id']}/lift", {"reason": "A mistake."})
    assert lifted.status_code == 200
    imposed(one, machine, "imposed")
    before = one.standing("running")["sanctions"]
    machine.wall -= 2 * HOUR
    lasts(one, machine)
    assert is_well(one)
    assert {name: one.standing(name)["standing"] for name in ("lifted", "running", "imposed")} == {
        "lifted": "clear", "running": "limited", "imposed": "suspended",
    }  # fmt: skip
    assert one.standing("running")["sanctions"] == before
    is_told_and_enforced(one, "new")
    one.later(23 * HOUR)
    assert one.standing("imposed")["standing"] == "suspended"
    one.later(2 * HOUR)
    assert one.standing("imposed")["standing"] == "clear"
    assert [row.what for row in ledger(one)].count("clock set back") == 1


def test_going_back_is_part_of_every_replay(tmp_path: Path, machine: Machine) -> None:
    with running(tmp_path, machine) as world:
        world.breaks("before")
        machine.wall += 2 * HOUR
        lasts(world, machine)
        imposed(world, machine, "imposed")
        machine.wall -= 2 * HOUR
        lasts(world, machine)
        before = {name: world.standing(name)["sanctions"] for name in ("before", "imposed")}
    with running(tmp_path, machine) as world:
        assert is_well(world)
        assert {name: world.standing(name)["sanctions"] for name in ("before", "imposed")} == before
        world.later(25 * HOUR)
        assert {world.standing(name)["standing"] for name in ("before", "imposed")} == {"clear"}


def imposed(world: World, machine: Machine, account: str) -> None:
    """Let a person impose a day's suspension."""
    at = show_instant(machine.now - SECOND)
    world.send([
        {"id": f"r{n}", "time": at, "kind": "reported", "account": account, "peer": f"p{n}"} for n in range(3)
    ])  # fmt: skip
    (case,) = world.people["reviewer"]("GET", "/v1/cases?kind=review&status=open").json()["cases"]
    action = {"kind": "suspension", "for": "24h"}
    body = {"action": action, "reason": "It is so."}
    answer = world.people["reviewer"]("POST", f"/v1/cases/{case['appeal_id']}/outcome", body)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("jump", [-400 * DAY, -2 * HOUR])
def test_a_clock_set_back_for_long_lets_nobody_out_and_ends_nothing_early(
    one: World, machine: Machine, jump: Duration
) -> None:
    one.later(40 * DAY)  # what nobody proved at the first start is long past
    one.breaks("a")
    (before,) = one.standing("a")["sanctions"]
    machine.wall += jump
    lasts(one, machine)
    assert one.service.clock.now() == machine.wall
    assert one.standing("a")["standing"] == "limited"
    machine.wall -= jump
    lasts(one, machine)
    (after,) = one.standing("a")["sanctions"]
    assert after["ends_at"] == before["ends_at"]
    one.later(24 * HOUR)
    assert one.standing("a")["standing"] == "clear"


def test_a_source_that_shared_the_wrong_time_is_taken_afterwards(one: World, machine: Machine) -> None:
    machine.wall += 400 * DAY
    lasts(one, machine)
    event = {"id": "x", "time": show_instant(machine.wall), "kind": "message_sent", "account": "x", "peer": "p"}
    assert one.key("POST", "/v1/events", line(event)).json()["accepted"] == 1
    machine.wall -= 400 * DAY
    lasts(one, machine)
    is_told_and_enforced(one, "a")


def test_retention_deletes_nothing_by_a_time_that_nobody_confirmed(tmp_path: Path, machine: Machine) -> None:
    with running(tmp_path, machine, keep="message_sent=90d") as world:
        world.breaks("a")
        machine.wall += 400 * DAY
        lasts(world, machine)
        machine.passes(2 * HOUR)
        world.settle()
        assert sum(batch.num_rows for batch in world.service.writer.state.log.read()) == 10


# At start


def behind(machine: Machine) -> None:
    machine.wall -= 90 * SECOND


def long_behind(machine: Machine) -> None:
    machine.wall -= 400 * DAY


def ahead(machine: Machine) -> None:
    machine.wall += 31 * DAY


@pytest.fixture
def folder(tmp_path: Path, machine: Machine) -> Path:
    """A service that has decided something, and was stopped."""
    with running(tmp_path, machine) as world:
        world.breaks("a")
    return tmp_path


@pytest.mark.parametrize("jump", [behind, long_behind, ahead])
def test_after_a_doubtful_start_no_events_are_taken_and_all_else_goes_on(
    folder: Path, machine: Machine, jump: Callable[[Machine], None]
) -> None:
    jump(machine)
    with running(folder, machine) as world:
        answer = world.key("POST", "/v1/events", line(sent(NOW)))
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert "last seen here" in answer.json()["detail"]
        assert int(answer.headers["retry-after"]) > 0
        status, body = ready(world)
        assert (status, body["ready"]) == (503, False)
        assert "the machine's clock shows" in body["why"]
        standing = world.standing("a")
        assert (standing["standing"], standing["as_of"]) == ("limited", show_instant(NOW))
        (sanction,) = standing["sanctions"]
        assert world.key("POST", sanction["appeal"], {"text": "Please look."}).status_code == 201


def sent(at: Instant) -> dict[str, Any]:
    return {"id": "late or future", "time": show_instant(at), "kind": "message_sent", "account": "b", "peer": "p"}


@pytest.mark.parametrize("jump", [behind, long_behind, ahead])
def test_it_ends_when_the_clock_is_set_right(folder: Path, machine: Machine, jump: Callable[[Machine], None]) -> None:
    wall = machine.wall
    jump(machine)
    with running(folder, machine) as world:
        assert not is_well(world)
        machine.wall = wall
        machine.passes(SECOND)
        assert is_well(world)
        is_told_and_enforced(world, "b")


@pytest.mark.parametrize("jump", [behind, long_behind, ahead])
def test_it_does_not_end_by_itself(folder: Path, machine: Machine, jump: Callable[[Machine], None]) -> None:
    jump(machine)
    with running(folder, machine) as world:
        lasts(world, machine)
        assert ready(world)[0] == 503


def test_an_ordinary_stop_is_no_doubt(folder: Path, machine: Machine) -> None:
    machine.passes(21 * DAY)
    with running(folder, machine) as world:
        assert is_well(world)
        assert world.standing("a")["standing"] == "clear"
        is_told_and_enforced(world, "b")


def test_an_operator_confirms_after_a_stop_of_two_months(folder: Path, machine: Machine) -> None:
    machine.passes(60 * DAY)
    with running(folder, machine) as world:
        assert clock_of(world)["certainty"] == "ahead"
        confirm = {"time": show_instant(machine.now + MINUTE)}
        assert world.people["reviewer"]("POST", "/v1/clock/confirm", confirm).status_code == 403
        answer = world.people["admin"]("POST", "/v1/clock/confirm", confirm)
        assert (answer.status_code, answer.json()["certainty"]) == (200, "sure")
        assert is_well(world)
        world.settle()
        assert world.standing("a")["standing"] == "clear"
        is_told_and_enforced(world, "b")
        (row,) = [row for row in ledger(world) if row.what == "clock followed"]
        assert row.by == "operator:the-admin"


def test_who_confirms_must_know_what_time_it_is(folder: Path, machine: Machine) -> None:
    long_behind(machine)
    with running(folder, machine) as world:
        answer = world.people["admin"]("POST", "/v1/clock/confirm", {"time": show_instant(NOW)})
        assert (answer.status_code, answer.json()["code"]) == (409, "not-now")
        assert ready(world)[0] == 503


def test_a_folder_whose_recorded_time_is_wrong_is_cured_for_good(folder: Path, machine: Machine) -> None:
    """An earlier version kept every time it ever saw: the clock that read 400 days ahead for a second."""
    with running(folder, machine) as world, world.service.database.begin_writing() as rows:
        mine = tables.progress.c.name == "clock"
        rows.execute(sa.update(tables.progress).where(mine).values(value=NOW + 400 * DAY))
    machine.passes(HOUR)
    with running(folder, machine) as world:
        assert clock_of(world)["certainty"] == "behind"
        confirm = {"time": show_instant(machine.now)}
        assert world.people["admin"]("POST", "/v1/clock/confirm", confirm).status_code == 200
        assert is_well(world)
        is_told_and_enforced(world, "b")
        world.send([sent(machine.now)])
    machine.passes(HOUR)
    with running(folder, machine) as world:
        assert is_well(world)
        assert world.standing("b")["standing"] == "limited"
        world.later(24 * HOUR)
        assert world.standing("b")["standing"] == "clear"


def test_a_log_of_a_time_that_never_was_is_confirmed_once(tmp_path: Path, machine: Machine) -> None:
    machine.wall += 400 * DAY
    with running(tmp_path, machine) as world:
        assert world.key("POST", "/v1/events", line(sent(machine.wall))).json()["accepted"] == 1
        machine.wall -= 400 * DAY
        lasts(world, machine)
        is_told_and_enforced(world, "a")
    with running(tmp_path, machine) as world:
        assert is_well(world)


@pytest.mark.parametrize("jump", [400 * DAY, -400 * DAY])
def test_a_restart_in_the_middle_of_a_doubt(folder: Path, machine: Machine, jump: Duration) -> None:
    with running(folder, machine) as world:
        machine.wall += jump
        world.settle()
        assert not is_well(world)
    machine.passes(MINUTE)
    with running(folder, machine) as world:
        assert ready(world)[0] == 503
        assert world.standing("a")["standing"] == "limited"
        machine.wall -= jump
        assert is_well(world)
        is_told_and_enforced(world, "b")
    with running(folder, machine) as world:
        assert is_well(world)
        assert world.standing("a")["standing"] == "limited"


# The files drivers leave to the garbage collector when the server closes their sockets.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.usefixtures("drivers_leavings")
def test_a_jump_while_the_database_is_gone(tmp_path: Path, machine: Machine) -> None:
    if not postgres.is_there():
        pytest.skip("there is no PostgreSQL; ./test installs it when it is root")
    with postgres.running() as server, running(tmp_path, machine, database=server.url) as world:
        world.breaks("a")
        server.stop()
        machine.wall += 400 * DAY
        assert world.standing("a")["standing"] == "limited"
        machine.passes(2 * LASTING)
        assert world.standing("a")["standing"] == "limited"
        machine.wall -= 400 * DAY
        server.start()
        world.settle()
        is_told_and_enforced(world, "b")
        assert world.standing("a")["standing"] == "limited"


# The command line


def examined(folder: Path) -> list[str]:
    """What the doctor finds wrong with the clock."""
    settings = settings_for(folder / "data")
    return [found.what for found in examine_tables.clock(settings) if found.state != "well"]


def test_the_doctor_compares_the_machines_clock(
    folder: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cartellino.service.examine_tables.machine", lambda: machine.wall)
    assert examined(folder) == []
    machine.wall += 31 * DAY
    assert len(examined(folder)) == 1
    machine.wall -= 31 * DAY
    with running(folder, machine) as world:
        machine.wall += 2 * HOUR
        world.settle()
        (said,) = examined(folder)
        assert "7,200 s" in said
        machine.wall -= 2 * HOUR
        world.settle()
        assert examined(folder) == []


def test_the_command_line_says_that_the_clock_is_right(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)
    first = Process(tmp_path / "data", policy)
    first.start()
    first.stop()
    database = sa.create_engine(f"sqlite:///{tmp_path / 'data' / 'cartellino.db'}")
    with database.begin() as rows:
        shifted = tables.progress.update().where(tables.progress.c.name == "clock")
        rows.execute(shifted.values(value=tables.progress.c.value + 400 * DAY))
    database.dispose()
    again = Process(tmp_path / "data", policy)
    again.say("--clock-is-right")
    again.start()
    assert again.client.get("/health/ready").json() == {"ready": True, "why": "", "degraded": []}
    assert again.stop() == 0
