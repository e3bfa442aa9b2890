"""A second homeserver: its people cannot be suspended here, so their invites are refused and their messages dropped,
and the policy server lets no homeserver take what they send."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest
from tests.adapters.matrix.front import NO_CHECKS, Front
from tests.adapters.matrix.homeserver import Homeserver, needs_synapse
from tests.adapters.matrix.reached import ReachedTown
from tests.adapters.matrix.town import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.served, needs_synapse]


class Pair:
    """Two homeservers that federate: ours under Cartellino with its policy server, and another one."""

    def __init__(self, town: ReachedTown, folder: Path) -> None:
        self.town, self.their_front = town, Front(folder / "their-front")
        self.theirs = Homeserver(folder / "theirs", self.their_front.name, **NO_CHECKS)
        self.their_front.lead("/", self.theirs.url)
        self.theirs.start()
        self.town.agent.start()

    def stop(self) -> None:
        self.theirs.stop()
        self.their_front.stop()

    def block(self, account: str) -> None:
        """Tell that people ignore a remote account."""
        now = int(time.time() * 1000)
        lines = [json.dumps({"id": f"b-{now}-{number}", "time": now, "kind": "blocked", "had_contact": True,
                             "account": account, "peer": f"s{number}"}) for number in range(4)]  # fmt: skip
        assert self.town.service.client.post("/v1/events", content="\n".join(lines)).json()["accepted"] == 4


@pytest.fixture(scope="module")
def pair(town: ReachedTown, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    pair = Pair(town, tmp_path_factory.mktemp("pair"))
    try:
        yield pair
    finally:
        pair.stop()


def say(home: Homeserver, token: str, room: str, text: str) -> httpx.Response:
    path = f"/_matrix/client/v3/rooms/{room}/send/m.room.message/{time.monotonic_ns()}"
    return home.as_user(token, "PUT", path, {"msgtype": "m.text", "body": text})


def texts(home: Homeserver, token: str, room: str) -> list[str]:
    answer = home.as_user(token, "GET", f"/_matrix/client/v3/rooms/{room}/messages?dir=b&limit=50").json()
    return [event["content"].get("body", "") for event in answer["chunk"] if event["type"] == "m.room.message"]


def test_what_stands_in_for_remote_people(pair: Pair) -> None:
    town, theirs = pair.town, pair.theirs
    ada, eve, mia = town.home.sign_up("ada"), theirs.sign_up("eve"), theirs.sign_up("mia")
    for number in range(24):
        town.home.sign_up(f"a{number}")
    room = guarded_room(pair, ada, eve, mia)
    assert say(theirs, mia, room, "buongiorno").status_code == 200
    assert say(theirs, eve, room, "anche a voi").status_code == 200
    wait_for(lambda: {"buongiorno", "anche a voi"} <= set(texts(town.home, ada, room)))
    chat = direct_chat(pair, eve, ada)
    invites_are_refused(pair, eve)
    account = town.names.account(theirs.user("eve"))
    pair.block(account)
    wait_for(lambda: town.service.client.get(f"/v1/accounts/{account}/standing").json()["standing"] == "suspended")
    time.sleep(3)
    refused = say(theirs, eve, room, "ancora io")
    assert refused.status_code in (400, 403), refused.text
    assert refused.json()["errcode"] == "M_FORBIDDEN"
    assert "suspended where this room has its policy server" in refused.json()["error"]
    assert say(theirs, mia, room, "io posso").status_code == 200
    wait_for(lambda: "io posso" in texts(town.home, ada, room))
    assert say(theirs, eve, chat, "mi senti?").status_code == 200  # her own homeserver takes it
    time.sleep(4)
    assert "mi senti?" not in texts(town.home, ada, chat)  # ours drops it
    without_policy_server(pair, ada, mia, room)


def guarded_room(pair: Pair, ada: str, eve: str, mia: str) -> str:
    """Make a room of ours that points at the policy server, in which people of both homeservers are."""
    town, theirs = pair.town, pair.theirs
    asked = {"preset": "private_chat", "invite": [theirs.user("eve"), theirs.user("mia")]}
    room = str(town.home.as_user(ada, "POST", "/_matrix/client/v3/createRoom", asked).json()["room_id"])
    for token in (eve, mia):
        wait_for(partial(joins, theirs, token, room))
    policy = {"via": pair.town.front.name, "public_keys": {"ed25519": wait_for(pair.town.public_key)}}
    state = f"/_matrix/client/v3/rooms/{room}/state/m.room.policy/"
    put = town.home.as_user(ada, "PUT", state, policy)
    assert put.status_code == 200, put.text
    wait_for(lambda: theirs.as_user(mia, "GET", state).status_code == 200)
    return room


def direct_chat(pair: Pair, eve: str, ada: str) -> str:
    """Let a remote person open an ordinary direct chat, in which no policy server is."""
    asked = {"preset": "trusted_private_chat", "is_direct": True, "invite": [pair.town.home.user("ada")]}
    room = str(pair.theirs.as_user(eve, "POST", "/_matrix/client/v3/createRoom", asked).json()["room_id"])
    wait_for(partial(joins, pair.town.home, ada, room))
    assert say(pair.theirs, eve, room, "sono io").status_code == 200
    wait_for(lambda: "sono io" in texts(pair.town.home, ada, room))
    return room


def joins(home: Homeserver, token: str, room: str) -> bool:
    return home.as_user(token, "POST", f"/_matrix/client/v3/join/{room}", {}).status_code == 200


def invites_are_refused(pair: Pair, eve: str) -> None:
    """A remote person who invites strangers is refused after the stated number."""
    town, theirs = pair.town, pair.theirs
    allowed, answer = 1, None
    for number in range(24):
        asked = {"preset": "trusted_private_chat", "is_direct": True, "invite": [town.home.user(f"a{number}")]}
        answer = theirs.as_user(eve, "POST", "/_matrix/client/v3/createRoom", asked)
        if answer.status_code != 200:
            break
        allowed += 1
        if allowed >= 21:
            time.sleep(3)
    assert answer is not None
    assert 21 <= allowed <= 23, allowed
    assert answer.status_code == 403, answer.text
    told = [
        event for event in town.events("message_sent") if event["account"] == town.names.account(theirs.user("eve"))
    ]
    assert all(event["x_remote"] for event in told)


def without_policy_server(pair: Pair, ada: str, mia: str, room: str) -> None:
    """Without its policy server a room goes on for nobody on other homeservers: Synapse refuses (issue 19593)."""
    pair.town.agent.end()
    refused = say(pair.theirs, mia, room, "e ora?")
    assert refused.status_code >= 400, refused.text
    assert say(pair.town.home, ada, room, "qui sì").status_code == 200
    pair.town.agent.start()
    assert wait_for(lambda: say(pair.theirs, mia, room, "di nuovo").status_code == 200)


def test_strangers_get_no_signature(pair: Pair) -> None:
    event = {"sender": "@x:a.example", "room_id": "!r:a.example", "type": "m.room.message", "content": {}}
    wait_for(pair.town.public_key)
    url = pair.town.policy_url
    for headers in ({}, {"Authorization": 'X-Matrix origin="a.example",key="ed25519:1",sig="AAAA"'}):
        answer = httpx.post(f"{url}/_matrix/policy/v1/sign", json=event, headers=headers, timeout=30)
        assert (answer.status_code, answer.json()["errcode"]) == (401, "M_UNAUTHORIZED")
    assert httpx.get(f"{url}/_matrix/policy/v2/sign").status_code == 404
    large = httpx.post(f"{url}/_matrix/policy/v1/sign", content=b"x" * 200_000)
    assert large.status_code == 413
