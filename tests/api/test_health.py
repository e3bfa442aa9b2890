"""What `/health/ready`, the metrics and the console say while something is wrong."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.api.world import Time, World, begun, client_of, settings_for
from tests.storage.test_away import answered

from cartellino.console.overview import _state
from cartellino.service.writer_status import AWAY
from cartellino.storage import tables
from cartellino.storage.database import Rows


def test_a_stated_condition_degrades_and_events_are_taken(small: World) -> None:
    small.service.conditions.state("clock", "the clock is in doubt")
    answer = small.client.get("/health/ready")
    shown = [{"condition": "clock", "why": "the clock is in doubt"}]
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "why": "", "degraded": shown})
    assert 'cartellino_degraded{condition="clock"} 1.0' in small.key("GET", "/metrics").text
    assert _state(small.service) == "the clock is in doubt"
    small.service.conditions.clear("clock")
    assert small.client.get("/health/ready").json()["degraded"] == []
    assert "cartellino_degraded{" not in small.key("GET", "/metrics").text
    assert _state(small.service) == "Healthy"


def test_while_the_database_is_away_events_are_taken_and_it_is_said(tmp_path: Path, time: Time) -> None:
    service = begun(settings_for(tmp_path / "data"), time)
    try:
        with client_of(service) as client:
            service.writer.status.waits()
            answer = client.get("/health/ready")
            assert (answer.status_code, answer.json()["degraded"][0]["condition"]) == (200, "database")
            service.writer.status.halts("the disk is full")
            assert client.get("/health/ready").status_code == 503
            assert _state(service) == "the disk is full"
            service.writer.status.takes()
    finally:
        service.stop()


def test_a_server_that_starts_is_no_fault_of_the_service(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real, failures = small.service.database.begin_writing, [answered("57P03"), answered("53300"), answered("40001")]
    said: list[str] = []

    def begin_writing() -> AbstractContextManager[Rows]:
        if failures:
            said.append(small.service.writer.status.reason)
            raise failures.pop()
        return real()

    monkeypatch.setattr(small.service.database, "begin_writing", begin_writing)
    small.breaks("a")
    assert (failures, said[1:]) == ([], [AWAY, AWAY])
    assert small.standing("a")["standing"] == "limited"
    with small.service.database.begin() as rows:
        assert rows.scalar(sa.select(sa.func.count()).select_from(tables.decisions)) == 1
