"""The whole loop: detect, decide, tell, hear, undo, learn; over SQLite and over PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import sqlalchemy as sa
from tests.api.world import Time, World, begun, client_of, settings_for

from cartellino.queries.transparency import precisions
from cartellino.service.settings import Settings
from cartellino.storage import tables
from cartellino.vocabulary.times import DAY, HOUR, show_instant


def test_the_loop_closes(world: World) -> None:
    world.breaks("a")
    standing = world.standing("a")
    assert standing["standing"] == "limited"
    (sanction,) = standing["sanctions"]
    assert (sanction["kind"], sanction["scope"], sanction["code"]) == ("restriction", ["new_chats"], 101)
    assert "new_chats" not in standing["still_works"]
    assert standing["next_step"] == {"kind": "suspension", "for": "48h"}

    titles = {}
    for language in ("en", "it", "id"):
        (notice,) = world.holder("a")("GET", f"/v1/accounts/a/notices?language={language}").json()["notices"]
        titles[language] = notice["title"], notice["why"]
        assert world.stranger("GET", f"/v1/notices/check/{notice['code_to_check']}").json()["genuine"]
    assert len(set(titles.values())) == 3
    assert titles["it"][1].startswith("Hai scritto a troppe persone")

    filed = world.holder("a")("POST", f"/v1/sanctions/{sanction['sanction_id']}/appeals", {"text": "My new number!"})
    assert filed.status_code == 201, filed.text
    appeal = filed.json()
    assert appeal["status"] == "open"
    decided = world.people["reviewer"](
        "POST", f"/v1/appeals/{appeal['appeal_id']}/outcome", {"outcome": "reversed", "reason": "They know each other."}
    )
    assert decided.status_code == 200, decided.text
    world.settle()
    after = world.standing("a")
    assert (after["standing"], after["sanctions"], after["next_step"]) == ("clear", [], None)
    seen = world.holder("a")("GET", f"/v1/appeals/{appeal['appeal_id']}").json()
    assert (seen["outcome"], seen["reason"]) == ("reversed", "They know each other.")
    assert [one["what"] for one in seen["timeline"]] == ["opened", "reversed"]
    shapes = [one["shape"] for one in world.holder("a")("GET", "/v1/accounts/a/notices").json()["notices"]]
    assert sorted(shapes) == ["appeal_received", "limited", "reversed"]
    with world.service.database.begin() as rows:
        (strike,) = rows.execute(sa.select(tables.strikes)).all()
        (figures,) = precisions(rows).values()
    assert strike.revoked
    assert (figures["precision"], figures["appeals_decided"]) == (0.0, 1)
    month = world.stranger("GET", "/v1/transparency/2026-11").json()
    assert month["appeals"]["reversed"] == "<5"
    assert month["actions"]["restriction"] == "<5"


def test_a_sanction_expires_once_also_when_the_clock_goes_back(world: World) -> None:
    world.breaks("a")
    world.later(24 * HOUR + 1)
    assert world.standing("a")["standing"] == "clear"
    world.time.now -= 10 * HOUR
    world.later(0)
    assert world.standing("a")["standing"] == "clear"
    world.later(30 * HOUR)
    with world.service.database.begin() as rows:
        kinds = rows.scalars(sa.select(tables.outbox.c.kind)).all()
    assert kinds.count("sanction.expired") == 1


def test_retries_never_extend_a_sanction(world: World) -> None:
    world.breaks("a")
    before = world.standing("a")["sanctions"]
    world.time.now += HOUR // 2
    world.breaks("a", first=100, others=30)
    assert world.standing("a")["sanctions"] == before


def test_a_reversal_opens_what_is_alike_again(world: World) -> None:
    world.breaks("a", "b", "c")
    (sanction,) = world.standing("a")["sanctions"]
    appeal = world.key("POST", f"/v1/sanctions/{sanction['sanction_id']}/appeals", {"text": "Wrong."}).json()[
        "appeal_id"
    ]
    path = f"/v1/appeals/{appeal}/outcome"
    done = world.people["reviewer"]("POST", path, {"outcome": "reversed", "reason": "The rule is wrong."})
    assert len(done.json()["siblings"]) == 2
    queue = world.people["reviewer"]("GET", "/v1/cases?kind=sibling&status=open").json()["cases"]
    assert {one["account"] for one in queue} == {"b", "c"}


def test_undoing_a_rule_version_lifts_all_and_tells_everybody(world: World) -> None:
    world.breaks("a", "b", "c")
    (decision, *_) = world.key("GET", "/v1/decisions?account=a").json()["decisions"]
    version = world.key("GET", f"/v1/decisions/{decision['decision_id']}").json()["rule_version"]
    body = {"rule_version": version, "reason": "Too strict."}
    done = world.people["policy-admin"]("POST", "/v1/policies/undo", body)
    assert done.json()["undone"] == 3
    assert {world.standing(one)["standing"] for one in "abc"} == {"clear"}
    again = world.people["policy-admin"](
        "POST", "/v1/policies/undo", {"rule_version": version, "reason": "Too strict."}
    )
    assert again.json()["undone"] == 0
    with world.service.database.begin() as rows:
        told = rows.scalars(sa.select(tables.notices.c.account).where(tables.notices.c.shape == "reversed")).all()
    assert sorted(told) == ["a", "b", "c"]


def test_an_appeal_is_heard_by_somebody_else(world: World) -> None:
    world.send([
        {"id": f"r{n}", "time": world.time.now + n, "kind": "reported", "account": "a", "peer": f"p{n}"}
        for n in range(3)
    ])  # fmt: skip
    (case,) = world.people["reviewer"]("GET", "/v1/cases?kind=review").json()["cases"]
    action = {"kind": "suspension", "for": "24h"}
    path = f"/v1/cases/{case['appeal_id']}/outcome"
    done = world.people["reviewer"]("POST", path, {"reason": "They sold fake tickets.", "action": action})
    assert done.status_code == 200, done.text
    standing = world.standing("a")
    assert standing["standing"] == "suspended"
    sanction = standing["sanctions"][0]["sanction_id"]
    appeal = world.key("POST", f"/v1/sanctions/{sanction}/appeals", {"text": "I did not."}).json()["appeal_id"]
    body = {"outcome": "upheld", "reason": "Clear evidence."}
    assert world.people["reviewer"]("POST", f"/v1/appeals/{appeal}/outcome", body).json()["code"] == "not-yours"
    assert world.key("POST", f"/v1/appeals/{appeal}/outcome", body).json()["code"] == "not-allowed"
    assert world.people["admin"]("POST", f"/v1/appeals/{appeal}/outcome", body).status_code == 200
    world.later(3 * HOUR)
    with world.service.database.begin() as rows:
        told = rows.execute(sa.select(tables.notices).where(tables.notices.c.shape == "report_outcome")).all()
        rights = rows.scalars(sa.select(tables.reports.c.right)).all()
    assert {one.account for one in told} == {"p0", "p1", "p2"}
    assert rights == [True, True, True]
    assert world.service.writer._committer.reporters.credit("main", "p0") > 70


def test_linked_accounts_are_one_person_where_the_ladder_says_so(world: World) -> None:
    both = [{"account": "a"}, {"account": "b"}]
    assert world.key("POST", "/v1/links", {"accounts": both}).status_code == 200
    world.breaks("a")
    assert world.standing("b")["standing"] == "limited"
    world.later(25 * HOUR)
    world.breaks("b", first=50)
    assert world.standing("b")["standing"] == "suspended"


def test_a_canary_and_a_rule_in_shadow(world: World) -> None:
    body = {"rule": "spam/bulk", "mode": "shadow", "reason": "Looks too strict."}
    changed = world.people["policy-admin"]("POST", "/v1/policies/modes", body)
    assert changed.json()["in_force"], changed.text
    world.breaks("a")
    assert world.standing("a")["standing"] == "clear"
    (decision,) = world.key("GET", "/v1/decisions?account=a").json()["decisions"]
    assert decision["mode"] == "shadow"


def test_other_policies_catch_up_with_the_log_and_take_over(world: World) -> None:
    world.breaks("a")
    text = POLICY_WITH_MORE
    body = {"texts": [{"name": "p.yaml", "text": text}], "reason": "Count faster bursts too."}
    answer = world.two_change("/v1/policies", body)
    assert answer.status_code == 202, answer.text
    assert not answer.json()["in_force"]
    for _ in range(100):
        world.settle()
        if not world.service.writer.is_succeeding:
            break
        world.service.writer._stopping.wait(0.1)
    assert len(world.service.writer.live.policies.rules) == 1
    assert world.standing("a")["standing"] == "limited"
    world.breaks("b", others=6)
    assert world.standing("b")["standing"] == "limited"


POLICY_WITH_MORE = """
policy: spam
languages: [en]
clause: "Terms 4.2: no bulk or unsolicited messaging"
observes: [message_sent, reply_received, reported]
rules:
  bulk:
    when: distinct(message_sent.peer, where=not known, over="10m") > 4
    code: 101
    ladder: spam
    reason: {en: "You wrote to too many people who do not know you."}
