"""What Cartellino decides happens on a real Synapse, and is taken back; an administrator's act by hand wins."""

from __future__ import annotations

import signal

import pytest
from tests.adapters.matrix.town import Town, wait_for
from tests.adapters.matrix.homeserver import needs_synapse

pytestmark = [pytest.mark.slow, pytest.mark.served, needs_synapse]


def sanction(town: Town, name: str, kind: str, span: str | None = "48h") -> str:
    """Let a person sanction an account after a review; return the sanction."""
    town.break_policy(town.account(name))
    standing = wait_for(lambda: town.standing(name)["sanctions"])
    return str(standing[-1]["sanction_id"])


def test_limit_is_refused_in_the_persons_language_and_existing_chats_go_on(town: Town) -> None:
    spammer, friend = town.home.sign_up("sp1"), town.home.sign_up("friend1")
    chosen = town.home.as_user(spammer, "PUT", f"/_matrix/client/v3/user/{town.home.user('sp1')}/account_data/org.cartellino.language",
                               {"language": "it"})  # fmt: skip
    assert chosen.status_code == 200
    room = town.chat(spammer, "friend1").json()["room_id"]
    assert town.join(friend, room).status_code == 200
    town.home.sign_up("stranger1")
    town.break_policy(town.account("sp1"))
    wait_for(lambda: town.standing("sp1")["standing"] == "limited")
    answer = wait_for(lambda: refused if (refused := town.chat(spammer, "stranger1")).status_code == 403 else None)
    said = answer.json()
    assert said["errcode"] == "M_FORBIDDEN"
    assert said["error"].startswith("Non puoi iniziare nuove chat fino al "), said
    data = said["org.cartellino.refusal"]
    assert data["reason"] == "In un'ora hai invitato molte persone che non ti conoscono."
    assert data["code"] == 103
    assert data["account_page"] == town.door
    assert "existing_chats" in data["still_works"]
    assert data["ends_at"] > 0
    assert town.say(spammer, room).status_code == 200
    assert town.say(friend, room).status_code == 200


def test_restart_of_everything(town: Town) -> None:
    assert town.agent.say("reconcile")
    assert signal.SIGKILL
