"""A source's past over HTTP: in any order, remembered, and silent; and bodies that break off."""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient
from tests.api.world import Time, World, begun, settings_for

from cartellino.api.app import application
from cartellino.service.service import Service
from cartellino.vocabulary.times import DAY, MINUTE, SECOND


def lines(events: list[dict[str, Any]]) -> bytes:
    return b"".join(msgspec.json.encode(one) + b"\n" for one in events)


def wrote(account: str, first: int, many: int, begins: int, step: int = SECOND) -> list[dict[str, Any]]:
    return [
        {"id": f"{account}{n}", "time": begins + n * step, "kind": "message_sent", "account": account,
         "peer": f"p{n}", "known": False}
        for n in range(first, first + many)
    ]  # fmt: skip


def shuffled(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return random.Random(7).sample(events, len(events))


def past(world: World, body: bytes) -> Any:  # noqa: ANN401 - what an answer holds is for each test to say
    answer = world.key("POST", "/v1/events?history=true", body)
    assert answer.status_code == 200, answer.text
    world.settle()
    return answer.json()


def decided(world: World) -> int:
    return len(world.people["analyst"]("GET", "/v1/decisions").json()["decisions"])


def test_a_past_in_any_order_is_taken_whole_and_decides_nothing(small: World) -> None:
    year = wrote("a", 0, 400, small.time.now - 365 * DAY, DAY // 2)
    burst = wrote("b", 0, 60, small.time.now - 200 * DAY)
    body = lines(shuffled(year + burst))
    assert past(small, body)["accepted"] == 460
    again = past(small, body)
    assert (again["accepted"], again["duplicates"], again["rejected"]) == (0, 460, [])
    assert decided(small) == 0
    assert small.standing("b")["standing"] == "clear"
    assert small.key("GET", "/v1/accounts/b/notices").json()["notices"] == []


def test_the_ids_of_a_past_are_remembered_over_all_its_parts(small: World) -> None:
    events = wrote("a", 0, 50, small.time.now - 300 * DAY, DAY)
    for part in (events[25:], events[:25]):
        assert past(small, lines(shuffled(part)))["accepted"] == 25
    other = {**events[3], "time": small.time.now - 10 * DAY}
    (refused,) = past(small, lines([other]))["rejected"]
    assert refused["code"] == "id-reused"
    (refused,) = past(small, lines([{**events[3], "id": "new", "time": small.time.now + DAY}]))["rejected"]
    assert refused["code"] == "future"


def test_it_is_said_when_a_past_comes_in_parts_that_are_not_the_oldest_first(small: World) -> None:
    events = wrote("a", 0, 60, small.time.now - 300 * DAY, DAY)
    newer, older = events[20:40], [*events[:20], *events[40:]]
    assert "older" not in past(small, lines(shuffled(newer)))
    assert past(small, lines(shuffled(older)))["older"] == 20
    assert "older" not in past(small, lines(shuffled(older)))


def test_a_past_makes_nothing_late_that_comes_live_and_feeds_its_signals(small: World) -> None:
    before = wrote("a", 0, 9, small.time.now - 30 * MINUTE)
    assert past(small, lines(shuffled(before)))["accepted"] == 9
    assert small.standing("a")["standing"] == "clear"
    small.send(wrote("a", 9, 1, small.time.now - MINUTE))
    assert small.standing("a")["standing"] == "limited"
    assert decided(small) == 1


def test_a_past_that_broke_a_rule_neither_fires_it_nor_lets_it_rest(small: World) -> None:
    past(small, lines(shuffled(wrote("a", 0, 30, small.time.now - 20 * MINUTE))))
    assert decided(small) == 0
    small.send(wrote("a", 30, 1, small.time.now - MINUTE))
    assert small.standing("a")["standing"] == "limited"


@pytest.fixture
def lasting(tmp_path: Any) -> Iterator[Any]:  # noqa: ANN401
    """A function that starts a service on the same folder again."""
    time = Time()
    running: list[Service] = []

    def start() -> World:
        while running:
            running.pop().stop()
        service = begun(settings_for(tmp_path / "data"), time)
        running.append(service)
        return World(service, TestClient(application(service)), time)

    yield start
    running.pop().stop()


@pytest.mark.parametrize("snapshot", [False, True])
def test_a_restart_decides_nothing_on_a_past_either(lasting: Any, snapshot: bool) -> None:  # noqa: ANN401
    world = lasting()
    now = world.time.now
    past(world, lines(shuffled(wrote("a", 0, 30, now - 20 * MINUTE))))
    world.send(wrote("c", 0, 10, now - 10 * MINUTE))
    past(world, lines(shuffled(wrote("b", 0, 30, now - 20 * MINUTE))))
    known = world.service.writer._route.kernel.state.digest()
    if not snapshot:
        world.service.writer.state.snapshot = lambda route: None
    world = lasting()
    assert world.service.writer._route.kernel.state.digest() == known
    assert decided(world) == 1
    again = past(world, lines(wrote("a", 0, 30, now - 20 * MINUTE)))
    assert (again["accepted"], again["duplicates"]) == (0, 30)
    world.send(wrote("a", 40, 1, now - MINUTE))
    assert world.standing("a")["standing"] == "limited"


def test_a_past_needs_its_scope_and_nothing_else_does(small: World) -> None:
    body = lines(wrote("a", 0, 1, small.time.now - DAY))
    live, history = small.key_with("events"), small.key_with("history")
    assert live("POST", "/v1/events?history=true", body).status_code == 403
    assert history("POST", "/v1/events", body).status_code == 403
    assert history("POST", "/v1/events?history=false", body).status_code == 403
    assert history("POST", "/v1/events?history=true", body).json()["accepted"] == 1
    wrong = small.key("POST", "/v1/events?history=maybe", body)
    assert (wrong.status_code, wrong.json()["pointer"]) == (400, "history")


def test_an_unsorted_live_body_is_late_as_before(small: World) -> None:
    events = shuffled(wrote("a", 0, 50, small.time.now - 100 * DAY, DAY))
    answer = small.key("POST", "/v1/events", lines(events)).json()
    assert answer["accepted"] < 50
    assert {one["code"] for one in answer["rejected"]} == {"late"}


@pytest.mark.parametrize("what", ["cut off", "UTF-16", "an array", "CSV", "Parquet that is none"])
def test_a_body_that_cannot_be_read_is_refused_whole_and_says_where(what: str, small: World) -> None:
    body = lines(wrote("a", 0, 50, small.time.now - 5 * MINUTE))
    broken = {
        "cut off": gzip.compress(body)[:-9],
        "UTF-16": body.decode().encode("utf-16"),
        "an array": b"[" + b",".join(body.splitlines()) + b"]",
        "CSV": b"id,time,kind,account\n1,2,read,a\n",
        "Parquet that is none": b"PAR1 and then nothing",
    }[what]
    refused = small.key("POST", "/v1/events", broken)
    assert (refused.status_code, refused.json()["code"]) == (400, "bad-request")
    assert "nothing was taken" in refused.json()["detail"]
    if what == "cut off":
        assert refused.json()["pointer"] == "row 51"
    assert small.key("POST", "/v1/events", b"\xef\xbb\xbf" + body).json()["accepted"] == 50
