"""What a shared ladder holds against one account weighs on the linked ones: each is told, and may ask for a review."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from tests.api.world import Json, World

from cartellino.storage import tables
from cartellino.vocabulary.times import HOUR, show_instant

BOTH = {"accounts": [{"account": "a"}, {"account": "b"}]}
PLEASE = {"text": "It was a game of chess, and they all play."}


def told(world: World, account: str, language: str = "en") -> list[Json]:
    answer = world.key("GET", f"/v1/accounts/{account}/notices", headers={"Accept-Language": language})
    return list(answer.json()["notices"])


def shapes(world: World, account: str) -> list[str]:
    return sorted(notice["shape"] for notice in told(world, account))


def messages(world: World, account: str) -> list[tuple[str, str]]:
    """Return what left about an account's sanctions, and about which account it was."""
    held = tables.outbox.c
    with world.service.database.begin() as rows:
        sent = rows.execute(
            sa.select(held.kind, held.data).where(held.account == account, held.kind.like("sanction.%"))
        )
        return [(row.kind, row.data.get("linked_account", account)) for row in sent]


@pytest.mark.parametrize("first", ["linked", "sanctioned"])
def test_who_is_sanctioned_through_a_linked_account_is_told_and_heard(world: World, first: str) -> None:
    if first == "linked":
        world.key("POST", "/v1/links", BOTH)
    world.breaks("b")
    if first == "sanctioned":
        assert told(world, "a") == []
        world.key("POST", "/v1/links", BOTH)
    (notice,) = told(world, "a")
    (own,) = told(world, "b")
    assert (notice["shape"], notice["sanction_id"]) == ("limited", own["sanction_id"])
    assert notice["code_to_check"] != own["code_to_check"]
    assert "another account of yours" in notice["why"]
    assert "another account of yours" not in own["why"]
    assert "collegati" in told(world, "a", "it")[0]["why"]
    assert "terhubung" in told(world, "a", "id")[0]["why"]

    (sanction,) = world.standing("a")["sanctions"]
    holder, stranger = world.holder("a"), world.holder("c")
    assert stranger("POST", sanction["appeal"], PLEASE).status_code == 404
    filed = holder("POST", sanction["appeal"], PLEASE)
    assert filed.status_code == 201, filed.text
    appeal = filed.json()["appeal_id"]
    assert holder("GET", f"/v1/appeals/{appeal}").status_code == 200
    assert stranger("GET", f"/v1/appeals/{appeal}").status_code == 404
    assert [one["appeal_id"] for one in holder("GET", "/v1/accounts/a/appeals").json()["appeals"]] == [appeal]
    assert [one["appeal_id"] for one in world.holder("b")("GET", "/v1/accounts/b/appeals").json()["appeals"]] == [
        appeal
    ]

    outcome = {"outcome": "reversed", "reason": "They play chess."}
    assert world.people["reviewer"]("POST", f"/v1/appeals/{appeal}/outcome", outcome).status_code == 200
    assert world.standing("a")["standing"] == world.standing("b")["standing"] == "clear"
    assert shapes(world, "a") == shapes(world, "b") == ["appeal_received", "limited", "reversed"]
    assert ("sanction.overturned", "b") in messages(world, "a")


def test_what_is_not_shared_weighs_on_nobody_else(world: World) -> None:
    world.key("POST", "/v1/links", BOTH)
    world.breaks("b")
    (sanction,) = world.standing("b")["sanctions"]
    text = world.service.live.policies
    assert text.ladders["spam"].shared
    world.key("POST", "/v1/links", {"accounts": [{"account": "x"}, {"account": "y"}]})
    assert world.holder("x")("POST", sanction["appeal"], PLEASE).status_code == 404
    assert told(world, "x") == []


@pytest.mark.parametrize("how", ["lifted", "shortened", "upheld", "expired"])
def test_what_becomes_of_it_is_told_to_both(world: World, how: str) -> None:
    world.key("POST", "/v1/links", BOTH)
    world.breaks("b")
    (sanction,) = world.standing("b")["sanctions"]
    reviewer, path = world.people["reviewer"], f"/v1/sanctions/{sanction['sanction_id']}"
    if how == "lifted":
        assert reviewer("POST", f"{path}/lift", {"reason": "She is right."}).status_code == 200
    elif how == "shortened":
        sooner = {"ends_at": show_instant(world.time.now + HOUR), "reason": "It is enough."}
        assert reviewer("POST", f"{path}/shorten", sooner).status_code == 200
    elif how == "upheld":
        appeal = world.holder("a")("POST", sanction["appeal"], PLEASE).json()["appeal_id"]
        outcome = {"outcome": "upheld", "reason": "Nobody plays chess there."}
        assert reviewer("POST", f"/v1/appeals/{appeal}/outcome", outcome).status_code == 200
    else:
        world.later(25 * HOUR)
    assert shapes(world, "a") == shapes(world, "b")
    assert [kind for kind, _ in messages(world, "a")] == [kind for kind, _ in messages(world, "b")]
    assert {about for _, about in messages(world, "a")} == {"b"}
