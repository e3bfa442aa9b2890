"""Problems, probes, changes and announcements come in; levels and the diagnosis go out."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from tests.api.world import Caller, Time, World, begun, client_of, settings_for

from cartellino.availability.baseline import BUCKET
from cartellino.availability.replay import replay
from cartellino.events.event import Event
from cartellino.queries import health
from cartellino.storage import tables
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, show_instant

Json = Any


def problem(world: World, identity: str, **more: object) -> dict[str, object]:
    at = show_instant(world.time.now)
    return {"id": identity, "time": at, "country": "ID", "feature": "sending", "reporter": identity, **more}


def probe(world: World, identity: str, **more: object) -> dict[str, object]:
    at = show_instant(world.time.now)
    return {"id": identity, "time": at, "country": "ID", "network": "AS1", "feature": "sending", "target": "a:443",
            "ok": True, **more}  # fmt: skip


def sent(world: World, path: str, *rows: object, by: Caller | None = None, **headers: str) -> Json:
    body = b"\n".join(msgspec.json.encode(row) for row in rows)
    answer = (by or world.key)("POST", path, body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def stored(world: World) -> list[Json]:
    with world.service.database.begin() as rows:
        return [row for _, row in health.stored(rows, 0, 1 << 60)]


def judged(world: World, buckets: int = 1) -> None:
    """Let a bucket end and be judged, and the next ones."""
    for _ in range(buckets):
        world.time.now = (world.time.now // BUCKET + 1) * BUCKET + MINUTE
        world.settle()


def outage(world: World, buckets: int = 4, **more: object) -> None:
    """Let probes of several networks and countries measure that sending fails in Indonesia, after it has worked."""
    for bucket in range(8 + buckets):
        for step in range(3):
            rows = [
                probe(world, f"{bucket}-{step}-{country}-{network}", country=country, network=network,
                      ok=bucket < 8 or country != "ID", **more)
                for country in ("ID", "BR", "MY", "IT") for network in ("AS1", "AS2", "AS3")
            ]  # fmt: skip
            assert sent(world, "/v1/probes", *rows)["accepted"] == 12
            world.time.now += MINUTE
        judged(world)


def test_rows_are_counted_like_events(small: World) -> None:
    rows = [problem(small, "p1"), problem(small, "p2"), problem(small, "p2"), problem(small, "p3", country="XX"), {}]
    answer = sent(small, "/v1/problems", *rows)
    assert (answer["accepted"], answer["duplicates"], answer["rejected_count"]) == (2, 1, 2)
    assert [(fault["row"], fault["column"], fault["got"]) for fault in answer["rejected"]] == [
        (4, "country", "XX"), (5, "id", "nothing"),
    ]  # fmt: skip
    assert sent(small, "/v1/problems", rows[0])["duplicates"] == 1


@pytest.mark.parametrize("shape", ["array", "one", "gzip", "lines"])
def test_a_body_has_one_of_several_shapes(small: World, shape: str) -> None:
    rows = [problem(small, "p1"), problem(small, "p2")]
    bodies = {
        "array": msgspec.json.encode(rows),
        "one": msgspec.json.format(msgspec.json.encode(rows[0])),
        "gzip": gzip.compress(msgspec.json.encode(rows)),
        "lines": b"\n\n".join(map(msgspec.json.encode, rows)) + b"\n",
    }
    answer = small.key("POST", "/v1/problems", bodies[shape])
    assert answer.json()["accepted"] == (1 if shape == "one" else 2)


@pytest.mark.parametrize("body", [b"[{]", b"PK\x03\x04", b"\x1f\x8bbroken", b"[" * 20_000, b'{\n"\xff": 1}'])
def test_what_is_no_body_of_rows_is_refused_whole(small: World, body: bytes) -> None:
    answer = small.key("POST", "/v1/problems", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")


def test_odd_values_are_refused_with_their_column(small: World) -> None:
    odd: list[dict[str, object]] = [
        {"feature": "teleport"}, {"time": "yesterday"}, {"service": "a\x00b"}, {"country": 7}, {"row": "probe"},
        {"id": "x" * 600}, {"reporter": ["a"]},
    ]  # fmt: skip
    answer = sent(small, "/v1/problems", *(problem(small, f"p{n}", **more) for n, more in enumerate(odd)))
    assert (answer["accepted"], answer["rejected_count"]) == (0, len(odd))
    body = b'{"id":"1","time":0,"country":"ID","feature":"sending","target":"a","ok":true,"latency_ms":NaN}'
    assert small.key("POST", "/v1/probes", body).status_code == 200


def test_too_many_rows_are_refused(small: World) -> None:
    answer = small.key("POST", "/v1/problems", b"{}\n" * 10_001)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-much")


def test_a_time_outside_is_late_or_in_the_future_and_a_retry_of_it_a_duplicate(small: World) -> None:
    early = problem(small, "early")
    assert sent(small, "/v1/problems", early)["accepted"] == 1
    judged(small)
    now = small.time.now
    rows = [
        early,
        problem(small, "late", time=show_instant(now - BUCKET - MINUTE - 1)),
        problem(small, "future", time=show_instant(now + MINUTE + 1)),
        problem(small, "soon", time=show_instant(now + MINUTE)),
    ]
    answer = sent(small, "/v1/problems", *rows)
    assert (answer["accepted"], answer["duplicates"]) == (1, 1)
    assert [(fault["row"], fault["code"]) for fault in answer["rejected"]] == [(2, "late"), (3, "future")]


def test_a_row_counts_until_a_minute_after_its_bucket_has_ended(small: World) -> None:
    small.time.now = (small.time.now // BUCKET + 1) * BUCKET
    row = problem(small, "p", time=show_instant(small.time.now - 1))
    small.time.now += MINUTE - 1
    assert sent(small, "/v1/problems", row)["accepted"] == 1
    small.time.now += 1
    again = problem(small, "q", time=show_instant(small.time.now - MINUTE - 1))
    assert sent(small, "/v1/problems", again)["rejected"][0]["code"] == "late"


def test_of_a_person_only_the_first_report_of_a_quarter_of_an_hour_counts(small: World) -> None:
    holder = small.holder("a")
    first = holder("POST", "/v1/problems", {"feature": "sending", "country": "ID"})
    assert first.json()["accepted"] == 1, first.text
    assert holder("POST", "/v1/problems", {"feature": "calls", "country": "ID"}).json()["duplicates"] == 1
    assert sent(small, "/v1/problems", problem(small, "x", reporter="a"))["duplicates"] == 1
    small.time.now += BUCKET
    assert holder("POST", "/v1/problems", {"feature": "calls", "country": "ID"}).json()["accepted"] == 1
    assert len(stored(small)) == 2


def test_a_reporter_is_a_pseudonym_and_an_address_a_prefix(small: World) -> None:
    sent(small, "/v1/problems", problem(small, "p", reporter="ann.smith", network="203.0.113.77"))
    sent(small, "/v1/probes", probe(small, "q", network="2001:db8:1:2::9"))
    headers = {"x-from": "198.51.100.9"}
    small.holder("bob.jones")("POST", "/v1/problems", {"feature": "calls", "country": "IT"}, headers=headers)
    rows = stored(small)
    assert rows[0].reporter == small.service.live.pseudonym("main", "ann.smith")
    assert {row.network for row in rows} <= {"203.0.113.0/24", "2001:db8:1::/48", "198.51.100.0/24", "testclient"}
    with small.service.database.begin() as found:
        kept = str(found.execute(sa.select(tables.health)).all())
    assert not any(name in kept for name in ("ann.smith", "bob.jones", "113.77", "2::9", "100.9"))


def test_a_holder_reports_of_no_country_but_that_of_the_account(small: World) -> None:
    small.send([{"id": "e1", "time": small.time.now, "kind": "connected", "account": "a", "region": "ID"}])
    refused = small.holder("a")("POST", "/v1/problems", {"feature": "calls", "country": "BR"})
    assert (refused.status_code, refused.json()["pointer"]) == (400, "country")
    assert small.holder("a")("POST", "/v1/problems", {"feature": "calls", "country": "id"}).json()["accepted"] == 1
    assert small.holder("b")("POST", "/v1/problems", {"feature": "calls", "country": "BR"}).json()["accepted"] == 1


def test_a_holder_speaks_for_themselves_alone(small: World) -> None:
    row = problem(small, "p", reporter="b", service="other", sanctioned=True, network="AS7", feature="calls")
    assert small.holder("a")("POST", "/v1/problems", row).json()["accepted"] == 1
    (kept,) = stored(small)
    assert (kept.service, kept.reporter) == ("main", small.service.live.pseudonym("main", "a"))
    assert (kept.sanctioned, kept.network) != (True, "AS7")


def test_the_country_is_that_of_the_account(small: World) -> None:
    small.send([
        {"id": f"e{n}", "time": show_instant(small.time.now - MINUTE + n), "kind": "connected", "account": "a",
         "region": region} for n, region in enumerate(("IT", "ID"))
    ])  # fmt: skip
    assert small.holder("a")("POST", "/v1/problems", {"feature": "calls"}).json()["accepted"] == 1
    assert stored(small)[0].country == "ID"
    refused = small.holder("b")("POST", "/v1/problems", {"feature": "calls"}).json()["rejected"][0]
    assert (refused["code"], refused["column"]) == ("missing", "country")


def test_reports_by_sanctioned_people_are_marked_and_count_for_nothing(small: World) -> None:
    small.breaks("a")
    small.holder("a")("POST", "/v1/problems", {"feature": "sending", "country": "ID"})
    sent(small, "/v1/problems", problem(small, "p", reporter="a"), problem(small, "q", reporter="c"))
    assert [row.sanctioned for row in stored(small)] == [True, False]
    judged(small)
    (cell,) = small.service.health.seen.cells
    assert cell.reports == 1


def test_an_announcement_is_of_an_admin_counts_from_now_on_and_is_in_the_ledger(small: World) -> None:
    judged(small)
    before = show_instant(small.time.now - 3 * HOUR)
    row = {"id": "a1", "time": before, "country": "ID", "features": ["sending"], "authority": "Ministry", "source": "x"}
    for who in ("reviewer", "policy-admin", "auditor"):
        assert small.people[who]("POST", "/v1/announcements", row).status_code == 403
    assert small.key("POST", "/v1/announcements", row).status_code == 403
    answer = small.people["admin"]("POST", "/v1/announcements", row).json()
    assert answer["accepted"] == 1, answer
    (kept,) = stored(small)
    assert (kept.time, kept.starts) == (small.time.now, small.time.now - 3 * HOUR)
    ledger = small.people["admin"]("GET", "/v1/ledger").json()["rows"]
    assert [row["by"] for row in ledger if row["what"] == "announced"] == ["operator:the-admin"]


def test_changes_come_as_cloud_events_one_or_several(small: World) -> None:
    at = show_instant(small.time.now)
    event = {"specversion": "1.0", "id": "c1", "source": "/ci", "type": "deploy", "time": at,
             "data": {"component": "edge", "summary": "new"}}  # fmt: skip
    kind = {"content-type": "application/cloudevents+json"}
    assert small.key("POST", "/v1/changes", msgspec.json.encode(event), headers=kind).json()["accepted"] == 1
    batch = [{**event, "id": f"c{number}"} for number in range(3)]
    kind = {"content-type": "application/cloudevents-batch+json"}
    answer = small.key("POST", "/v1/changes", msgspec.json.encode(batch), headers=kind).json()
    assert (answer["accepted"], answer["duplicates"]) == (2, 1)


def test_measurements_of_ooni_are_several_rows(small: World) -> None:
    keys = {"registration_server_status": "ok", "whatsapp_web_status": "blocked", "whatsapp_web_failure": "reset"}
    line = {"test_name": "whatsapp", "probe_cc": "ID", "probe_asn": "AS7713", "measurement_uid": "u1",
            "measurement_start_time": show_instant(small.time.now), "test_keys": keys}  # fmt: skip
    assert sent(small, "/v1/probes", line, {**line, "test_keys": 7})["accepted"] == 2
    assert sent(small, "/v1/probes", line)["duplicates"] == 2


def test_levels_are_grey_until_enough_is_known_and_red_in_an_outage(small: World) -> None:
    sent(small, "/v1/problems", problem(small, "p"))
    judged(small)
    analyst = small.people["analyst"]
    (cell,) = analyst("GET", "/v1/availability?country=ID&feature=sending").json()["cells"]
    assert (cell["level"], cell["reports"]) == ("unknown", "<5")
    outage(small)
    found = analyst("GET", "/v1/availability?feature=sending&service=main").json()
    by_country = {cell["country"]: (cell["level"], cell["sources"]) for cell in found["cells"]}
    assert by_country["ID"] == ("danger", ["probes"])
    assert by_country["BR"] == ("none", ["probes"])
    assert found["as_of"] == show_instant(small.time.now - MINUTE)
    assert len(analyst("GET", "/v1/availability?country=FR").json()["cells"]) == 9
    assert analyst("GET", "/v1/availability?country=ZZ").json()["pointer"] == "country"


def test_a_banned_person_is_told_of_the_ban_and_of_the_outage(small: World) -> None:
    for number in range(3):
        small.breaks("a", first=100 * number)
        small.later(3 * DAY)
    outage(small)
    for who in ("a", "b"):
        answer = small.holder(who)("GET", "/v1/diagnosis?country=ID").json()
        (cause,) = [one for one in answer["causes"] if one["grade"] != "ruled_out"]
        assert cause["place"] == "ID"
        assert "sending messages" in answer["sentence"]
        assert ("Your account is banned." in answer["sentence"]) is (who == "a")
        assert answer["account"]["state"] == ("banned" if who == "a" else "clear")
    calm = small.holder("a")("GET", "/v1/diagnosis?country=BR").json()
    assert (calm["account"]["state"], calm["causes"]) == ("banned", [])
    assert calm["sentence"] == "Your account is banned. We see no fault of the service (Brazil)."
    (fact,) = calm["account"]["evidence"]
    assert (fact["code"], fact["values"]["appeal"].endswith("/appeals")) == ("ban", True)


@pytest.mark.parametrize(("language", "words"), [("en", "Your account"), ("it", "Il tuo account"), ("id", "akun Anda")])
def test_a_diagnosis_is_in_the_language_that_is_asked_for(small: World, language: str, words: str) -> None:
    answer = small.holder("a")("GET", f"/v1/diagnosis?country=ID&language={language}").json()
    assert words in answer["sentence"]
    assert answer["next_step"]


def test_a_diagnosis_is_for_the_holder_and_for_keys(small: World) -> None:
    assert small.holder("a")("GET", "/v1/diagnosis?account=b").status_code == 404
    assert small.holder("a")("GET", "/v1/diagnosis?service=other").status_code == 404
    assert small.people["admin"]("GET", "/v1/diagnosis?account=a").status_code == 403
    assert small.stranger("GET", "/v1/diagnosis?account=a").status_code == 401
    assert small.key_with("standing")("GET", "/v1/diagnosis?account=a").status_code == 403
    key = small.key_with("health")
    assert key("GET", "/v1/diagnosis").json()["pointer"] == "account"
    assert key("GET", "/v1/diagnosis?account=a").json()["account"]["state"] == "clear"


def test_an_unofficial_app_and_a_lost_session_are_told_from_the_latest_events(small: World) -> None:
    def event(number: int, kind: str, **more: object) -> dict[str, object]:
        at = show_instant(small.time.now - MINUTE + number)
        return {"id": f"e{number}", "time": at, "kind": kind, "region": "IT", **more}

    small.send([
        event(1, "connected", account="a", attestation="passed"),
        event(2, "connected", account="a", attestation="failed", client="other/1"),
        event(3, "connected", account="b", attestation="failed"),
        event(4, "connected", account="b", attestation="passed"),
        event(5, "sign_in_failed", account="b", reason="expired"),
        event(6, "sign_in_failed", account="c"),
        event(7, "connected", account="c"),
    ])  # fmt: skip
    told = {who: small.holder(who)("GET", "/v1/diagnosis").json() for who in "abc"}
    states = {who: (answer["account"]["state"], answer["account"]["grade"]) for who, answer in told.items()}
    assert states == {"a": ("unofficial_client", "likely"), "b": ("session_lost", "possible"),
                      "c": ("clear", "confirmed")}  # fmt: skip
    assert "(Italy)" in told["c"]["sentence"]


def test_after_a_restart_everything_is_as_it_was_and_what_replay_says(tmp_path: Path, time: Time) -> None:
    settings = settings_for(tmp_path / "data")
    service = begun(settings, time)
    with client_of(service) as client:
        world = World(service, client, time)
        mixed(world)
        before, rows = service.health.seen, stored(world)
        events = list(events_of(world))
    service.stop()
    moments = list(replay([*rows, *events]))
    said = {change.key: change.level for moment in moments for change in moment.levels}
    assert {cell.key: cell.level for cell in before.cells} == said
    assert "danger" in said.values()
    causes = [moment.causes for moment in moments if moment.causes is not None]
    assert [cause.claim for cause in before.causes] == [cause.claim for cause in causes[-1]]
    again = begun(settings, time)
    try:
        assert again.health.is_ready.wait(60)
        again.scheduler.do()
        assert again.health.seen == before
    finally:
        again.stop()


def mixed(world: World) -> None:
    """Send reports, probes, changes and events for some hours, with an outage at the end."""
    world.key("POST", "/v1/changes", {"id": "c", "source": "/ci", "type": "deploy", "component": "edge",
                                      "time": show_instant(world.time.now)})  # fmt: skip
    sent(world, "/v1/problems", *(problem(world, f"first {number}") for number in range(3)))
    for number in range(6):
        world.send([
            {"id": f"{number}-{n}", "time": show_instant(world.time.now), "account": f"a{n}", "region": "ID",
             "kind": "message_failed" if number > 4 and n % 2 else "message_sent", "peer": "b",
             "address": f"10.0.{n % 3}.1", "reason": "http_500" if number > 4 and n % 2 else None} for n in range(30)
        ])  # fmt: skip
        judged(world)
    outage(world)


def events_of(world: World) -> Iterator[Event]:
    for number in range(30):
        yield from (event for event in world.service.writer.state.events.lately_of("main", f"a{number}", 0))


def test_nothing_is_known_until_what_is_stored_has_been_read(small: World) -> None:
    outage(small)
    small.service.health.is_ready.clear()
    small.time.now += BUCKET
    as_of = small.service.health.seen.as_of
    small.settle()
    assert small.service.health.seen.as_of == as_of


def test_an_erasure_takes_what_the_account_reported(small: World) -> None:
    for who in ("a", "b"):
        small.holder(who)("POST", "/v1/problems", {"feature": "calls", "country": "IT"})
    export = small.holder("a")("GET", "/v1/accounts/a/export").json()
    assert [(row["feature"], row["country"]) for row in export["problems"]] == [("calls", "IT")]
    assert "reporter" not in export["problems"][0]
    erased = small.people["admin"]("POST", "/v1/accounts/a/erase", {"reason": "asked"})
    assert erased.status_code == 200, erased.text
    assert [row.reporter for row in stored(small)] == [small.service.live.pseudonym("main", "b")]


def test_old_rows_are_forgotten_but_announcements_and_what_is_held(small: World) -> None:
    small.people["admin"]("POST", "/v1/accounts/held/hold", {"reason": "A court."})
    row = {"id": "a1", "time": show_instant(small.time.now), "country": "ID", "features": ["sending"],
           "authority": "Ministry", "source": "x"}  # fmt: skip
    small.people["admin"]("POST", "/v1/announcements", row)
    sent(small, "/v1/problems", problem(small, "free"), problem(small, "held"))
    small.time.now += 43 * DAY
    small.settle()
    assert {row.id for row in stored(small)} == {"a1", "held"}


def messages(world: World, bucket: int, *countries: str, at: int | None = None) -> list[Json]:
    time = world.time.now if at is None else at
    return [{"id": f"{country}-{bucket}-{n}", "time": show_instant(time + n * 1_000), "kind": "message_sent",
             "account": f"{country}{n}", "peer": "friend", "known": True, "region": country, "address": f"AS{n % 3}"}
            for country in countries for n in range(40)]  # fmt: skip


def levels_of(world: World) -> dict[str, str]:
    return {cell.key.place: cell.level for cell in world.service.health.seen.cells}


def test_whoever_comes_late_was_not_missing(small: World) -> None:
    """The outbox of one source comes hours late: what was said of its silence is taken back, not counted as a fault."""
    slow, begun = small.key_with("events"), small.time.now
    for bucket in range(16):
        small.send(messages(small, bucket, "BR", "IT", "MY"))
        if bucket < 8:
            assert sent(small, "/v1/events", *messages(small, bucket, "ID"), by=slow)["accepted"] == 40
        judged(small)
    assert levels_of(small)["ID"] == "warning"
    assert {cause.grade for cause in small.service.health.seen.causes} == {"possible"}
    (incident,) = small.service.incidents.running
    for bucket in range(8, 16):
        at = (begun // BUCKET + bucket) * BUCKET + 2 * MINUTE
        assert sent(small, "/v1/events", *messages(small, bucket, "ID", at=at), by=slow)["accepted"] == 40
    small.send(messages(small, 16, "BR", "IT", "MY", "ID"))
    judged(small)
    assert levels_of(small)["ID"] in ("unknown", "none")
    assert small.service.health.seen.causes == ()
    assert {one.state for one in small.service.incidents.running if one.id == incident.id} <= {"opened", "monitoring"}


def test_while_our_own_feed_stands_still_nothing_is_claimed_and_operators_are_told(small: World) -> None:
    for bucket in range(12):
        small.send(messages(small, bucket, "BR", "IT", "MY", "ID"))
        judged(small)
    assert set(levels_of(small).values()) == {"none"}
    judged(small, 9)
    assert set(levels_of(small).values()) == {"unknown"}
    assert small.service.health.seen.causes == ()
    assert small.service.incidents.running == ()
    assert [one["condition"] for one in small.client.get("/health/ready").json()["degraded"]] == ["telemetry"]
    small.send(messages(small, 20, "BR", "IT", "MY", "ID"))
    judged(small)
    assert small.client.get("/health/ready").json()["degraded"] == []
