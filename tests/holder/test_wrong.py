"""What a holder sees when something goes wrong: a page in their language, and no word of what went wrong inside."""

from __future__ import annotations

import pytest
from tests.api.world import World


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/account/check?code=" + "A" * 201, 400, "non è leggibile"),
        ("/account/recover?screen=" + "x" * 40, 400, "non è leggibile"),
        ("/transparency/2026-13", 404, "non esiste"),
        ("/account/enter?token=" + "x" * 3_000, 400, "non è leggibile"),
    ],
)
def test_what_cannot_be_read_is_a_page(world: World, path: str, status: int, says: str) -> None:
    answer = world.client.get(path, headers={"Accept-Language": "it"})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert says in answer.text
    assert 'role="alert"' in answer.text


def test_a_fault_of_ours_is_a_page_without_a_word_of_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr("cartellino.service.service.Service.report", breaks)
    answer = world.client.get("/transparency", headers={"Accept-Language": "id"})
    assert answer.status_code == 500
    assert "Ini kesalahan kami" in answer.text
    assert "secret inside" not in answer.text


def test_who_asks_too_often_is_told_so(world: World) -> None:
    world.client.app.state.limits.wait = lambda *_: 7
    answer = world.client.get("/account")
    assert answer.status_code == 429
    assert "Too many requests" in answer.text
