"""What Cartellino decides happens on a real Synapse, and is taken back; what an administrator does by hand wins."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.adapters.matrix.answering import answer, answering
from tests.adapters.matrix.homeserver import ROOT, SECRET, needs_synapse
from tests.adapters.matrix.town import Town, entered, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.served, needs_synapse]


@pytest.fixture(scope="module", autouse=True)
def agent(town: Town) -> Iterator[None]:
    town.agent.start()
    yield
    assert "Traceback" not in town.agent.output


def speaks(town: Town, token: str, name: str, language: str) -> None:
    path = f"/_matrix/client/v3/user/{town.home.user(name)}/account_data/org.cartellino.language"
    assert town.home.as_user(token, "PUT", path, {"language": language}).status_code == 200


def refused(town: Town, token: str, *invited: str) -> dict[str, Any]:
    """Return the refusal of an invite, as soon as there is one."""

    def asked() -> httpx.Response | None:
        answer = town.chat(token, *invited)
        return answer if answer.status_code == 403 else None

    answer = wait_for(asked)
    assert answer is not None
    said: dict[str, Any] = answer.json()
    return said


def blocked_by(town: Town, name: str, count: int = 4) -> None:
    """Tell that people to whom somebody wrote ignore them now."""
    now = int(time.time() * 1000)
    lines = [json.dumps({"id": f"b-{name[:50]}-{now}-{number}", "time": now, "kind": "blocked", "had_contact": True,
                         "account": town.account(name), "peer": f"s{number}"}) for number in range(count)]  # fmt: skip
    assert town.service.client.post("/v1/events", content="\n".join(lines)).json()["accepted"] == count


def is_limited(town: Town, name: str) -> bool:
    return bool(town.standing(name)["standing"] == "limited")


def suspended(town: Town, name: str) -> None:
    town.break_policy(town.account(name))
    wait_for(partial(is_limited, town, name))
    time.sleep(1.2)  # a strike within the burst of the ladder would be the same
    blocked_by(town, name)
    wait_for(lambda: town.standing(name)["standing"] == "suspended")
    wait_for(lambda: town.state(name) == (True, False))


def notices_of(town: Town, token: str) -> list[str]:
    """Return the texts of all server notices that somebody has."""
    synced = town.home.as_user(token, "GET", "/_matrix/client/v3/sync").json()
    rooms = synced.get("rooms", {}).get("join", {}).values()
    return [event["content"]["body"] for room in rooms for event in room["timeline"]["events"]
            if event["type"] == "m.room.message" and event["sender"].startswith("@notices:")]  # fmt: skip


def test_a_limit_is_refused_in_the_persons_language_and_existing_chats_go_on(town: Town) -> None:
    spammer, friend = town.home.sign_up("sp1"), town.home.sign_up("friend1")
    speaks(town, spammer, "sp1", "it")
    room = town.chat(spammer, "friend1").json()["room_id"]
    assert town.join(friend, room).status_code == 200
    town.home.sign_up("stranger1")
    town.break_policy(town.account("sp1"))
    said = refused(town, spammer, "stranger1")
    assert said["errcode"] == "M_FORBIDDEN"
    assert re.match(r"Non puoi iniziare nuove chat fino al \d\d/\d\d/\d{4}, ore \d\d:\d\d UTC\. ", said["error"]), said
    assert "Le chat che hai già continuano a funzionare." in said["error"]
    data = said["org.cartellino.refusal"]
    assert data["reason"] == "In un'ora hai invitato molte persone che non ti conoscono."
    assert (data["code"], data["what"], data["account_page"]) == (103, "new_chats", town.door)
    assert "existing_chats" in data["still_works"]
    assert data["ends_at"] > time.time() * 1000
    assert town.say(spammer, room).status_code == 200
    assert town.say(friend, room).status_code == 200
    assert town.chat(spammer, "friend1", "stranger1").status_code == 403  # and no room with both
    wait_for(lambda: any("non ti conoscono" in text and town.door in text for text in notices_of(town, spammer)))


def test_a_suspension_is_synapses_own_says_why_and_lets_sign_in_and_read(town: Town) -> None:
    token = town.home.sign_up("susp")
    friend = town.home.sign_up("friend2")
    room = town.chat(token, "friend2").json()["room_id"]
    town.join(friend, room)
    suspended(town, "susp")
    said = town.say(token, room).json()
    assert said["errcode"] == "M_USER_SUSPENDED"
    assert said["org.cartellino.refusal"]["ends_at"] > time.time() * 1000
    again = town.home.client.post("/_matrix/client/v3/login", json={
        "type": "m.login.password", "identifier": {"type": "m.id.user", "user": "susp"}, "password": "pw"})  # fmt: skip
    assert again.status_code == 200
    assert town.home.as_user(again.json()["access_token"], "GET", "/_matrix/client/v3/sync").status_code == 200
    pages = entered(town, "susp", "pw")
    assert (
        "48 ore" in pages.get("/account", headers={"Accept-Language": "it"}).text
        or "countdown" in pages.get("/account").text
    )
    pages.close()
    assert town.home.client.post("/_synapse/client/cartellino/account",
                                 data={"user": "susp", "password": "guess"}).status_code == 403  # fmt: skip


def test_what_an_administrator_does_by_hand_wins_and_is_recorded(town: Town) -> None:
    town.home.sign_up("hand")
    suspended(town, "hand")
    done = town.home.as_user(
        town.admin, "PUT", f"/_synapse/admin/v1/suspend/{town.home.user('hand')}", {"suspend": False}
    )
    assert done.status_code == 200

    def by_hand() -> list[str]:
        return [
            row.flag for row in town.agent.acts.rows() if row.what == "manual" and row.account == town.account("hand")
        ]

    assert wait_for(by_hand) == ["suspended"]
    time.sleep(2.5)  # it looks every second
    assert town.state("hand") == (False, False)
    acts = json.loads(town.agent.say("status", "--json"))["by_hand"]
    assert [act["flag"] for act in acts if act["account"] == town.account("hand")] == ["suspended"]


def test_an_administrators_own_suspension_is_left_alone(town: Town) -> None:
    town.home.sign_up("theirs")
    path = f"/_synapse/admin/v1/suspend/{town.home.user('theirs')}"
    assert town.home.as_user(town.admin, "PUT", path, {"suspend": True}).status_code == 200
    time.sleep(2.5)
    assert town.state("theirs") == (True, False)


def test_administrators_bots_and_named_accounts_are_exempt(town: Town) -> None:
    boss = town.home.register("boss", admin=True)
    bot = town.home.register("robot", kind="bot")
    for name, token in (("boss", boss), ("robot", bot)):
        town.break_policy(town.account(name))
        wait_for(partial(is_limited, town, name))
        assert town.chat(token, "stranger1").status_code == 200
    assert not [event for event in town.events("message_sent") if event["account"] in
                (town.account("boss"), town.account("robot"))]  # fmt: skip


def test_a_kill_of_the_process_that_carries_out_loses_nothing(town: Town) -> None:
    town.home.sign_up("dead")
    town.agent.end(signal.SIGKILL)
    town.break_policy(town.account("dead"))
    wait_for(lambda: town.standing("dead")["standing"] == "limited")
    time.sleep(1.2)
    blocked_by(town, "dead")
    wait_for(lambda: town.standing("dead")["standing"] == "suspended")
    assert town.state("dead") == (False, False)
    town.agent.start()
    wait_for(lambda: town.state("dead") == (True, False))


def test_a_ban_tells_before_it_locks_and_an_appeal_brings_everything_back(town: Town) -> None:
    token = town.home.sign_up("ban")
    friend = town.home.sign_up("friend3")
    room = town.chat(token, "friend3").json()["room_id"]
    town.join(friend, room)
    decided = town.imposed_by_a_person("ban", {"kind": "ban"})
    wait_for(lambda: town.state("ban")[0])
    wait_for(lambda: notices_of(town, token) or town.state("ban")[1])
    assert any(town.door in text for text in notices_of(town, token))  # it can still be read
    wait_for(lambda: town.state("ban") == (True, True))
    locked = town.home.as_user(token, "GET", "/_matrix/client/v3/sync")
    assert (locked.status_code, locked.json()["errcode"], locked.json()["soft_logout"]) == (401, "M_USER_LOCKED", True)
    pages = entered(town, "ban", "pw")  # help is reachable while blocked
    town.appealed(pages, decided, "Non sono stato io.")
    pages.close()
    wait_for(lambda: town.state("ban") == (False, False))
    assert town.say(token, room).status_code == 200  # with the same device as before


ANSWERS = {
    "silence": b"",
    "an empty object": answer(b"{}"),
    "a list": answer(b"[]"),
    "no JSON": answer(b"<p/>"),
    "too deep": answer(b"[" * 100_000),
    "a wrong key": answer(b'{"code":"not-signed-in"}', "401 Unauthorized"),
    "a fault": answer(b"Oops", "500 Oops"),
    "no end": b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nid: 1\r\n",
    "no HTTP": b"\x00\xff" * 100,
    "a forged stream": answer(b"id: \xd9\xa1\nevent: decision\ndata: " + b"[" * 100_000 + b"\n\nid: 1\ndata: 7\n\n"),
}


def test_chats_go_on_whatever_answers_at_the_address_of_cartellino(town: Town) -> None:
    token, friend = town.home.sign_up("odd"), town.home.sign_up("odd-friend")
    room = town.chat(token, "odd-friend").json()["room_id"]
    assert town.join(friend, room).status_code == 200
    for number, (name, what) in enumerate(ANSWERS.items()):
        with answering(what) as url:
            town.wire.lead(url)
            assert town.say(token, room).status_code == 200, name
            late = town.home.sign_up(f"odd{number}")  # of whom nothing is known yet
            assert town.chat(late, "odd").status_code == 200, name
            wait_for(lambda: {"events", "stream"} & set(town.home.degraded(town.admin)))
    town.wire.lead(town.service.url)
    wait_for(lambda: not town.home.degraded(town.admin))
    waiting = {"events": 0, "bytes": 0}
    wait_for(lambda: town.home.waiting(town.admin) == waiting)
    told = [event for event in town.events("message_sent") if event["account"] == town.account("odd")
            and not event.get("x_invite")]  # fmt: skip
    assert len(told) == len(ANSWERS)
    assert town.standing("odd")["standing"] == "clear"


def test_what_an_administrator_tries_first(town: Town, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(town.reviewers[0]["Authorization"].removeprefix("Bearer "))
    command = [sys.executable, str(ROOT / "examples" / "matrix" / "try.py"), town.home.url, SECRET, "it"]
    command += ["--lift", town.service.url, str(token)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"refused after 2[0-9] strangers", done.stdout), done.stdout
    assert "Non puoi iniziare nuove chat" in done.stdout
    assert '"code": 103' in done.stdout
    assert "The chat with the friend goes on." in done.stdout
    assert "A notice of the server is there as well" in done.stdout
    assert "inviting works again" in done.stdout


def test_uninstalling_releases_everything(town: Town) -> None:
    town.home.sign_up("last")
    suspended(town, "last")
    town.agent.end()
    said = town.agent.say("uninstall")
    assert re.search(r"\d+ accounts were released", said)
    assert json.loads(town.agent.say("status", "--json"))["suspended"] == []
    assert town.agent.say("uninstall").startswith("0 accounts")
    assert town.state("last") == (False, False)
