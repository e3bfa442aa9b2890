"""A person decides on a number's use of AI over the interface: the grace, the answer, and the way to a person."""

from __future__ import annotations

from typing import Any

import pytest
from tests.api.world import World

from cartellino.senders import facts
from cartellino.senders.ai_policy import ai_policy
from cartellino.senders.judging import judge
from cartellino.vocabulary.times import DAY, HOUR, instant

PATH = "/v1/senders/1/ai"
REASON = "It answers whatever anybody asks."


@pytest.fixture
def shop(small: World) -> World:
    tell(small, facts.NumberSeen(at=now_of(small) - 90 * DAY, number="1", account="w", display="+39 06 1234"))
    return small


def now_of(world: World) -> int:
    return world.service.senders.now()


def tell(world: World, *known: facts.Fact) -> None:
    world.service.senders.record(*known).result(20)


def talks(world: World, *, many: int, handed: int = 0) -> None:
    """Let a program answer people who wrote, and hand some of them over to a person."""
    now = now_of(world) - DAY
    for n in range(many):
        person = (f"p:{n}",)
        message = facts.Message(number="1", person=person, kind="text", category="service", automated=True)
        tell(world, facts.Wrote(at=now + n, number="1", person=person, message_id=f"i{n}"),
             facts.Asked(at=now + HOUR + n, attempt=f"a{n}", message=message))  # fmt: skip
        if n < handed:
            tell(world, facts.HandedOver(at=now + 2 * HOUR + n, number="1", person=person, to="person"))


def shown(world: World) -> dict[str, Any]:
    answer = world.key("GET", PATH)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_a_person_decides_and_nothing_is_refused_before_the_grace_is_over(shop: World) -> None:
    asked = {"outcome": "not_allowed", "reason": REASON}
    assert shop.key("POST", f"{PATH}/decision", asked).status_code == 403, "no key decides: a person does"
    assert shop.people["analyst"]("POST", f"{PATH}/decision", asked).status_code == 403
    answer = shop.people["reviewer"]("POST", f"{PATH}/decision", asked)
    assert answer.status_code == 200, answer.text
    decision = shown(shop)["decision"]
    assert (decision, answer.json()["mailed"]) == (answer.json()["decision"], False), "no address is declared"
    assert (decision["outcome"], decision["reason"]) == ("not_allowed", REASON)
    blocks_from = instant(decision["blocks_from"])
    assert blocks_from - now_of(shop) <= ai_policy().review.grace
    state = shop.service.senders.state
    free = facts.Message(number="1", person=("p:x",), kind="text", category="service", country="ID", automated=True)
    assert "ai-provider" not in [one.rule for one in judge(state, free, blocks_from - 1)]
    assert "ai-provider" in [one.rule for one in judge(state, free, blocks_from)]
    assert shown(shop)["assessments"][-1]["answer"] == "not_allowed"
    assert shop.key("POST", f"{PATH}/answer", {"text": "It is about our shop only."}).status_code == 200
    assert shown(shop)["answered"]["text"] == "It is about our shop only."


def test_whether_people_reach_a_person_is_seen_and_not_only_said(shop: World) -> None:
    assert shown(shop)["way_to_a_person"]["state"] == "not_needed"
    talks(shop, many=5)
    assert shown(shop)["way_to_a_person"]["state"] == "missing"
    declared = {"ai": "incidental", "escalation": "write 'person'"}
    assert shop.key("POST", "/v1/senders/1/declaration", {**declared, "mail": "nobody"}).status_code == 400
    assert shop.key("POST", "/v1/senders/1/declaration", declared).status_code == 200
    assert shown(shop)["way_to_a_person"] == {
        "state": "declared", "said": "a way to a person is declared", "declared": "write 'person'"}  # fmt: skip
    talks(shop, many=ai_policy().review.tried_after)
    told = shown(shop)
    assert told["way_to_a_person"]["state"] == "untried"
    assert told["assessments"][-1]["answer"] == "review"
    talks(shop, many=1, handed=1)
    assert shown(shop)["way_to_a_person"]["state"] == "tried"


def test_what_is_wrong_is_refused(shop: World) -> None:
    reviewer = shop.people["reviewer"]
    for body in ({}, {"outcome": "maybe", "reason": REASON}, {"outcome": "allowed", "reason": ""}):
        assert reviewer("POST", f"{PATH}/decision", body).status_code == 400
    assert reviewer("POST", "/v1/senders/2/ai/decision", {"outcome": "allowed", "reason": "x"}).status_code == 404
    assert shop.key("GET", "/v1/senders/2/ai").status_code == 404
