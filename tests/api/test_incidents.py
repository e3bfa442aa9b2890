"""Incidents in the service: opened by what is measured or by a person, told, and met by enforcement."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from tests.api.test_availability import judged, outage, probe, problem, sent
from tests.api.world import World

from cartellino.enforcement.acts import CloseIncident, OpenIncident
from cartellino.queries.incidents import running, since
from cartellino.storage import tables
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, show_instant

Json = Any
WHY = {"reason": "A retry storm."}


def listed(world: World, who: str = "analyst") -> list[Json]:
    found: list[Json] = world.people[who]("GET", "/v1/incidents").json()["incidents"]
    return found


def acts(world: World, *kinds: str) -> list[Json]:
    with world.service.database.begin() as rows:
        asked = sa.select(tables.acts).where(tables.acts.c.kind.in_(kinds)).order_by(tables.acts.c.number)
        return list(rows.execute(asked))


def works(world: World, *countries: str) -> None:
    """Let probes measure for an hour that sending works."""
    for bucket in range(4):
        rows = [probe(world, f"w{world.time.now}-{bucket}-{country}-{network}", country=country, network=network)
                for country in countries for network in ("AS1", "AS2", "AS3")]  # fmt: skip
        sent(world, "/v1/probes", *rows)
        judged(world)


def test_what_is_measured_opens_an_incident_that_excuses_there_and_ends_with_it(small: World) -> None:
    outage(small)
    (found,) = listed(small)
    assert (found["state"], found["countries"], found["features"]) == ("opened", ["ID"], ["sending"])
    assert found["sources"] == ["probes"]
    (opened, *_) = acts(small, "OpenIncident")
    assert opened.data["countries"] == ["ID"]
    assert sorted(opened.data["kinds"]) == ["connected", "message_failed", "sign_in_failed"]
    assert (opened.by, opened.data["holds"]) == ("service", True)
    for _ in range(3):
        works(small, "ID", "BR", "MY", "IT")
    (found,) = listed(small)
    assert found["state"] == "resolved"
    assert [line["state"] for line in found["timeline"]][-2:] == ["monitoring", "resolved"]
    assert len(acts(small, "CloseIncident")) == 1
    what = {row["what"] for row in small.people["admin"]("GET", "/v1/ledger").json()["rows"]}
    assert {"incident opened", "incident monitoring", "incident resolved", "OpenIncident", "CloseIncident"} <= what


def test_reports_alone_open_no_grace(small: World) -> None:
    for visit in range(4 * 24 // 3):
        sent(small, "/v1/problems", problem(small, f"u{visit}"))
        small.later(3 * HOUR)
    for bucket in range(3):
        rows = [problem(small, f"s{bucket}-{n}", network=f"10.{n}.0.1") for n in range(120)]
        assert sent(small, "/v1/problems", *rows)["accepted"] == 120
        judged(small)
    (found,) = listed(small)
    assert found["sources"] == ["reports"]
    assert acts(small, "OpenIncident") == []


def test_an_incident_follows_once_for_each_bucket_and_survives_a_restart(small: World) -> None:
    outage(small)
    before = listed(small)
    small.service.incidents._followed = 0  # as after a start
    small.settle()
    assert listed(small) == before
    with small.service.database.begin() as rows:
        assert [one.id for one in running(rows)] == [before[0]["incident"]]
        assert since(rows, small.time.now + DAY) == []


def test_a_person_tells_moves_and_ends_an_incident(small: World) -> None:
    outage(small)
    identity = listed(small)[0]["incident"]
    admin = small.people["policy-admin"]

    def enter(**line: object) -> Json:
        return admin("POST", f"/v1/incidents/{identity}/entries", line)

    assert enter(state="identified", note="It is the cable.").json()["state"] == "identified"
    secret = enter(note="Call the carrier: extension 555.", public=False).json()["timeline"][-1]
    assert (secret["by"], secret["public"]) == ("the-policy-admin", False)
    assert enter(state="post_mortem", note="Too early.").json()["code"] == "not-now"
    assert enter(state="resolved").json()["until"] == show_instant(small.time.now)
    assert len(acts(small, "CloseIncident")) == 1
    assert enter(state="post_mortem").json()["code"] == "not-now"
    assert enter(state="post_mortem", note="The cable had no second way.").json()["state"] == "post_mortem"
    assert enter(note="More.").status_code == 201
    assert enter(state="opened").json()["code"] == "not-now"
    seen = small.holder("a")("GET", f"/v1/incidents/{identity}").json()
    assert "carrier" not in str(seen)
    assert all(line.keys() == {"at", "state", "note"} for line in seen["timeline"])
    assert "The cable had no second way." in str(seen)


@pytest.mark.parametrize(
    ("line", "pointer"),
    [({}, "/note"), ({"cause": "ghosts"}, "/cause"), ({"state": "gone"}, None)],
)
def test_a_line_that_says_nothing_is_refused(small: World, line: Json, pointer: str | None) -> None:
    opened = small.key("POST", "/v1/incidents", {"features": ["calls"], **WHY}).json()["incident"]
    answer = small.people["policy-admin"]("POST", f"/v1/incidents/{opened}/entries", line)
    assert answer.status_code == 400
    assert pointer is None or answer.json()["pointer"] == pointer
    assert small.people["policy-admin"]("POST", "/v1/incidents/i_0/entries", {"note": "x"}).status_code == 404
    assert small.people["analyst"]("POST", f"/v1/incidents/{opened}/entries", {"note": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({}, "/kinds"), ({"kinds": ["sneezed"]}, "/kinds"), ({"features": ["teleport"]}, "/features"),
     ({"features": ["calls"], "countries": ["UK"]}, "/countries"),
     ({"features": ["calls"], "starts_at": "soon"}, "/starts_at")],
)  # fmt: skip
def test_an_incident_that_is_none_is_refused(small: World, body: Json, pointer: str) -> None:
    answer = small.key("POST", "/v1/incidents", {**WHY, **body})
    assert (answer.status_code, answer.json()["pointer"]) == (400, pointer)


def test_what_a_person_opened_is_ended_by_a_person(small: World) -> None:
    body = {"features": ["calls"], "countries": ["ID"], "service": "main", **WHY}
    identity = small.key("POST", "/v1/incidents", body).json()["incident"]
    (act,) = acts(small, "OpenIncident")
    assert (act.data["countries"], act.data["service"]) == (["ID"], "main")
    for _ in range(10):
        judged(small)
    assert listed(small)[0]["state"] == "opened"
    assert small.key("POST", f"/v1/incidents/{identity}/close", WHY).status_code == 200
    assert listed(small)[0]["state"] == "resolved"
    reopened = small.people["policy-admin"]("POST", f"/v1/incidents/{identity}/entries", {"state": "opened"})
    assert reopened.json()["until"] is None
    assert [act.kind for act in acts(small, "OpenIncident", "CloseIncident")] == [
        "OpenIncident", "CloseIncident", "OpenIncident",
    ]  # fmt: skip


def test_what_a_person_confirms_is_confirmed_in_the_answer(small: World) -> None:
    outage(small, failure="connection_reset")
    (said,) = [one for one in small.service.incidents.causes() if one.grade != "ruled_out"]
    assert said.grade == "likely"
    identity = listed(small)[0]["incident"]
    line = {"note": "The ministry told us by letter.", "cause": said.kind}
    assert (
        small.people["policy-admin"]("POST", f"/v1/incidents/{identity}/entries", line).json()["grade"] == "confirmed"
    )
    judged(small)
    answer = small.holder("a")("GET", "/v1/diagnosis?country=ID").json()
    (cause,) = [one for one in answer["causes"] if one["grade"] != "ruled_out"]
    assert (cause["grade"], cause["evidence"][-1]["source"]) == ("confirmed", "operator")
    assert listed(small)[0]["grade"] == "confirmed"


def wave(world: World, *accounts: str, region: str = "ID") -> None:
    """Let accounts of a country break the policy by what an outage brings about."""
    world.send([
        {"id": f"{account}-{world.time.now}-{n}", "time": show_instant(world.time.now - MINUTE + n), "region": region,
         "kind": "message_sent", "account": account, "peer": f"p{n}", "known": False}
        for n in range(10) for account in accounts
    ])  # fmt: skip


def test_who_was_hit_is_shown_and_told_from_when_until_when(small: World) -> None:
    small.later(DAY - small.time.now % DAY + 10 * HOUR + 3 * MINUTE)
    wave(small, "a", "b")
    wave(small, "far", region="US")
    assert small.standing("a")["standing"] == "limited"
    small.later(37 * MINUTE)
    began = show_instant(small.time.now - HOUR)
    body = {"kinds": ["message_sent"], "countries": ["ID"], "starts_at": began, **WHY}
    opened = small.people["policy-admin"]("POST", "/v1/incidents", body).json()
    path = f"/v1/incidents/{opened['incident']}"
    hit = small.people["analyst"]("GET", f"{path}/excused").json()["decisions"]
    assert {one["account"] for one in hit} == {"a", "b"}
    done = small.people["policy-admin"]("POST", f"{path}/undo", {"reason": "Our outage, not you."}).json()["undone"]
    assert len(done) == 2
    assert [small.standing(who)["standing"] for who in ("a", "b", "far")] == ["clear", "clear", "limited"]
    said = {
        "en": "We wrongly limited you between 10:02 and 10:40 UTC on",
        "it": "Ti abbiamo limitato per errore tra le 10:02 e le 10:40 UTC del",
        "id": "Kami keliru membatasi Anda antara pukul 10:02 dan 10:40 UTC pada",
    }
    for who in ("a", "b"):
        for language, words in said.items():
            shown = small.holder(who)("GET", f"/v1/accounts/{who}/notices?language={language}").json()["notices"]
            assert any(words in notice["what"] for notice in shown), (language, shown)


def test_what_a_wrong_rule_did_meanwhile_is_taken_back_by_its_name(small: World) -> None:
    wave(small, "before")
    small.later(HOUR)
    opened = small.people["policy-admin"]("POST", "/v1/incidents", {"features": ["sending"], **WHY}).json()
    small.later(MINUTE)
    wave(small, "a", "b")
    path = f"/v1/incidents/{opened['incident']}"
    assert small.people["analyst"]("GET", f"{path}/excused").json()["decisions"] == []
    assert small.people["analyst"]("GET", f"{path}/excused?rule=spam/other").json()["decisions"] == []
    hit = small.people["analyst"]("GET", f"{path}/excused?rule=spam/bulk").json()["decisions"]
    assert {one["account"] for one in hit} == {"a", "b"}
    body = {"reason": "The rule was wrong.", "rule": "spam/bulk"}
    assert len(small.people["policy-admin"]("POST", f"{path}/undo", body).json()["undone"]) == 2
    assert [small.standing(who)["standing"] for who in ("a", "b", "before")] == ["clear", "clear", "limited"]


def test_what_an_attacker_does_under_an_incident_is_counted(small: World) -> None:
    outage(small)
    assert acts(small, "OpenIncident")
    small.breaks("attacker")
    assert small.standing("attacker")["standing"] == "limited"


def test_acts_of_before_are_read_as_they_were(small: World) -> None:
    raw = {"after": 0, "at": 5, "by": "operator:ann", "why": "", "incident": "i", "kinds": ["connected"],
           "starts_at": 0}  # fmt: skip
    act = msgspec.convert(raw, OpenIncident)
    assert (act.service, act.countries, act.network, act.holds) == ("", frozenset(), "", False)
    assert msgspec.convert({**raw, "ends_at": 9}, CloseIncident).ends_at == 9
