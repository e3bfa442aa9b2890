"""Rows of health are read, or refused with the column, what was expected and what came."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartellino.availability.features import FEATURES
from cartellino.availability.places import COUNTRIES, continent_of, region_of
from cartellino.availability.reading import read_rows
from cartellino.availability.rows import Announcement, Change, Probe, Problem, Refused
from cartellino.availability.stray import strays
from cartellino.cli.main import main
from cartellino.events.ndjson import read_measured

LAST = "9999-12-31T23:59:59Z"
TIME = "2019-05-22T05:30:00Z"
PROBLEM = {"row": "problem", "id": "p1", "time": TIME, "country": "ID", "feature": "media_up"}
PROBE = {"row": "probe", "id": "m1", "time": TIME, "country": "ID", "feature": "calls", "target": "t:443", "ok": True}
CHANGE = {"row": "change", "id": "c1", "time": TIME, "source": "/ci", "type": "deploy", "data": {"component": "edge"}}
ANNOUNCEMENT = {"row": "announcement", "id": "a1", "time": TIME, "country": "ID", "features": ["media_up"],
                "authority": "ministry", "source": "press"}  # fmt: skip


def test_there_are_all_countries_and_kosovo() -> None:
    assert len(COUNTRIES) == 250
    assert {"XK", "SG", "TW", "AX", "BQ"} <= COUNTRIES.keys()
    assert all(region_of(one) and continent_of(one) for one in COUNTRIES)


@pytest.mark.parametrize("row", [PROBLEM, PROBE, CHANGE, ANNOUNCEMENT])
def test_a_row_with_what_it_needs_is_read(row: dict[str, Any]) -> None:
    found = read_rows({**row, "unheard_of": {"a": 1}})
    assert not isinstance(found, Refused)
    assert len(found) == 1
    assert found[0].time == 1_558_503_000_000


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ({**PROBLEM, "country": "XX"}, "country", "wrong-type"),
        ({**PROBLEM, "country": "UK"}, "country", "wrong-type"),
        ({**PROBLEM, "country": 4}, "country", "wrong-type"),
        ({**PROBLEM, "feature": "telepathy"}, "feature", "wrong-type"),
        ({**PROBLEM, "time": 1_558_503_000}, "time", "wrong-type"),
        ({**PROBLEM, "time": float("nan")}, "time", "wrong-type"),
        ({**PROBLEM, "id": ""}, "id", "wrong-type"),
        ({**PROBE, "ok": "yes"}, "ok", "wrong-type"),
        ({**PROBE, "ok": None}, "ok", "missing"),
        ({**PROBE, "latency_ms": float("nan")}, "latency_ms", "wrong-type"),
        ({**PROBE, "latency_ms": float("inf")}, "latency_ms", "wrong-type"),
        ({**PROBE, "latency_ms": -1}, "latency_ms", "wrong-type"),
        ({**CHANGE, "data": {}}, "component", "missing"),
        ({**CHANGE, "data": "edge"}, "data", "wrong-type"),
        ({**ANNOUNCEMENT, "features": []}, "features", "wrong-type"),
        ({**ANNOUNCEMENT, "features": ["media_up", "all"]}, "features", "wrong-type"),
        ({**ANNOUNCEMENT, "authority": None}, "authority", "missing"),
        ({**ANNOUNCEMENT, "from": TIME, "to": "2019-05-21T00:00:00Z"}, "to", "out-of-order"),
        ({**ANNOUNCEMENT, "to": "2019-05-21T00:00:00Z"}, "to", "out-of-order"),
        ({**PROBLEM, "row": "complaint"}, "row", "unknown-row"),
        ({**PROBLEM, "time": LAST}, "time", "wrong-type"),
        ({"row": "event", "id": "e", "time": LAST, "kind": "read", "account": "a"}, "time", "wrong-type"),
        ({"id": "x"}, "row", "missing"),
        ({"row": "event", "id": "e", "time": TIME, "kind": "read"}, "account", "missing"),
    ],
)
def test_a_faulty_row_is_refused_with_its_column(row: dict[str, Any], column: str, code: str) -> None:
    found = read_rows(row)
    assert isinstance(found, Refused)
    assert [(one.column, one.code) for one in found.faults] == [(column, code)]
    assert all(one.expected and one.got for one in found.faults)


def test_all_faults_of_a_row_are_told_at_once() -> None:
    found = read_rows({"row": "problem", "country": "Indonesia", "feature": "medai_up"})
    assert isinstance(found, Refused)
    assert {one.column for one in found.faults} == {"id", "time", "country", "feature"}
    assert "did you mean `media_up`?" in " ".join(one.expected for one in found.faults)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.dictionaries(
    st.sampled_from(["row", "id", "time", "country", "feature", "data", "context", "subject", "test_keys", "ok",
                     "features", "specversion", "tcp_connect", "status", "port"]) | st.text(), inner)
    | st.lists(inner)))  # fmt: skip
def test_whatever_comes_is_read_or_refused(held: object) -> None:
    found = read_rows(held)
    assert isinstance(found, Refused | tuple)
    if isinstance(found, Refused):
        assert found.faults


def test_cdevents_are_read_bare_and_in_a_cloudevent() -> None:
    event = {
        "context": {"version": "0.4.1", "id": "271069a8", "source": "/event/source/123",
                    "type": "dev.cdevents.service.upgraded.0.2.0", "timestamp": TIME},
        "subject": {"id": "media-cdn", "type": "service", "content": {"artifactId": "pkg:oci/x"}},
        "customData": {"region": "ID"},
    }  # fmt: skip
    bare = read_rows(event)
    packed = read_rows({"row": "change", "specversion": "1.0", "id": "ce1", "source": "/ce", "time": TIME,
                        "type": "dev.cdevents.service.upgraded.0.2.0", "data": event})  # fmt: skip
    for found, name in ((bare, "271069a8"), (packed, "ce1")):
        assert isinstance(found, tuple)
        (change,) = found
        assert isinstance(change, Change)
        assert (change.component, change.region, change.id) == ("media-cdn", "ID", name)


@pytest.mark.parametrize("region", ["Europe", "eu-west-1", "br", "ID"])
def test_the_region_of_a_change_is_any_part_of_the_world(region: str) -> None:
    row = {"row": "change", "id": "c", "time": TIME, "source": "/ci", "type": "deploy", "component": "edge"}
    found = read_rows({**row, "region": region})
    assert isinstance(found, tuple)
    assert isinstance(found[0], Change)
    assert found[0].region == region


def connect(ip: str, port: int, failure: str | None) -> dict[str, Any]:
    return {"ip": ip, "port": port, "status": {"success": failure is None, "failure": failure}}


def measurement(**keys: Any) -> dict[str, Any]:
    return {"test_name": "whatsapp", "measurement_start_time": "2026-01-17 11:02:41", "probe_cc": "IT",
            "probe_asn": "AS30722", "report_id": "r1", "test_keys": keys}  # fmt: skip


def test_a_measurement_of_ooni_is_a_probe_of_each_port_and_server() -> None:
    found = read_rows(measurement(
        whatsapp_endpoints_status="blocked", registration_server_status="blocked",
        registration_server_failure="dns_nxdomain_error", whatsapp_web_status="ok",
        tcp_connect=[connect("1.1.1.1", 443, None), connect("1.1.1.1", 5222, "connection_refused"),
                     connect("9.9.9.9", 443, None)],
    ))  # fmt: skip
    assert isinstance(found, tuple)
    probes = [one for one in found if isinstance(one, Probe)]
    assert [(one.feature, one.target, one.ok, one.failure) for one in probes] == [
        ("sending", "endpoints:443", True, None),
        ("sending", "endpoints:5222", False, "connection_refused"),
        ("registration", "v.whatsapp.net:443", False, "dns_nxdomain_error"),
        ("sign_in", "web.whatsapp.com:443", True, None),
    ]
    assert {(one.country, one.network) for one in probes} == {("IT", "AS30722")}


@pytest.mark.parametrize(
    "line",
    [
        {**measurement(whatsapp_web_status="ok"), "probe_cc": "ZZ"},
        {**measurement(whatsapp_web_status="ok"), "measurement_start_time": "yesterday"},
        {**measurement(whatsapp_web_status="ok"), "test_name": "tor"},
        measurement(),
        measurement(whatsapp_web_status=None, tcp_connect=[{"port": 443}, "x"]),
        {"test_keys": None},
    ],
)
def test_a_malformed_measurement_is_refused(line: dict[str, Any]) -> None:
    assert isinstance(read_rows(line), Refused)


@pytest.mark.data
def test_the_real_measurement_is_read() -> None:
    folder = Path(os.environ.get("CARTELLINO_DATA", Path(__file__).parents[3] / "shared" / "data")) / "ooni_whatsapp"
    (file,) = folder.glob("*.json")
    found = read_rows(json.loads(file.read_text("utf-8")))
    assert isinstance(found, tuple)
    assert {one.feature for one in found if isinstance(one, Probe) and one.ok} == {"sending", "registration", "sign_in"}


def test_rows_know_their_features_and_places() -> None:
    problem, announcement = read_rows({**PROBLEM, "country": "id"}), read_rows(ANNOUNCEMENT)
    assert isinstance(problem, tuple)
    assert isinstance(announcement, tuple)
    (one,), (said,) = problem, announcement
    assert isinstance(one, Problem)
    assert isinstance(said, Announcement)
    assert one.country == "ID"
    assert one.feature in FEATURES
    assert said.covers("ID", "media_up", said.time)
    assert not said.covers("ID", "media_up", said.time - 1)
    assert not said.covers("MY", "media_up", said.time)
    assert not said.is_own


def test_numbers_that_json_does_not_have_are_refused_with_their_column() -> None:
    for word in (b"NaN", b"Infinity", b"-Infinity", b"1e999"):
        text = json.dumps(PROBE).encode()[:-1] + b', "latency_ms": ' + word + b"}"
        held = read_measured(text, "rows.ndjson", 1)
        assert isinstance(held, dict)
        found = read_rows(held)
        assert isinstance(found, Refused)
        assert [one.column for one in found.faults] == ["latency_ms"]


@pytest.mark.parametrize("column", ["id", "country", "feature", "reporter", "network", "service", "sanctioned"])
def test_no_column_of_a_report_may_be_no_number(column: str) -> None:
    found = read_rows({**PROBLEM, column: float("nan")})
    assert isinstance(found, Refused)
    assert [(one.column, one.got) for one in found.faults] == [(column, "NaN")]


OONI = {"test_name": "whatsapp", "probe_cc": "ID", "probe_asn": "AS1", "measurement_start_time": "2026-01-17 10:00:00"}


@pytest.mark.parametrize(
    ("row", "columns"),
    [
        ({"test_name": "whatsapp", "probe_cc": "ID"}, ["measurement_start_time", "test_keys"]),
        ({**OONI, "test_keys": "junk"}, ["test_keys"]),
        ({**OONI, "test_keys": {"whatsapp_endpoints_status": 7}}, ["test_keys"]),
        ({**OONI, "test_name": "telegram", "test_keys": {}}, ["test_name"]),
        ({**OONI, "probe_cc": "ZZ", "test_keys": {}}, ["probe_cc"]),
        ({"measurement_uid": "1", "report_id": "2", "probe_cc": 4},
         ["probe_cc", "measurement_start_time", "test_keys"]),
    ],
)  # fmt: skip
def test_a_broken_measurement_is_refused_with_what_is_broken(row: dict[str, Any], columns: list[str]) -> None:
    found = read_rows(row)
    assert isinstance(found, Refused)
    assert [one.column for one in found.faults] == columns


def test_few_rows_years_after_all_others_are_not_meant() -> None:
    day, times = 86_400_000, [number * 3_600_000 for number in range(1, 500)]
    assert strays([*times, times[-1] + 80 * 365 * day]) == (0, 499)
    assert strays([*times, times[-1] + 90 * day]) == (0, 500)
    assert strays([0, *(one + 40 * 365 * day for one in times)]) == (1, 500)
    assert strays([*times, *(one + 7 * 365 * day for one in times)]) == (0, 998)  # two incidents of different years
    assert strays([]) == (0, 0)
    assert strays([1, 80 * 365 * day]) == (0, 2)  # which of them is meant nobody knows


def test_the_command_says_which_row_is_far_off(tmp_path: Path) -> None:
    rows = [{**PROBLEM, "id": f"p{number}", "reporter": f"r{number}"} for number in range(10)]
    rows += [{**PROBLEM, "id": "late", "time": "2099-01-01T00:00:00Z"}]
    (tmp_path / "rows.ndjson").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    assert main(["availability", "replay", str(tmp_path / "rows.ndjson"), "--out", str(tmp_path / "out")]) == 0
    (refused,) = (json.loads(line) for line in (tmp_path / "out" / "rejected.ndjson").read_text("utf-8").splitlines())
    assert (refused["line"], refused["code"], refused["column"]) == (11, "far-off", "time")
    assert "2099" not in (tmp_path / "out" / "levels.ndjson").read_text("utf-8")
