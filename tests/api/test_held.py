"""What a brake holds comes to an end, and everybody who was told that a person was looking is told so."""

from __future__ import annotations

from typing import Any

import pytest
from tests.api.test_repeated_acts import notices
from tests.api.world import World

from cartellino.vocabulary.times import DAY, HOUR, SECOND, show_instant

WHY = {"reason": "A wave of newcomers."}
OVER = {
    "en": "Our review of your account is over",
    "it": "L’esame del tuo account è concluso",
    "id": "Peninjauan akun Anda telah selesai",
}


def held(world: World) -> list[str]:
    """Let so many accounts break the policy that the brake holds the last four; return those."""
    world.breaks(*[f"a{n}" for n in range(24)])
    waiting = [one["account"] for one in world.people["analyst"]("GET", "/v1/held").json()["held"]]
    assert len(waiting) == 4
    return waiting


def settle(world: World, how: str, rule: str = "spam/bulk") -> Any:  # noqa: ANN401 - what an answer holds
    world.time.now += SECOND
    return world.people["policy-admin"]("POST", f"/v1/held/{how}", {"rule": rule, **WHY})


@pytest.mark.parametrize("later", [0, 2 * HOUR])
def test_whoever_waited_is_told_in_every_language_that_nothing_came_of_it(world: World, later: int) -> None:
    waiting = held(world)
    world.later(later)
    assert settle(world, "discard").status_code == 200
    for account in waiting:
        assert world.standing(account)["standing"] == "clear"
        for language, title in OVER.items():
            told = notices(world, account, language)
            assert [one["shape"] for one in told] == ["waiting", "lifted"]
            assert told[-1]["title"] == title
            assert WHY["reason"] not in told[-1]["text"]


def test_whoever_is_excused_at_the_release_is_told_as_well(small: World) -> None:
    waiting = held(small)
    began = show_instant(small.time.now - DAY)
    body = {"kinds": ["message_sent"], "starts_at": began, **WHY}
    assert small.people["policy-admin"]("POST", "/v1/incidents", body).status_code == 201
    assert settle(small, "release").json() == {"released": []}
    assert [one["title"] for one in notices(small, waiting[0])][-1] == OVER["en"]


def test_whoever_is_released_is_told_what_was_decided_alone(small: World) -> None:
    waiting = held(small)
    assert len(settle(small, "release").json()["released"]) == 4
    assert [one["shape"] for one in notices(small, waiting[0])] == ["waiting", "limited"]


def test_what_holds_besides_is_said(small: World) -> None:
    waiting = held(small)
    small.send([
        {"id": f"r{n}", "time": show_instant(small.time.now), "kind": "reported", "account": waiting[0],
         "peer": f"r{n}"} for n in range(3)
    ])  # fmt: skip
    (case,) = small.people["reviewer"]("GET", "/v1/cases?kind=review").json()["cases"]
    body = {"action": {"kind": "suspension", "for": "72h"}, **WHY}
    assert small.people["reviewer"]("POST", f"/v1/cases/{case['appeal_id']}/outcome", body).status_code == 200
    settle(small, "discard")
    told = notices(small, waiting[0])[-1]
    assert (told["title"], "Another decision still holds: a suspension." in told["what"]) == (OVER["en"], True)


def test_a_rule_is_named_as_the_list_of_what_is_held_names_it(small: World) -> None:
    held(small)
    (name,) = {one["rule"] for one in small.people["analyst"]("GET", "/v1/held").json()["held"]}
    assert settle(small, "discard", "other").status_code == 404
    assert len(settle(small, "discard", name).json()["discarded"]) == 4
