"""How account holders come in and go: codes that nobody can use up, links that work once, visits that are over."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient
from tests.api.world import Addressed, Time, World, begun, settings_for

from cartellino.api.app import application
from cartellino.appeals.proof import Holder, sign
from cartellino.commands import one_time_codes
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.holder.pages import PAGES
from cartellino.service.service import Service
from cartellino.service.tour import Door, Heard, Tour
from cartellino.storage import tables
from cartellino.vocabulary.times import HOUR, MINUTE

LEFT = re.compile(r"tries left: (\d)")


def client_of(service: Service) -> TestClient[Any]:
    app: Any = Addressed(application(service, *PAGES))
    return TestClient(app)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    time = Time()
    service = begun(settings_for(tmp_path / "data"), time)
    try:
        with client_of(service) as client:
            yield World(service, client, time)
    finally:
        service.stop()


_SENT: list[str] = []


@pytest.fixture(autouse=True)
def recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Note each one-time code as it leaves; it is nowhere afterwards."""
    _SENT.clear()
    send = one_time_codes.send

    def noted(unit: UnitOfWork, service: str, account: str, code: str, ends_at: int) -> None:
        _SENT.append(code)
        send(unit, service, account, code, ends_at)

    monkeypatch.setattr(one_time_codes, "send", noted)


def codes(world: World) -> list[str]:
    """Return the codes that were sent, oldest first."""
    return list(_SENT)


def asks(world: World, address: str = "192.0.2.1", account: str = "a") -> str:
    """Ask for a code on the page, and return where the form sends it."""
    page = world.client.post("/account/code", data={"account": account}, headers={"x-from": address})
    assert page.status_code == 200, page.text
    (action,) = re.findall(r'action="(/account/code/[^"]+)"', page.text)
    return str(action)


def gives(world: World, action: str, code: str, address: str = "192.0.2.1") -> Any:  # noqa: ANN401
    return world.client.post(action, data={"code": code}, headers={"x-from": address}, follow_redirects=False)


def test_nobody_is_shut_out_of_codes_by_others_who_ask(world: World) -> None:
    for number in range(30):
        asks(world, "198.51.100.7")
        asks(world, f"203.0.113.{number}")
    sent = len(codes(world))
    assert sent <= 20
    action = asks(world)
    assert gives(world, action, codes(world)[-1]).status_code == 303
    world.time.now += 6 * MINUTE
    asks(world, "198.51.100.7")
    assert len(codes(world)) == sent + 1, "while none is good for five minutes more, one is sent"


def test_a_day_of_asking_sends_a_bounded_number_and_leaves_the_door_open(world: World) -> None:
    for minute in range(0, 120, 2):
        for number in range(3):
            asks(world, f"203.0.113.{(minute + number) % 200}")
        world.time.now += 2 * MINUTE
    assert len(codes(world)) <= 2 * 32
    assert gives(world, asks(world), codes(world)[-1]).status_code == 303


def test_a_code_that_is_shared_is_used_once(world: World) -> None:
    actions = [asks(world, "198.51.100.7") for _ in range(8)]
    assert len(codes(world)) == 5
    assert gives(world, actions[7], codes(world)[4]).status_code == 303
    assert gives(world, actions[6], codes(world)[4]).status_code == 403
    assert gives(world, actions[4], codes(world)[4]).status_code == 403
    assert gives(world, actions[3], codes(world)[3]).status_code == 303, "the other codes are good still"


@pytest.mark.parametrize("api", [True, False])
def test_one_network_asks_and_guesses_only_so_often(world: World, api: bool) -> None:
    def ask(address: str) -> int:
        how: dict[str, Any] = {"json": {"account": "x"}} if api else {"data": {"account": "x"}}
        path = "/v1/proofs" if api else "/account/code"
        return int(world.client.post(path, headers={"x-from": address}, **how).status_code)

    def guess(address: str) -> int:
        how: dict[str, Any] = {"json": {"code": "1"}} if api else {"data": {"code": "1"}}
        path = "/v1/proofs/p_1" if api else "/account/code/p_1"
        return int(world.client.post(path, headers={"x-from": address}, **how).status_code)

    for one in (ask, guess):
        answers = [one(f"2001:db8::{number:x}") for number in range(70)]
        assert 429 not in answers[:60]
        assert set(answers[62:]) == {429}, "all addresses of a /64 are one network"
        assert one("2001:db8:0:1::1") != 429


def test_a_messenger_that_asks_for_its_people_is_not_counted(world: World) -> None:
    asked = [world.key_with("holders")("POST", "/v1/proofs", {"account": f"a{n}"}).status_code for n in range(65)]
    assert set(asked) == {202}


def test_the_form_stays_for_five_tries_and_says_how_many_are_left(world: World) -> None:
    action = asks(world)
    for left in (4, 3, 2, 1):
        page = gives(world, action, "0000-0000-0000")
        assert page.status_code == 403
        assert f'action="{action}"' in page.text
        assert LEFT.findall(page.text) == [str(left)]
    last = gives(world, action, "0000-0000-0000")
    assert (last.status_code, f'action="{action}"' in last.text) == (403, False)
    assert gives(world, action, codes(world)[0]).status_code == 403, "five tries are all"


def test_programs_are_told_how_many_tries_are_left(world: World) -> None:
    proof = world.stranger("POST", "/v1/proofs", {"account": "a"}).json()["proof_id"]
    answers = [world.stranger("POST", f"/v1/proofs/{proof}", {"code": "1"}).json() for _ in range(6)]
    assert [one["tries_left"] for one in answers] == [4, 3, 2, 1, 0, 0]
    assert [answers[at]["detail"].partition("; ")[2] for at in (2, 3)] == ["2 tries are left", "1 try is left"]
    assert {one["code"] for one in answers} == {"not-allowed"}


