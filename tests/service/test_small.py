"""Small parts of the service, each alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient
from msgspec import structs
from tests.api.world import NOW, POLICY, Time, World, begun, client_of, settings_for

from cartellino.api.app import application
from cartellino.commands import incidents, projection
from cartellino.commands.consequences import sanction_record
from cartellino.commands.erasure import _mentions_account
from cartellino.commands.mentions import Mentions
from cartellino.commands.personal_data import known_of
from cartellino.commands.reversal import _is_alike
from cartellino.enforcement.action import Action
from cartellino.enforcement.acts import Act, Adopt
from cartellino.policies.rule import Mode
from cartellino.service import credentials
from cartellino.service.access import STRANGER
from cartellino.service.committer import Committer
from cartellino.service.credentials import Credentials
from cartellino.service.proposals import _felt
from cartellino.service.timekeeping import _mistaken_since
from cartellino.service.writer import Writer
from cartellino.storage import tables
from cartellino.storage.database import Database
from cartellino.vocabulary.actors import SERVICE
from cartellino.vocabulary.ids import PolicyVersion
from cartellino.vocabulary.times import DAY, HOUR, show_instant


@pytest.fixture
def small(tmp_path: Path) -> Iterator[World]:
    time = Time()
    service = begun(settings_for(tmp_path / "data"), time)
    try:
        with client_of(service) as client:
            yield World(service, client, time)
    finally:
        service.stop()


@pytest.fixture
def database(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path / 'small.db'}")
    database.migrate()
    return database


def test_a_secret_is_looked_up_anew_after_five_seconds(database: Database) -> None:
    known = Credentials(database)
    with database.begin_writing() as rows:
        key = credentials.make_key(rows, "x", ["events"], "x", NOW)
    known.recognise(key, NOW)
    assert known.remembered(key, NOW + 4_999) is not None
    assert known.remembered(key, NOW + 5_000) is None
    assert known.remembered(key, NOW - 1) is None


def test_one_caller_does_not_make_us_forget_another(database: Database) -> None:
    known = Credentials(database)
    with database.begin_writing() as rows:
        keys = [credentials.make_key(rows, name, ["events"], name, NOW) for name in ("x", "y")]
    for key in keys:
        known.recognise(key, NOW)
    assert all(known.remembered(key, NOW) is not None for key in keys)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        (b'{"service":"main","account":"somebody"}', True),
        (b'{"account":"somebody"}', True),
        (b'{"service":"other","account":"somebody"}', False),
        (b'{"service":"main","account":"x","note":"it was somebody, I think"}', True),
        (b"somebody cut this off", True),
        (b'"nobody"', False),
    ],
)
def test_a_row_names_an_account_of_its_own_service(line: bytes, names: bool) -> None:
    assert _mentions_account(line, Mentions("main", "somebody", "erased-1")) is names


def test_an_outage_begins_when_it_is_said_to(small: World) -> None:
    service = small.service
    service.writer.do(lambda unit: incidents.begin(unit, "i", ["connected"], NOW + HOUR, "x")).result(30)
    with service.database.begin() as rows:
        (act,) = rows.scalars(sa.select(tables.acts.c.data).where(tables.acts.c.kind == "OpenIncident"))
    assert act["starts_at"] == NOW + HOUR


def test_an_act_is_read_back_as_it_was_written(database: Database) -> None:
    act = Adopt(after=3, at=NOW, by=SERVICE, why="because", sealed="a seal", version=PolicyVersion("v"), edition=3)
    with database.begin_writing() as rows:
        rows.execute(sa.insert(tables.acts).values(**projection.of_act(1, act), key=None))
    with database.begin() as rows:
        assert list(projection.all_acts(rows)) == [(1, act)]


def test_every_act_has_a_name_where_it_is_kept() -> None:
    assert set(projection.KINDS.values()) == set(Act.__subclasses__())


def test_modes_come_in_the_order_in_which_they_are_felt() -> None:
    modes = [
        Mode("off"),
        Mode("shadow"),
        Mode("canary", 0.05),
        Mode("canary", 0.5),
        Mode("live", hold_out=0.2),
        Mode("live"),
    ]
    felt = [_felt(mode) for mode in modes]
    assert felt == sorted(set(felt))
    assert _felt(Mode("live", 0.3)) == _felt(Mode("live")) > _felt(Mode("canary", 0.3))


def test_everybody_may_what_is_public() -> None:
    assert STRANGER.may("public")
    assert not STRANGER.may("operators")


def test_the_same_rule_for_another_cause_is_not_alike(small: World) -> None:
    small.breaks("a")
    (sanction,) = small.service.live.standing("main", "a").sanctions
    other = structs.replace(sanction, wording=replace(sanction.wording, code=999))
    assert _is_alike(sanction, sanction)
    assert not _is_alike(other, sanction)


def test_what_a_brake_holds_is_undone_too_when_its_short_limit_is_over(small: World) -> None:
    small.breaks(*[f"x{number}" for number in range(24)], first=1_000)
    (held, *_) = small.service.live.held
    small.later(2 * DAY)
    known = small.people["analyst"]("GET", f"/v1/decisions/{held.id}").json()
    body = {"rule_version": known["rule_version"], "reason": "It was wrong."}
    assert small.people["policy-admin"]("POST", "/v1/policies/undo", body).status_code == 200
    assert list(small.service.live.held) == []


def test_a_holder_sees_no_numbers_of_a_rule_that_does_not_disclose_them(small: World) -> None:
    small.breaks("a")
    with small.service.database.begin() as rows:
        state = small.service.writer.state
        ours = known_of(rows, state, "main", "a", "p_")["decisions"]
        theirs = known_of(rows, state, "main", "a", "p_", for_holder=True)["decisions"]
    assert ours[0]["record"]["evidence"]
    assert theirs[0]["record"]["evidence"] == []


def test_a_message_about_a_sanction_says_when_it_ends(small: World) -> None:
    small.breaks("a")
    (sanction,) = small.service.live.standing("main", "a").sanctions
    ends_at = sanction.action.ends_at
    assert ends_at is not None
    for_good = structs.replace(sanction, action=Action("ban"))
    assert (sanction_record(sanction)["ends_at"], sanction_record(for_good)["ends_at"]) == (show_instant(ends_at), None)


@pytest.mark.parametrize(("discloses", "told"), [("sealed", False), ("general", False), ("full", True)])
def test_a_notice_has_numbers_where_the_rule_discloses_fully(tmp_path: Path, discloses: str, told: bool) -> None:
    policy = POLICY.replace("discloses: general", f"discloses: {discloses}")
    time = Time()
    service = begun(settings_for(tmp_path / "data"), time, policy)
    try:
        with client_of(service) as client:
            world = World(service, client, time)
            world.breaks("a")
            (notice,) = world.key("GET", "/v1/accounts/a/notices").json()["notices"]
            assert bool(notice["numbers"]) is told
    finally:
        service.stop()


def test_whoever_confirms_the_clock_answers_for_every_later_time() -> None:
    assert _mistaken_since({"unproven": NOW - HOUR}, NOW + HOUR, NOW, confirmed=True) == NOW
    assert _mistaken_since({}, NOW + HOUR, NOW, confirmed=False) > NOW + HOUR
    assert _mistaken_since({"unproven": NOW + 1}, NOW + HOUR, NOW, confirmed=False) == NOW + 1


def test_every_decision_that_was_not_written_is_written_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    time, settings = Time(), settings_for(tmp_path / "data")
    cut_off = begun(settings, time)
    with monkeypatch.context() as gone, TestClient(application(cut_off)) as client:
        world = World(cut_off, client, time)
        gone.setattr(Committer, "write_decided", lambda *_: None)
        gone.setattr(Committer, "write", lambda *_: None)
        gone.setattr(Writer, "_end", lambda *_: None)
        world.breaks("a", "b")
        cut_off.stop()
    service = begun(settings, time)
    with service.database.begin() as rows:
        found = set(rows.scalars(sa.select(tables.decisions.c.account)))
    service.stop()
    assert found == {"a", "b"}
