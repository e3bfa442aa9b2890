"""A notice is read as things stand: what ended before its time says so, and nothing that is over is counted down."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from tests.api.test_held import held, settle
from tests.api.test_repeated_acts import WHY, imposed, lift, notices, sanction, shorten
from tests.api.world import World

from cartellino.vocabulary.times import DAY, MINUTE, SECOND

COUNTDOWN = re.compile(r"left\)|\(ancora|\(tersisa")
SAID = {
    "lifted": {"en": "It was lifted on", "it": "è stato revocato il", "id": "dicabut pada"},
    "taken back": {"en": "It was taken back", "it": "è stato annullato", "id": "telah dibatalkan"},
    "over": {"en": "It ended on", "it": "È terminata il", "id": "Berakhir pada"},
}


def overturn(world: World, account: str = "a") -> None:
    world.time.now += SECOND
    (decision,) = world.key("GET", f"/v1/decisions?account={account}").json()["decisions"]
    path = f"/v1/decisions/{decision['decision_id']}/overturn"
    assert world.people["admin"]("POST", path, WHY).status_code == 200


def lifted(world: World) -> str:
    assert lift(world, sanction(world)).status_code == 200
    return "a"


def shortened_and_lifted(world: World) -> str:
    identity = sanction(world)
    assert shorten(world, identity).status_code == 200
    assert lift(world, identity).status_code == 200
    return "a"


def taken_back(world: World) -> str:
    sanction(world)
    overturn(world)
    return "a"


def lifted_and_taken_back(world: World) -> str:
    lifted(world)
    overturn(world)
    return "a"


def taken_back_late(world: World) -> str:
    sanction(world)
    world.later(2 * DAY)
    overturn(world)
    return "a"


def imposed_and_lifted(world: World) -> str:
    assert lift(world, imposed(world, "ban")).status_code == 200
    return "a"


def discarded(world: World) -> str:
    (account, *_) = held(world)
    settle(world, "discard")
    return account


def held_and_taken_back(world: World) -> str:
    (account, *_) = held(world)
    overturn(world, account)
    return account


def expired(world: World) -> str:
    sanction(world)
    world.later(2 * DAY)
    return "a"


@pytest.mark.parametrize(
    ("happens", "how"),
    [
        (lifted, "lifted"), (shortened_and_lifted, "lifted"), (imposed_and_lifted, "lifted"),
        (taken_back, "taken back"), (lifted_and_taken_back, "taken back"), (taken_back_late, "taken back"),
        (discarded, "over"), (held_and_taken_back, "over"), (expired, "over"),
    ],
)  # fmt: skip
def test_it_says_in_every_language_how_and_when_it_ended(
    small: World, happens: Callable[[World], str], how: str
) -> None:
    account = happens(small)
    small.time.now += MINUTE
    for language, words in SAID[how].items():
        told = notices(small, account, language)
        assert words in told[0]["until"]
        assert "2026" in told[0]["until"]
        assert [one["text"] for one in told if COUNTDOWN.search(one["text"])] == []
        (alone,) = [one for one in told if one["notice_id"] == told[0]["notice_id"]]
        path = f"/v1/notices/{alone['notice_id']}?language={language}"
        assert small.key("GET", path).json()["until"] == alone["until"]


def test_what_was_shortened_counts_down_to_its_new_end(small: World) -> None:
    identity = sanction(small)
    assert shorten(small, identity).status_code == 200
    assert {one["until"] for one in notices(small)} == {notices(small)[-1]["until"]}
    assert "(1 hour left)" in notices(small)[0]["until"]


def test_nobody_is_told_to_wait_for_what_is_over(small: World) -> None:
    assert lift(small, sanction(small)).status_code == 200
    assert notices(small)[0]["to_do"] == []
