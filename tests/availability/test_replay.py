"""Staged days through the whole of it, and the command; small, since `benchmarks/outages` has the large ones."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from benchmarks.outages.incidents import EVERYWHERE, INCIDENTS, by_name
from benchmarks.outages.streams import Fault, World
from hypothesis import given, settings
from hypothesis import strategies as st

from cartellino.availability.evidence import ACCUSES, Cause
from cartellino.availability.monitor import Moment
from cartellino.availability.reading import read_rows
from cartellino.availability.replay import in_order, replay
from cartellino.availability.rows import Change, Refused, Row
from cartellino.cli.main import main
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, instant

BEGINS = instant("2025-03-03T00:00:00Z")


def read(rows: Iterable[dict[str, Any]]) -> list[Row]:
    found = [read_rows(one) for one in rows]
    assert not any(isinstance(one, Refused) for one in found)
    return [row for one in found if not isinstance(one, Refused) for row in one]


def causes(moments: Iterable[Moment], until: int) -> tuple[Cause, ...]:
    held: tuple[Cause, ...] = ()
    for moment in moments:
        if moment.time <= until and moment.causes is not None:
            held = moment.causes
    return held


def accused(moments: Iterable[Moment]) -> set[str]:
    return {one.place for moment in moments for one in moment.causes or ()
            if one.kind in ACCUSES and one.grade != "ruled_out"}  # fmt: skip


def raised(moments: Iterable[Moment]) -> set[tuple[str, str, str]]:
    return {(one.key.place, one.key.feature, one.level) for moment in moments for one in moment.levels
            if one.level in ("warning", "danger")}  # fmt: skip


@pytest.mark.parametrize("name", [one.name for one in INCIDENTS if one.name not in ("one network", "one client")])
def test_an_incident_is_told_within_the_hour_without_any_history(name: str) -> None:
    incident = by_name(name)
    rows = incident.rows(seed=3, size=15, history=HOUR, reports=0.3, every=15 * MINUTE, noise=0.01)
    moments = list(replay(read(one for one in rows if one.get("time", 0) <= incident.begins + incident.told)))
    found = [one for one in causes(moments, incident.begins + incident.told + 15 * MINUTE) if one.grade != "ruled_out"]
    right = [one for one in found if one.kind in incident.right and set(one.place.split(",")) & incident.places]
    assert right, found
    assert accused(moments) <= (incident.places if incident.is_restriction else set())


@cache
def quiet(days: int = 5) -> tuple[Row, ...]:
    world = World(seed=5, begins=BEGINS, ends=BEGINS + days * DAY, countries=("ID", "US", "GB"),
                  features=("sending", "media_up"), reports=2.0)  # fmt: skip
    return tuple(read(world.rows()))


def brigade(network: str | None, countries: tuple[str, ...] = ("ID",)) -> list[Row]:
    begins = BEGINS + 4 * DAY + 12 * HOUR
    return read(
        {"row": "problem", "id": f"b{country}{number}", "time": begins + number * 9_000, "country": country,
         "feature": "sending", "reporter": f"b{number}", "network": network or f"AS{number % 37}"}
        for country in countries for number in range(500)
    )  # fmt: skip


def test_a_quiet_week_raises_nothing_and_is_green_only_once_it_is_known() -> None:
    moments = list(replay(quiet()))
    assert raised(moments) == set()
    first = min(moment.time for moment in moments for one in moment.levels if one.level == "none")
    assert first > BEGINS + 3 * DAY


@pytest.mark.parametrize("network", ["198.51.100.0/24", "AS64999"])
def test_five_hundred_reports_from_one_place_raise_nothing(network: str) -> None:
    assert raised(replay([*quiet(), *brigade(network)])) == set()


def test_many_reports_from_many_networks_are_yellow_and_never_more() -> None:
    found = raised(replay([*quiet(), *brigade(None)]))
    assert ("ID", "sending", "warning") in found
    assert not [one for one in found if one[2] == "danger"]


@pytest.mark.parametrize(("country", "is_said"), [("ID", True), ("GB", False)])
def test_reports_after_our_own_words_raise_nothing_where_we_said_them(country: str, *, is_said: bool) -> None:
    own = read([{"row": "announcement", "id": "own", "time": BEGINS + 4 * DAY + 11 * HOUR, "country": country,
                 "features": ["sending"], "authority": "operator", "source": "status page"}])  # fmt: skip
    assert (raised(replay([*quiet(), *own, *brigade(None)])) == set()) == is_said


@pytest.mark.parametrize(
    ("more", "is_said"),
    [({}, True), ({"region": "Asia"}, True), ({"region": "Europe"}, False), ({"service": "photos"}, False)],
)  # fmt: skip
def test_a_maintenance_speaks_of_where_and_what_it_is(more: dict[str, str], *, is_said: bool) -> None:
    works = read([work("maintenance.started", 11 * HOUR, **more)])
    assert (raised(replay([*quiet(), *works, *brigade(None)])) == set()) == is_said


def test_a_maintenance_that_is_over_speaks_of_nothing() -> None:
    works = read([work("maintenance.started", 8 * HOUR, until=BEGINS + 5 * DAY),
                  work("maintenance.completed", 10 * HOUR)])  # fmt: skip
    assert ("ID", "sending", "warning") in raised(replay([*quiet(), *works, *brigade(None)]))


@pytest.mark.parametrize(
    "row",
    [{"row": "change", "id": "w", "time": BEGINS + 2 * DAY, "source": "/ops", "type": "maintenance.started",
      "component": "chat", "until": BEGINS + 60 * DAY},
     {"row": "announcement", "id": "w", "time": BEGINS + 2 * DAY, "country": "ID", "features": ["sending"],
      "authority": "operator", "source": "us", "to": BEGINS + 60 * DAY}],
)  # fmt: skip
def test_our_own_words_of_weeks_mute_reports_for_a_day_only(row: dict[str, Any]) -> None:
    assert ("ID", "sending", "warning") in raised(replay([*quiet(), *read([row]), *brigade(None)]))


def work(type_: str, after: int, **more: Any) -> dict[str, Any]:
    return {"row": "change", "id": type_, "time": BEGINS + 4 * DAY + after, "source": "/ops", "type": type_,
            "component": "chat", **more}  # fmt: skip


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_new_service_with_many_reports_has_no_more_false_alarms_than_an_old_one(seed: int) -> None:
    world = World(seed=seed, begins=BEGINS, ends=BEGINS + DAY, countries=EVERYWHERE[:12], reports=0.8, accounts=3.0,
                  features=("sending", "media_up", "calls", "sign_in", "receiving"))  # fmt: skip
    assert raised(replay(read(world.rows()))) == set()


def test_reports_of_the_sanctioned_raise_nothing() -> None:
    rows = [msgspec.structs.replace(one, sanctioned=True) for one in brigade(None)]
    assert raised(replay([*quiet(), *rows])) == set()


def test_reports_at_the_turn_of_the_year_raise_nothing_alone() -> None:
    shift = instant("2025-12-31T16:00:00Z") - (BEGINS + 4 * DAY + 12 * HOUR)
    moved = [*quiet(), *brigade(None)]
    rows = [msgspec.structs.replace(one, time=one.time + shift) for one in moved]
    assert raised(replay(rows)) == set()


def test_a_country_of_few_reports_stays_grey() -> None:
    few = read({"row": "problem", "id": f"f{day}", "time": BEGINS + day * DAY, "country": "NR", "feature": "sending",
                "reporter": f"f{day}"} for day in range(5))  # fmt: skip
    levels = [one.level for moment in replay([*quiet(), *few]) for one in moment.levels if one.key.place == "NR"]
    assert levels == ["unknown"]


def stream(faults: list[Fault], **more: Any) -> list[Row]:
    world = World(seed=2, begins=BEGINS, ends=BEGINS + 5 * HOUR, faults=faults, **{
        "countries": EVERYWHERE[:8], "features": ("sending", "media_up"), "reports": 0.0, "accounts": 25.0, **more,
    })  # fmt: skip
    return read(world.rows())


def test_events_alone_tell_a_network_from_a_country_and_a_client_from_both() -> None:
    at, end = BEGINS + HOUR, BEGINS + 5 * HOUR
    one_network = stream([Fault(at, end, ("ID",), ("sending", "media_up"), networks=(1,), fails=0.95)], accounts=90.0)
    assert {one.kind: one.place for one in causes(replay(one_network), end)} == {"network": "ID/AS64501"}
    one_client = stream([Fault(at, end, EVERYWHERE, ("sending", "media_up"), client="ios/24.3", fails=0.95)])
    assert {one.kind for one in causes(replay(one_client), end)} == {"client"}
    everyone = stream([Fault(at, end, ("ID",), ("sending", "media_up"), fails=0.95, failure="http_500")])
    assert {one.kind for one in causes(replay(everyone), end) if one.grade != "ruled_out"} == {"regional_outage"}


def test_a_client_that_tries_again_and_again_is_one_failure() -> None:
    storm = read({"row": "event", "id": f"s{number}", "time": BEGINS + 2 * HOUR + number * 100,
                  "kind": "message_failed", "account": f"a{number % 3}", "region": "ID", "address": "AS64500",
                  "media": "text"}
                 for number in range(5_000))  # fmt: skip
    assert raised(replay([*stream([]), *storm])) == set()


def test_sign_ins_that_fail_from_one_address_are_no_outage() -> None:
    stuffing = read({"row": "event", "id": f"s{number}", "time": BEGINS + 2 * HOUR + number * 1_000,
                     "kind": "sign_in_failed", "account": f"v{number}", "region": "ID", "address": "203.0.113.7"}
                    for number in range(3_000))  # fmt: skip
    rows = [*stream([], features=("sign_in",), accounts=40.0), *stuffing]
    moments = list(replay(rows))
    assert not {one for one in raised(moments) if one[2] == "danger"}
    assert {one.kind for moment in moments for one in moment.causes or ()} <= {"network"}


def test_red_takes_telemetry_or_probes() -> None:
    at = BEGINS + HOUR
    for more in ({"accounts": 25.0}, {"accounts": 0.0, "every": 15 * MINUTE}):
        found = raised(replay(stream([Fault(at, BEGINS + 5 * HOUR, EVERYWHERE, ("sending",), fails=0.9)], **more)))
        assert ("ID", "sending", "danger") in found


@settings(max_examples=4, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 50))
def test_the_same_rows_in_any_order_and_number_give_the_same_answer(random: Random, twice: int) -> None:
    rows = stream([Fault(BEGINS + HOUR, BEGINS + 3 * HOUR, ("ID",), ("media_up",), fails=0.9)], accounts=4.0)
    expected = list(replay(rows))
    shuffled = [*rows, *rows[:twice]]
    random.shuffle(shuffled)
    assert list(replay(shuffled)) == expected


def test_a_long_gap_begins_anew() -> None:
    later = read([{"row": "problem", "id": "x", "time": BEGINS + 400 * DAY, "country": "ID", "feature": "sending"}])
    moments = list(replay([*quiet(), *later]))
    assert len(moments) < 10 * 96
    assert moments[-1].time == BEGINS + 400 * DAY + 15 * MINUTE


def write(file: Path, rows: Iterable[dict[str, Any]]) -> Path:
    text = "".join(json.dumps(one) + "\n" for one in rows).encode()
    file.write_bytes(gzip.compress(text) if file.suffix == ".gz" else text)
    return file


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(one) for one in file.read_text("utf-8").splitlines()]


def test_the_command_writes_levels_causes_and_what_it_refused(tmp_path: Path) -> None:
    incident = by_name("2019-05-22 Indonesia, announced")
    rows = incident.rows(seed=3, size=15, history=HOUR, reports=0.3, every=15 * MINUTE)
    write(tmp_path / "in.ndjson.gz", [*rows[::2], {"row": "problem", "id": "bad", "country": "XX"}])
    (tmp_path / "more.json").write_text(json.dumps(rows[1::2]), "utf-8")
    assert main(["availability", "replay", str(tmp_path), "--out", str(tmp_path / "out")]) == 0
    levels, told = lines(tmp_path / "out/levels.ndjson"), lines(tmp_path / "out/verdicts.ndjson")
    assert {tuple(one) for one in levels} == {("time", "country", "feature", "service", "level")}
    (rejected,) = lines(tmp_path / "out/rejected.ndjson")
    assert rejected["column"] == "time"
    assert {fault["column"] for fault in rejected["faults"]} == {"time", "country", "feature"}
    last = told[-1]["causes"][0]
    assert list(last) == ["kind", "grade", "place", "features", "since", "evidence", "service"]
    assert (last["kind"], last["grade"], last["place"]) == ("restriction", "confirmed", "ID")
    again = tmp_path / "again"
    assert (
        main(["availability", "replay", str(write(tmp_path / "all.ndjson", reversed(rows))), "--out", str(again)]) == 0
    )
    for name in ("levels.ndjson", "verdicts.ndjson"):
        assert (again / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


@pytest.mark.parametrize("text", ["", "{}\n", '{"row": "probe"}\n', "no json\n", "[1, 2", "\x00\x01"])
def test_an_input_without_one_readable_row_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "in.ndjson").write_text(text, "utf-8")
    assert main(["availability", "replay", str(tmp_path / "in.ndjson"), "--out", str(tmp_path / "out")]) == 2


def test_the_same_id_from_another_source_is_another_change() -> None:
    change = {"row": "change", "id": "1", "time": BEGINS, "source": "/ci", "type": "deploy",
              "component": "edge"}  # fmt: skip
    rows = read([change, {**change, "source": "/config"}, {**change, "time": BEGINS + 1}])
    assert [row.source for row in in_order(rows) if isinstance(row, Change)] == ["/ci", "/config"]


def test_a_maintenance_that_is_planned_begins_when_it_says() -> None:
    planned = {"row": "change", "id": "1", "time": BEGINS, "source": "/ops", "type": "maintenance",
               "component": "chat"}  # fmt: skip
    (row,) = read([{**planned, "from": BEGINS + HOUR, "until": BEGINS + 2 * HOUR}])
    assert isinstance(row, Change)
    assert (row.begins, row.until) == (BEGINS + HOUR, BEGINS + 2 * HOUR)
    found = read_rows({**planned, "from": BEGINS + HOUR, "until": BEGINS + HOUR})
    assert isinstance(found, Refused)
    assert [fault.column for fault in found.faults] == ["until"]


@pytest.mark.parametrize(("begins", "kinds"), [(0, {"maintenance"}), (12 * HOUR, {"outage"})])
def test_only_a_maintenance_that_has_begun_explains_what_fails(begins: int, kinds: set[str]) -> None:
    incident = by_name("2022-10-25 sending")
    rows = incident.rows(seed=1, size=10, history=HOUR, reports=0.3, every=15 * MINUTE)
    planned = {"row": "change", "id": "m", "time": incident.begins - HOUR, "from": incident.begins + begins,
               "until": incident.begins + begins + 6 * HOUR, "source": "/ops", "type": "maintenance",
               "component": "chat"}  # fmt: skip
    found = {one.kind for moment in replay(read([*rows, planned])) for one in moment.causes or ()
             if one.grade != "ruled_out"}  # fmt: skip
    assert found & {"maintenance", "outage"} == kinds
