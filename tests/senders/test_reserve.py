"""Codes and orders come first: a campaign leaves them room, and what does not arrive stops offers only."""

from __future__ import annotations

import msgspec
from tests.senders.shop import NOON, offer, shop

from cartellino.senders import facts
from cartellino.senders.fold import apply
from cartellino.senders.judging import judge
from cartellino.senders.state import Senders
from cartellino.vocabulary.times import DAY, HOUR, MINUTE

CODE = facts.Message(number="1", person=("p:new",), kind="template", category="authentication", template="login_code")


def agreed(state: Senders, *people: str) -> Senders:
    for person in people:
        apply(state, facts.Consented(at=NOON - 80 * DAY, person=(person,), category="marketing", source="form"))
    return state


def sent(state: Senders, message: facts.Message, at: int, attempt: str) -> None:
    apply(state, facts.Asked(at=at, attempt=attempt, message=message))


def rules(state: Senders, message: facts.Message, at: int) -> list[str]:
    return [objection.rule for objection in judge(state, message, at)]


def test_a_campaign_leaves_room_for_twice_the_codes_of_the_busiest_day() -> None:
    state = agreed(shop(), "p:new")
    for n in range(20):
        sent(state, msgspec.structs.replace(CODE, person=(f"p:code{n}",)), NOON - 2 * DAY + n, f"code{n}")
    for n in range(210):
        assert "tier" not in rules(state, offer(f"p:{n}"), NOON - HOUR + n)
        sent(state, offer(f"p:{n}"), NOON - HOUR + n, f"{n}")
    objection = next(one for one in judge(state, offer("p:new"), NOON) if one.rule == "tier")
    assert objection.evidence["most"] == 210
    assert objection.next_allowed_at == NOON - HOUR + DAY
    assert rules(state, CODE, NOON) == []


def test_without_codes_and_orders_a_campaign_may_take_the_whole_tier() -> None:
    state = agreed(shop(), "p:new")
    for n in range(249):
        sent(state, offer(f"p:{n}"), NOON - HOUR + n, f"{n}")
    assert rules(state, offer("p:new"), NOON) == []


def test_offers_wait_for_as_many_to_leave_as_codes_took_of_the_reserve() -> None:
    state = agreed(shop(), "p:new")
    for n in range(20):
        sent(state, msgspec.structs.replace(CODE, person=(f"p:code{n}",)), NOON - 2 * DAY + n, f"code{n}")
    for n in range(210):
        sent(state, offer(f"p:{n}"), NOON - HOUR + n, f"{n}")
    for n in range(5):
        sent(state, msgspec.structs.replace(CODE, person=(f"p:late{n}",)), NOON - MINUTE + n, f"late{n}")
    objection = next(one for one in judge(state, offer("p:new"), NOON) if one.rule == "tier")
    assert objection.next_allowed_at == NOON - HOUR + 5 + DAY
    assert "tier" not in rules(state, offer("p:new"), objection.next_allowed_at)


def test_codes_go_to_people_whom_offers_did_not_reach() -> None:
    state = agreed(shop(), "p:new")
    for n in range(3):
        at = NOON - 2 * DAY + n * HOUR
        sent(state, offer("p:new", f"c{n}"), at, f"{n}")
        apply(state, facts.Accepted(at=at, attempt=f"{n}", message_id=f"w{n}"))
        apply(state, facts.Status(at=at, message_id=f"w{n}", number="1", status="failed", code=131026))
    assert "undeliverable" in rules(state, offer("p:new"), NOON)
    assert rules(state, CODE, NOON) == []


def test_who_answers_may_get_more() -> None:
    state = agreed(shop(), "p:keen", "p:calm")
    for person in ("p:keen", "p:calm"):
        for n, days in enumerate((6, 4)):
            at = NOON - days * DAY
            sent(state, offer(person, f"c{n}"), at, f"{person}{n}")
            apply(state, facts.Accepted(at=at, attempt=f"{person}{n}", message_id=f"w{person}{n}"))
            apply(state, facts.Status(at=at + MINUTE, message_id=f"w{person}{n}", number="1", status="read"))
    apply(state, facts.Wrote(at=NOON - 4 * DAY + HOUR, number="1", person=("p:keen",), message_id="i"))
    assert rules(state, offer("p:calm", "d"), NOON) == ["frequency"]
    assert rules(state, offer("p:keen", "d"), NOON) == []