WIDE = {ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)}


TYPED: tuple[Callable[[str], str], ...] = (
    lambda code: code.replace("-", ""),
    lambda code: f"  {code.replace('-', ' ')}. ",
    lambda code: code.replace("-", "\N{EN DASH}"),
    lambda code: code.translate(WIDE),
    lambda code: code.replace("-", "\n"),
)


def test_a_code_is_taken_as_people_type_it(world: World) -> None:
    for number, typed in enumerate(TYPED):
        action = asks(world, account=f"a{number}")
        assert re.fullmatch(r"\d{4}-\d{4}-\d{4}", codes(world)[-1])
        assert gives(world, action, typed(codes(world)[-1])).status_code == 303, number


# Links


def link(world: World, **more: object) -> str:
    made = world.key("POST", "/v1/holders", {"account": "a", **more}).json()
    return str(made["token"])


def enters(world: World, token: str) -> Any:  # noqa: ANN401
    return world.client.post("/account/enter", data={"token": token}, follow_redirects=False)


def test_a_link_lets_in_once_and_opening_it_does_not_use_it_up(world: World) -> None:
    token = link(world)
    for _ in range(3):  # mail scanners, previews
        page = world.client.get(f"/account/enter?token={token}&language=it")
        assert page.status_code == 200
        assert "Vai al tuo account" in page.text
        assert "set-cookie" not in page.headers or "cartellino_holder" not in page.headers["set-cookie"]
    assert enters(world, token).headers["location"] == "/account"
    again = world.client.get(f"/account/enter?token={token}", follow_redirects=False)
    assert again.headers["location"] == "/account", "whoever entered by it is in"
    world.client.cookies.clear()
    assert world.client.get(f"/account/enter?token={token}").status_code == 403
    assert enters(world, token).status_code == 403
    assert link(world) != link(world), "two links of one second are two"


def test_a_spent_link_is_no_cookie_and_a_cookie_is_no_link_and_no_bearer(world: World) -> None:
    token = link(world, link=True)
    answer = enters(world, token)
    visit = answer.cookies["cartellino_holder"]
    world.client.cookies.clear()
    for other, name in ((token, "a link"), (link(world), "a program's token")):
        page = world.client.get("/account", headers={"cookie": f"cartellino_holder={other}"})
        assert "Send me a code" in page.text, name
    assert enters(world, visit).status_code == 403
    for bearer in (token, visit):
        headers = {"authorization": f"Bearer {bearer}"}
        assert world.client.get("/v1/accounts/a/standing", headers=headers).status_code == 401


def test_a_programs_token_stays_good_for_the_interface(world: World) -> None:
    token = link(world)
    enters(world, token)
    headers = {"authorization": f"Bearer {token}"}
    assert world.client.get("/v1/accounts/a/standing", headers=headers).status_code == 200


def test_a_token_with_something_after_it_is_none(world: World) -> None:
    made = (sign(Holder("main", "x" * n, world.time.now + HOUR), world.service.secret) for n in range(1_300, 1_500))
    token = next(one for one in made if len(one) == 2_048)  # the longest that is read
    assert enters(world, token).status_code == 303
    world.client.cookies.clear()
    assert enters(world, f"{token}x").status_code == 403


def test_leaving_ends_the_visit_for_every_copy_of_the_cookie_also_after_a_restart(tmp_path: Path) -> None:
    time, settings = Time(), settings_for(tmp_path / "data")
    service = begun(settings, time)
    with client_of(service) as client:
        world = World(service, client, time)
        token = link(world)
        visit = enters(world, token).cookies["cartellino_holder"]
        copied = {"cookie": f"cartellino_holder={visit}"}
        page = client.get("/account", headers=copied).text
        assert "Sign out" in page
        client.post("/account/leave")
        assert "Sign out" in client.get("/account", headers=copied).text, "another site could have sent it"
        client.post("/account/leave", data={"csrf": re.findall('name="csrf" value="([^"]+)"', page)[0]})
        client.cookies.clear()
        assert "Send me a code" in client.get("/account", headers=copied).text
    service.stop()
    service = begun(settings, time)
    with client_of(service) as client:
        assert "Send me a code" in client.get("/account", headers=copied).text
        assert enters(World(service, client, time), token).status_code == 403
        time.now += 2 * HOUR
        service.scheduler.do()
        with service.database.begin() as rows:
            assert rows.execute(sa.select(tables.spent_tokens)).all() == [], "kept no longer than needed"
    service.stop()


def test_the_doors_of_a_demonstration_are_for_every_visitor(world: World) -> None:
    heard = Heard("c_1", is_of_story=True, is_open=True)
    door = Door("sari", "Sari", "a", "id")
    world.service.tour = Tour("password", (), (door,), heard, "spam/bulk", "strangers", 60.0, 10)
    world.breaks("a")
    for _ in range(3):
        assert "Enter as Sari" in world.client.get("/").text
        page = world.client.get(door.path)
        assert (page.url.path, "Kartu kuning" in page.text) == ("/account", True)
        world.client.cookies.clear()
        world.later(HOUR * 7)  # for longer than any link is good
    world.service.tour = None
    assert world.client.get(door.path).status_code == 404
    assert world.client.get("/account/demo/nobody").status_code == 404
