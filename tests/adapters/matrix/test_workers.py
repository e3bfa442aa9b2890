"""The same on PostgreSQL with two workers and Redis: a request and what becomes of it are in different processes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

import pytest
from tests.adapters.matrix.homeserver import needs_synapse
from tests.adapters.matrix.town import Town, wait_for
from tests.adapters.matrix.workers import WorkedHomeserver, database, needs_redis

pytestmark = [pytest.mark.slow, pytest.mark.served, pytest.mark.thorough, needs_synapse, needs_redis]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Iterator[Town]:
    made = Town(tmp_path_factory.mktemp("workers"), kind=WorkedHomeserver, database=database(postgres))
    try:
        yield made
    finally:
        made.stop()


def stands(town: Town, name: str, standing: str) -> bool:
    return bool(town.standing(name)["standing"] == standing)


def test_a_homeserver_with_workers(town: Town) -> None:
    home = town.home
    assert isinstance(home, WorkedHomeserver)
    town.agent.start()
    spam, friend = home.sign_up("spam"), home.sign_up("friend")
    room = town.chat(spam, "friend").json()["room_id"]
    assert town.join(friend, room).status_code == 200
    assert town.say(spam, room).status_code == 200
    assert town.say(friend, room).status_code == 200
    for kind in ("registered", "message_sent", "invite_accepted", "reply_received"):
        wait_for(partial(town.events, kind))
    told_by = {event["id"].rsplit("-", 2)[0] for event in town.events("message_sent")}
    assert told_by == {"front"}  # the worker that was asked told, and it alone
    is_limited_and_suspended(town, spam, friend, room)
    home.kill_worker("front")
    home.start_worker("front")
    wait_for(lambda: town.say(spam, room).json().get("org.cartellino.refusal"))  # it asks anew, and refuses as before
    assert town.say(friend, room).status_code == 200
    assert home.degraded(town.admin) == {}
    town.agent.end()
    assert "1 accounts were released" in town.agent.say("uninstall")
    assert town.state("spam") == (False, False)
    assert "Traceback" not in town.agent.output


def is_limited_and_suspended(town: Town, spam: str, friend: str, room: str) -> None:
    """Too many invites limit; those who ignore the sender afterwards, a list that another process writes, suspend."""
    strangers = {f"s{number}": town.home.sign_up(f"s{number}") for number in range(20)}  # and the friend
    for name in strangers:
        assert town.chat(spam, name).status_code == 200
    wait_for(partial(stands, town, "spam", "limited"))
    refused = wait_for(lambda: answer if (answer := town.chat(spam, "s0")).status_code == 403 else None)
    assert refused is not None
    assert refused.json()["org.cartellino.refusal"]["what"] == "new_chats"
    assert town.say(spam, room).status_code == 200
    time.sleep(1.2)  # a strike within the burst of the ladder would be the same
    for name in list(strangers)[:4]:
        path = f"/_matrix/client/v3/user/{town.home.user(name)}/account_data/m.ignored_user_list"
        answer = town.home.as_user(strangers[name], "PUT", path, {"ignored_users": {town.home.user("spam"): {}}})
        assert answer.status_code == 200
    wait_for(partial(stands, town, "spam", "suspended"))
    assert len(town.events("blocked")) == 4
    wait_for(lambda: town.state("spam") == (True, False))
    wait_for(lambda: town.say(spam, room).json().get("org.cartellino.refusal"))
    assert town.say(friend, room).status_code == 200
