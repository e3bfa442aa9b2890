"""Signals over time are what was judged: the last point before a decision is its frozen evidence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.api.world import Time, World, begun, client_of, settings_for

from cartellino.analysis import threshold_trial
from cartellino.analysis.signal_history import before, lately
from cartellino.service.jobs import Jobs
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, show_instant


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    time = Time()
    service = begun(settings_for(tmp_path / "data"), time)
    try:
        with client_of(service) as client:
            yield World(service, client, time)
    finally:
        service.stop()


def test_the_last_point_before_a_decision_is_its_evidence(world: World) -> None:
    world.breaks("a", others=4)
    world.time.now += 20 * MINUTE
    world.breaks("a", first=4, others=6)
    (decision,) = world.key("GET", "/v1/decisions?account=a").json()["decisions"]
    writer = world.service.writer
    found = before(decision, writer.live.policies, writer.state)
    assert found is not None
    (track,) = found.tracks
    assert (track.name, track.limit, track.above) == ("strangers", 9, True)
    assert track.values == tuple(range(1, 11))
    assert track.values[-1] == decision["evidence"][0]["least"]
    assert list(found.times) == sorted(found.times)
    assert show_instant(found.times[-1]) == decision["at"]


def test_many_moments_are_thinned_and_the_last_stays(world: World) -> None:
    step = HOUR // 400
    sent = [
        {"id": f"e{n}", "time": show_instant(world.time.now - HOUR + n * step), "kind": "message_sent", "account": "a",
         "peer": f"p{n % 7}", "known": False}
        for n in range(400)
    ]  # fmt: skip
    world.send(sent)
    found = lately(world.service.writer.live.policies, world.service.writer.state, "main", "a", world.time.now)
    (track,) = found.tracks
    assert len(found.times) <= 40
    assert track.values[-1] == 7
    assert track.nearness == pytest.approx(7 / 9)


def test_an_account_that_did_nothing_has_no_signals(world: World) -> None:
    world.breaks("a")
    found = lately(world.service.writer.live.policies, world.service.writer.state, "main", "nobody", world.time.now)
    assert (found.times, found.tracks) == ((), ())


def test_a_decision_of_a_rule_that_is_gone_has_no_history(world: World) -> None:
    world.breaks("a")
    (decision,) = world.key("GET", "/v1/decisions").json()["decisions"]
    gone = {**decision, "rule": "other"}
    assert before(gone, world.service.writer.live.policies, world.service.writer.state) is None


def test_a_trial_finds_at_todays_value_whom_the_rule_found(world: World) -> None:
    world.breaks("a", "b")
    world.breaks("few", others=6)
    writer = world.service.writer
    shares: list[float] = []
    found = threshold_trial.run(writer.live.policies, "strangers", writer.state, world.time.now, 1, shares.append)
    decided = {one["account"] for one in world.key("GET", "/v1/decisions").json()["decisions"]}
    assert {account for _, account in found.by_value[found.now]} == decided == {"a", "b"}
    tighter = found.compare(5, {AccountRef("main", "few"): False, AccountRef("main", "a"): True})
    assert (tighter.new, tighter.gone, tighter.right, tighter.wrong) == ((("main", "few"),), (), 1, 1)
    assert shares[-1] == 1.0


def test_a_trial_leaves_out_what_is_older_than_thirty_days(world: World) -> None:
    world.breaks("old")
    world.later(31 * DAY)
    world.breaks("new")
    writer = world.service.writer
    found = threshold_trial.run(writer.live.policies, "strangers", writer.state, world.time.now, 1, lambda share: None)
    assert {account for _, account in found.by_value[found.now]} == {"new"}


def test_an_answer_that_was_cheap_is_always_new_and_a_dear_one_serves_everybody() -> None:
    jobs, asked = Jobs(), list[int]()

    def cheap(_: object) -> int:
        asked.append(1)
        return len(asked)

    assert [jobs.ask("a", cheap, None).wait(5).result for _ in range(3)] == [1, 2, 3]
    assert [jobs.ask("b", cheap, 60).wait(5).result for _ in range(3)] == [4, 4, 4]


def test_a_question_that_fails_says_so_and_is_asked_again() -> None:
    jobs = Jobs()

    def fails(_: object) -> None:
        raise ZeroDivisionError

    job = jobs.ask("a", fails, None).wait(5)
    assert (job.is_over, job.result) == (True, None)
    assert "could not be worked out" in job.problem
    assert jobs.ask("a", lambda told: 42, None).wait(5).result == 42
