"""The allowance in the standing: told while there is time for it, and never in the way of the standing itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from litestar.testing import TestClient
from tests.api.world import Time, World, begun, settings_for
from tests.queries.test_allowance import POLICY

from cartellino.api import accounts
from cartellino.api.app import application


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "the writer has no time"])
def test_the_standing_tells_new_chats_as_often_as_there_is_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, busy: bool
) -> None:
    monkeypatch.setattr(accounts, "ALLOWANCES", 2)
    if busy:
        monkeypatch.setattr(accounts, "WRITER_WITHIN", 0.0)
    time = Time()
    service = begun(settings_for(tmp_path / "data"), time, POLICY)
    try:
        with TestClient(application(service)) as client:
            world = World(service, client, time)
            told = [world.standing("a") for _ in range(4)]
            assert all(standing["standing"] == "clear" for standing in told)
            assert [standing.get("allowance", {}).get("new_chats") for standing in told[:2]] == [
                None if busy else 10
            ] * 2
            assert "allowance" not in told[-1], "whoever asks more often gets the standing alone"
    finally:
        service.stop()