ladders:
  spam: {shared: true, rungs: [{restriction: [new_chats], for: 24h}, {suspension: 48h}, ban]}
"""


def test_a_rule_that_is_surely_wrong_goes_back_to_shadow(world: World) -> None:
    names = [f"a{n}" for n in range(15)]
    world.breaks(*names)
    for name in names:
        (sanction,) = world.standing(name)["sanctions"]
        appeal = world.key("POST", f"/v1/sanctions/{sanction['sanction_id']}/appeals", {"text": "Wrong."}).json()
        body = {"outcome": "reversed", "reason": "The rule is wrong."}
        world.people["reviewer"]("POST", f"/v1/appeals/{appeal['appeal_id']}/outcome", body)
    world.settle()
    rules = world.people["analyst"]("GET", "/v1/policies").json()["rules"]
    assert {one["rule"]: one["mode"] for one in rules}["spam/bulk"] == "shadow"
    world.breaks("late", first=500)
    assert world.standing("late")["standing"] == "clear"


def test_what_a_brake_holds_waits_for_a_person(world: World) -> None:
    names = [f"a{n}" for n in range(24)]
    world.breaks(*names)
    held = world.people["analyst"]("GET", "/v1/held").json()["held"]
    assert len(held) == 4
    waiting = held[0]["account"]
    assert world.standing(waiting)["standing"] == "limited"
    released = world.people["policy-admin"]("POST", "/v1/held/release", {"rule": "spam/bulk", "reason": "All spam."})
    assert len(released.json()["released"]) == 4
    assert world.people["analyst"]("GET", "/v1/held").json()["held"] == []
    assert len(world.key("GET", "/v1/decisions?mode=live").json()["decisions"]) == 24


def test_an_incident_excuses(world: World) -> None:
    body = {"kinds": ["message_sent"], "reason": "An outage.", "starts_at": show_instant(world.time.now - HOUR)}
    opened = world.people["policy-admin"]("POST", "/v1/incidents", body)
    world.breaks("a")
    assert world.standing("a")["standing"] == "clear"
    path = f"/v1/incidents/{opened.json()['incident']}/close"
    assert world.people["policy-admin"]("POST", path, {"reason": "It is over."}).status_code == 200
    world.time.now += DAY
    world.breaks("b")
    assert world.standing("b")["standing"] == "limited"


def test_planned_work_excuses_from_its_start_also_after_a_restart(tmp_path: Path, time: Time) -> None:
    folder, begins = settings_for(tmp_path / "data"), show_instant(time.now + HOUR)
    with running(folder, time) as world:
        body = {"kinds": ["message_sent"], "reason": "Planned work.", "starts_at": begins}
        opened = world.people["policy-admin"]("POST", "/v1/incidents", body).json()
        assert (opened["starts_at"], opened["excused"]) == (begins, 0)
        world.breaks("a")
        assert world.standing("a")["standing"] == "limited"
    with running(folder, time) as world:
        assert world.standing("a")["standing"] == "limited"
        world.breaks("b")
        assert world.standing("b")["standing"] == "limited"
        world.later(2 * HOUR)
        world.breaks("c")
        assert world.standing("c")["standing"] == "clear"


def test_an_id_is_one_within_its_source_and_a_whole_row_is_one_event(small: World) -> None:
    one = {"id": "1", "time": show_instant(small.time.now), "kind": "connected", "account": "a"}
    sources = [small.key, small.key_with("events")]

    def sent(source: int, **differs: str) -> tuple[int, int]:
        answer = sources[source]("POST", "/v1/events", msgspec.json.encode(one | differs) + b"\n").json()
        return answer["accepted"], answer["duplicates"]

    assert [sent(0), sent(0), sent(1)] == [(1, 0), (0, 1), (0, 1)]
    assert sent(1, account="b") == (1, 0)
    assert sent(1, account="b") == (0, 1)


@contextmanager
def running(settings: Settings, time: Time) -> Iterator[World]:
    service = begun(settings, time)
    try:
        with client_of(service) as client:
            yield World(service, client, time)
    finally:
        service.stop()
