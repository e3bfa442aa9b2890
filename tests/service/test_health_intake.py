"""What is stored is what is judged, also where something fails on the way."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest
from tests.api.world import Time, World, begun, client_of, settings_for

from cartellino.availability.rows import Problem
from cartellino.commands import health as commands
from cartellino.queries.health import Key, Sent, key_of
from cartellino.service import health_intake, health_watch, watched_services
from cartellino.service.watched_services import PER_SOURCE
from cartellino.service.write_queue import Busy, Unavailable


@pytest.fixture
def small(tmp_path: Path) -> Iterator[World]:
    time = Time()
    service = begun(settings_for(tmp_path / "data"), time)
    try:
        with client_of(service) as client:
            yield World(service, client, time)
    finally:
        service.stop()


def rows(world: World, *names: str, service: str = "main") -> list[tuple[Key, Sent]]:
    made = [Problem(id=one, time=world.time.now, country="ID", feature="sending", reporter=one, service=service)
            for one in names]  # fmt: skip
    return [(key_of("s", row), row) for row in made]


def test_many_who_wait_are_stored_together_and_each_is_told_its_own(small: World) -> None:
    intake = small.service.problems
    done = [intake.take(rows(small, *names)) for names in (("a", "b"), ("b", "c"), ("c",))]
    assert sorted(one.result(20) for one in done) == [0, 1, 2]


def test_what_cannot_be_stored_is_taken_back(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ValueError("broken")

    with monkeypatch.context() as broken:
        broken.setattr(commands, "store", fails)
        with pytest.raises(ValueError, match="broken"):
            small.service.problems.take(rows(small, "a")).result(20)
    assert small.service.problems.take(rows(small, "a")).result(20) == 1


def test_all_who_wait_are_told_that_nothing_can_be_stored(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    others: list[Future[int]] = []

    def unavailable(*_: object) -> None:
        others.append(small.service.problems.take(rows(small, "b")))
        raise Unavailable("not now")

    monkeypatch.setattr(small.service.writer, "do", unavailable)
    first = small.service.problems.take(rows(small, "a"))
    for done in (first, *others):
        with pytest.raises(Unavailable):
            done.result(5)


def test_floods_are_bounded(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health_intake, "MOST_WAITING", 2)
    with pytest.raises(Busy):
        small.service.problems.take(rows(small, "a", "b", "c"))
    monkeypatch.setattr(health_watch, "LARGEST", 2)
    assert small.service.problems.take(rows(small, "a", "b")).result(20) == 2
    with pytest.raises(Busy):
        small.service.problems.take(rows(small, "c")).result(20)


def watched(small: World) -> set[str]:
    small.time.now += 20 * 60_000
    small.settle()
    return {cell.key.service for cell in small.service.health.seen.cells}


def test_names_beyond_those_of_a_key_are_stored_and_not_watched(small: World) -> None:
    for number in range(PER_SOURCE + 3):
        assert small.service.problems.take(rows(small, f"r{number}", service=f"invented-{number}")).result(20) == 1
    assert len(watched(small)) == PER_SOURCE


def test_names_that_one_key_invents_shut_no_real_service_out(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched_services, "MOST_SERVICES", 4)
    for number in range(12):
        small.service.problems.take(rows(small, f"r{number}", service=f"invented-{number}")).result(20)
    assert len(watched(small)) == 4
    small.send([{"id": "e1", "time": small.time.now, "kind": "message_sent", "account": "a", "service": "shop",
                 "region": "ID"}])  # fmt: skip
    assert "shop" in watched(small)
    small.service.problems.take(rows(small, "real", service="shop")).result(20)
    assert watched(small) >= {"shop"}
