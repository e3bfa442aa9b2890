"""An event's time may lie up to a minute ahead of the clock: what it leads to begins, and is told, then."""

from __future__ import annotations

from typing import Any

import pytest
from tests.api.test_repeated_acts import lift, notices, shapes, shorten
from tests.api.world import World

from cartellino.vocabulary.times import MINUTE, SECOND, show_instant

WRONG = {"reason": "It was a mistake."}


def breaks_ahead(world: World, *accounts: str) -> str:
    """Let accounts break the policy 45 seconds ahead of the clock; return the id of the last one's sanction."""
    for account in accounts:
        world.send([
            {"id": f"{account}-{n}", "time": show_instant(world.time.now + 45 * SECOND), "kind": "message_sent",
             "account": account, "peer": f"p{n}", "known": False} for n in range(10)
        ])  # fmt: skip
    return f"s_{decision(world, accounts[-1])['decision_id'][2:]}"


def decision(world: World, account: str) -> dict[str, Any]:
    (found,) = world.key("GET", f"/v1/decisions?account={account}").json()["decisions"]
    return dict(found)


def test_it_is_told_when_it_holds(small: World) -> None:
    breaks_ahead(small, "a")
    assert (small.standing("a")["standing"], notices(small)) == ("clear", [])
    small.later(MINUTE)
    assert (small.standing("a")["standing"], shapes(small)) == ("limited", ["limited"])


def test_it_can_be_lifted_before_it_begins(small: World) -> None:
    identity = breaks_ahead(small, "a")
    assert lift(small, identity).status_code == 200
    assert lift(small, identity).status_code == 409
    assert shorten(small, identity).status_code == 409
    small.later(MINUTE)
    assert (small.standing("a")["standing"], shapes(small)[-1]) == ("clear", "lifted")


def test_it_can_be_shortened_before_it_begins(small: World) -> None:
    identity = breaks_ahead(small, "a")
    assert shorten(small, identity).status_code == 200
    ends_at = show_instant(small.time.now + 60 * MINUTE)
    small.later(MINUTE)
    (sanction,) = small.standing("a")["sanctions"]
    assert sanction["ends_at"] == ends_at


def test_an_appeal_can_shorten_it_before_it_begins(small: World) -> None:
    identity = breaks_ahead(small, "a")
    appeal = small.holder("a")("POST", f"/v1/sanctions/{identity}/appeals", {"text": "My shop."}).json()["appeal_id"]
    ends_at = show_instant(small.time.now + 60 * MINUTE)
    body = {"outcome": "shortened", "ends_at": ends_at, **WRONG}
    assert small.people["reviewer"]("POST", f"/v1/appeals/{appeal}/outcome", body).status_code == 200
    small.later(MINUTE)
    assert small.standing("a")["sanctions"][0]["ends_at"] == ends_at


def test_whoever_is_linked_meanwhile_is_told_of_it(small: World) -> None:
    breaks_ahead(small, "a")
    accounts = [{"account": "a"}, {"account": "b"}]
    assert small.key("POST", "/v1/links", {"accounts": accounts}).status_code == 200
    assert notices(small, "b") == []
    small.later(MINUTE)
    assert (small.standing("b")["standing"], len(notices(small, "b"))) == ("limited", 1)


@pytest.mark.parametrize("act", ["release", "discard"])
def test_a_brakes_short_limit_is_told_when_it_holds(small: World, act: str) -> None:
    accounts = [f"a{n}" for n in range(21)]
    breaks_ahead(small, *accounts)
    held = small.people["analyst"]("GET", "/v1/held").json()["held"]
    waiting = held[0]["account"]
    assert notices(small, waiting) == []
    body = {"rule": "spam/bulk", **WRONG}
    assert small.people["policy-admin"]("POST", f"/v1/held/{act}", body).status_code == 200
    small.later(MINUTE)
    assert small.standing(waiting)["standing"] == ("limited" if act == "release" else "clear")
