"""Accounts as homeservers have them, too: with odd names, deactivated, guests, of bridges; and clocks that differ."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from functools import partial

import pytest
from tests.adapters.matrix.answering import answer, answering
from tests.adapters.matrix.homeserver import needs_synapse
from tests.adapters.matrix.reached import BRIDGE, ReachedTown
from tests.adapters.matrix.test_enforcement import is_limited, notices_of, suspended
from tests.adapters.matrix.town import Town, entered, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.served, needs_synapse]


@pytest.fixture(scope="module", autouse=True)
def agent(town: Town) -> Iterator[None]:
    town.agent.start()
    yield
    assert "Traceback" not in town.agent.output


def longest(town: Town) -> str:
    """Return the longest name that an account can have: with its homeserver it has 255 characters."""
    return "x" * (255 - len(town.home.user("")))


DISPLAYED = "Анна\u202e 🐈‍⬛ ' OR 1=1 -- <b>\\" * 5


@pytest.mark.parametrize("name", ["a.b=c/d+e_f-g", ""], ids=["every character", "the longest"])
def test_a_name_may_have_whatever_matrix_allows(town: Town, name: str) -> None:
    name = name or longest(town)
    token, friend = town.home.sign_up(name), town.home.sign_up(f"f{len(name)}")
    profile = f"/_matrix/client/v3/profile/{town.path_of(name)}/displayname"
    assert town.home.as_user(token, "PUT", profile, {"displayname": DISPLAYED}).status_code == 200
    wait_for(lambda: [event for event in town.events("profile_changed") if event["account"] == town.account(name)])
    room = town.chat(token, f"f{len(name)}").json()["room_id"]
    assert town.join(friend, room).status_code == 200
    suspended(town, name)
    assert town.say(token, room).json()["errcode"] == "M_USER_SUSPENDED"
    wait_for(lambda: any(town.door in text for text in notices_of(town, token)))
    entered(town, name, "pw").close()
    town.lift(name)
    wait_for(lambda: town.state(name) == (False, False))
    assert town.say(token, room).status_code == 200
    for private in (DISPLAYED[:4].encode(), name.encode(), b"OR 1=1"):
        assert private not in town.wire.raw


def is_activated(town: Town, name: str) -> bool:
    """Activate an account; Synapse has a fault there until it has made an index, soon after its database is new."""
    asked = {"deactivated": False, "password": "pw"}
    path = f"/_synapse/admin/v2/users/{town.path_of(name)}"
    return town.home.as_user(town.admin, "PUT", path, asked).is_success


def test_what_ends_while_an_account_is_deactivated_has_ended_when_it_is_back(town: Town) -> None:
    for name in ("gone", "stays"):
        town.home.sign_up(name)
        suspended(town, name)
        town.as_admin("POST", f"/_synapse/admin/v1/deactivate/{town.path_of(name)}", {"erase": True})
    again = town.home.client.post("/_matrix/client/v3/register", json={"username": "gone", "password": "pw",
                                                                       "auth": {"type": "m.login.dummy"}})  # fmt: skip
    assert again.json()["errcode"] == "M_USER_IN_USE"  # nobody gets the name of somebody else, or their sanctions
    town.lift("gone")
    wait_for(lambda: town.state("gone") == (False, False))
    assert town.state("stays") == (True, False)
    for name in ("gone", "stays"):
        wait_for(partial(is_activated, town, name))
    time.sleep(2.5)  # it looks every second
    assert (town.state("gone"), town.state("stays")) == ((False, False), (True, False))
    town.lift("stays")
    wait_for(lambda: town.state("stays") == (False, False))


def test_what_was_locked_and_is_unlocked_by_hand_stays_unlocked(town: Town) -> None:
    town.home.sign_up("freed")
    town.imposed_by_a_person("freed", {"kind": "ban"})
    wait_for(lambda: town.state("freed") == (True, True))
    town.as_admin("PUT", f"/_synapse/admin/v2/users/{town.home.user('freed')}", {"locked": False})
    wait_for(lambda: [row for row in town.agent.acts.rows() if row.what == "manual" and row.flag == "locked"])
    time.sleep(2.5)
    assert town.state("freed") == (True, False)
    town.lift("freed")
    wait_for(lambda: town.state("freed") == (False, False))


def test_a_guest_is_like_others(town: Town) -> None:
    made = town.home.client.post("/_matrix/client/v3/register?kind=guest", json={})
    assert made.status_code == 200, made.text
    name = made.json()["user_id"].partition(":")[0].removeprefix("@")
    wait_for(lambda: town.account(name) in [event["account"] for event in town.events("registered")])
    suspended(town, name)
    town.lift(name)
    wait_for(lambda: town.state(name) == (False, False))


def test_people_of_a_bridge_are_left_alone(town: Town) -> None:
    made = town.home.as_user(BRIDGE, "POST", "/_matrix/client/v3/register",
                             {"type": "m.login.application_service", "username": "_irc_ann"})  # fmt: skip
    assert made.status_code == 200, made.text
    ann = town.home.user("_irc_ann")
    town.home.sign_up("reader")
    create = f"/_matrix/client/v3/createRoom?user_id={ann}"
    town.break_policy(town.account("_irc_ann"))
    wait_for(partial(is_limited, town, "_irc_ann"))
    for _ in range(3):
        asked = {"invite": [town.home.user("reader")], "is_direct": True}
        answer = town.home.as_user(BRIDGE, "POST", create, asked)
        assert answer.status_code == 200, answer.text
    town.home.as_user(BRIDGE, "POST", "/_matrix/client/v3/createRoom", {"invite": [town.home.user("reader")]})
    time.sleep(1)
    nobody = {town.account("_irc_ann"), town.account("_irc")}
    assert [event for event in town.events() if event["account"] in nobody] == []
    assert town.state("_irc_ann") == (False, False)


def test_the_module_goes_by_the_clock_of_cartellino(town: ReachedTown) -> None:
    token, friend = town.home.sign_up("clock"), town.home.sign_up("clockf")
    room = town.chat(token, "clockf").json()["room_id"]
    assert town.join(friend, room).status_code == 200
    for ahead in (3_600.0, 0.0):
        town.wire.ahead = ahead
        town.wire.lead(town.service.url)

        def has_noticed(ahead: float = ahead) -> bool:
            town.say(token, room)
            return ("clock" in town.home.degraded(town.admin)) is bool(ahead)

        wait_for(has_noticed)
        count = len(town.events("message_sent"))
        assert town.say(token, room).status_code == 200
        wait_for(lambda count=count: len(town.events("message_sent")) > count)  # type: ignore[misc]
        times = [
            event["time"] for event in town.wire.in_order("message_sent") if event["account"] == town.account("clock")
        ]
        assert abs(times[-1] / 1000 - time.time() - ahead) < 10
    counts = town.home.status(town.admin)["counts"]
    assert counts.get("events refused", 0) < 50  # an hour ahead they are refused; what follows is not
    assert counts.get("events lost", 0) == 0


class Flood:
    """A Cartellino that tells of many changes at once."""

    def __init__(self, count: int) -> None:
        self.count, self.asked, self.most, self._now = count, 0, 0, 0
        self._lock = threading.Lock()

    def __call__(self, path: str) -> bytes:
        if path.startswith("/v1/stream"):
            changes = range(self.count) if not self.asked else ()
            return answer(b"".join(self._change(number) for number in changes))
        if not path.startswith("/v1/accounts/"):
            return answer(b'{"accepted":1}')
        with self._lock:
            self._now += 1
            self.asked, self.most = self.asked + 1, max(self.most, self._now)
        time.sleep(0.02)
        with self._lock:
            self._now -= 1
        return answer(b'{"account":"x","standing":"clear","sanctions":[]}')

    def _change(self, number: int) -> bytes:
        return (
            f'event: sanction.imposed\nid: {number + 1}\ndata: {{"service":"main","account":"m_{number}"}}\n\n'.encode()
        )


def test_a_flood_of_changes_is_followed_a_few_at_a_time(town: Town) -> None:
    token, friend = town.home.sign_up("calm"), town.home.sign_up("calmf")
    room = town.chat(token, "calmf").json()["room_id"]
    assert town.join(friend, room).status_code == 200
    flood = Flood(400)
    with answering(flood) as url:
        town.wire.lead(url)
        wait_for(lambda: flood.asked > 20)
        assert town.say(token, room).status_code == 200
        wait_for(lambda: flood.asked >= 400)
    assert 2 <= flood.most <= 20
    town.wire.lead(town.service.url)
    wait_for(lambda: not town.home.degraded(town.admin))
