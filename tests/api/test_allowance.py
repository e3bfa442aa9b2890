"""The allowance in the standing: told while there is time for it, and never in the way of the standing itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from litestar.testing import TestClient
from tests.api.world import Time, World, begun, settings_for
from tests.queries.test_allowance import POLICY

from cartellino.api.app import application
from cartellino.holder.pages import PAGES
from cartellino.web import allowances
from cartellino.web.pages import static


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "the writer has no time"])
def test_the_standing_tells_new_chats_as_often_as_there_is_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, busy: bool
) -> None:
    monkeypatch.setattr(allowances, "ALLOWANCES", 2)
    monkeypatch.setattr(allowances, "WRITER_WITHIN", 0.0 if busy else 60.0)
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


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "People who do not know you and to whom you can write now: 10."),
        ("it", "Persone che non ti conoscono a cui puoi scrivere adesso: 10."),
        ("id", "Orang yang belum mengenal Anda dan bisa Anda hubungi sekarang: 10."),
    ],
)
def test_the_holder_reads_how_many_new_chats_are_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, says: str
) -> None:
    monkeypatch.setattr(allowances, "WRITER_WITHIN", 60.0)
    time = Time()
    service = begun(settings_for(tmp_path / "data"), time, POLICY)
    try:
        with TestClient(application(service, static, *PAGES)) as client:
            world = World(service, client, time)
            token = world.key("POST", "/v1/holders", {"account": "a"}).json()["token"]
            client.post("/account/enter", data={"token": token})
            assert says in client.get(f"/account?language={language}").text
    finally:
        service.stop()
