"""Codes and orders come first: a campaign leaves them room, and what does not arrive stops offers only."""

from __future__ import annotations

import msgspec
import pytest
from tests.senders.shop import NOON, offer, shop

from cartellino.senders import facts
from cartellino.senders.fold import apply
from cartellino.senders.judging import judge
from cartellino.senders.practice import read_practice
from cartellino.senders.shipped import text_of
from cartellino.senders.state import Senders
from cartellino.vocabulary.times import DAY, HOUR, MINUTE

CODE = facts.Message(number="1", person=("p:new",), kind="template", category="authentication", template="login_code")


def agreed(state: Senders, *people: str) -> Senders:
    for person in people:
        apply(state, facts.Consented(at=NOON - 80 * DAY, person=(person,), category="marketing", source="form"))
    return state


def watched() -> Senders:
    """A shop that was seen sending for more than a week."""
    state = shop()
    sent(state, offer("p:first"), NOON - 8 * DAY, "first")
    return state


def sent(state: Senders, message: facts.Message, at: int, attempt: str) -> None:
    apply(state, facts.Asked(at=at, attempt=attempt, message=message))


def rules(state: Senders, message: facts.Message, at: int) -> list[str]:
    return [objection.rule for objection in judge(state, message, at)]


def test_a_campaign_leaves_room_for_twice_the_codes_of_the_busiest_day() -> None:
    state = agreed(watched(), "p:new")
    for n in range(20):
        sent(state, msgspec.structs.replace(CODE, person=(f"p:code{n}",)), NOON - 2 * DAY + n, f"code{n}")
    for n in range(210):
        assert "reserve" not in rules(state, offer(f"p:{n}"), NOON - HOUR + n)
        sent(state, offer(f"p:{n}"), NOON - HOUR + n, f"{n}")
    (objection,) = judge(state, offer("p:new"), NOON)
    assert (objection.rule, objection.evidence["most"]) == ("reserve", 210), "the platform's own limit is not reached"
    assert objection.next_allowed_at == NOON - HOUR + DAY
    assert rules(state, CODE, NOON) == []


def test_without_codes_and_orders_a_campaign_may_take_the_whole_tier() -> None:
    state = agreed(shop(), "p:new")
    for n in range(249):
        sent(state, offer(f"p:{n}"), NOON - HOUR + n, f"{n}")
    assert rules(state, offer("p:new"), NOON) == []


@pytest.mark.parametrize(("days", "most"), [(8, 225), (7, 225), (6, 175), (0, 175)])
def test_how_many_codes_a_new_number_will_send_is_unknown_so_the_most_is_left(days: int, most: int) -> None:
    state = agreed(shop(), "p:new")
    sent(state, offer("p:first"), NOON - days * DAY, "first")
    sent(state, msgspec.structs.replace(CODE, person=("p:first",)), NOON - HOUR, "code")
    for n in range(240):
        sent(state, offer(f"p:{n}"), NOON - HOUR + n, f"{n}")
    assert [one.evidence["most"] for one in judge(state, offer("p:new"), NOON) if one.rule == "reserve"] == [most]


@pytest.mark.parametrize(("status", "days", "most"), [("APPROVED", 0, 225), ("APPROVED", 8, 250), ("REJECTED", 0, 250)])
def test_who_may_send_codes_and_was_not_watched_leaves_a_little(status: str, days: int, most: int) -> None:
    state = agreed(shop(), "p:new")
    apply(state, facts.TemplateChanged(at=NOON - 90 * DAY, account="w", template="order_update", language="en",
                                       status=status, category="utility"))  # fmt: skip
    if days:
        sent(state, offer("p:first"), NOON - days * DAY, "first")
    for n in range(250):
        sent(state, offer(f"p:{n}"), NOON - HOUR + n, f"{n}")
    assert [one.evidence["most"] for one in judge(state, offer("p:new"), NOON) if one.rule == "reserve"] == [most]


def test_offers_wait_for_as_many_to_leave_as_codes_took_of_the_reserve() -> None:
    state = agreed(watched(), "p:new")
    for n in range(20):
        sent(state, msgspec.structs.replace(CODE, person=(f"p:code{n}",)), NOON - 2 * DAY + n, f"code{n}")
    for n in range(210):
        sent(state, offer(f"p:{n}"), NOON - HOUR + n, f"{n}")
    for n in range(5):
        sent(state, msgspec.structs.replace(CODE, person=(f"p:late{n}",)), NOON - MINUTE + n, f"late{n}")
    objection = next(one for one in judge(state, offer("p:new"), NOON) if one.rule == "reserve")
    assert objection.next_allowed_at == NOON - HOUR + 5 + DAY
    assert "reserve" not in rules(state, offer("p:new"), objection.next_allowed_at)


def test_codes_go_to_people_whom_offers_did_not_reach() -> None:
    state = agreed(shop(), "p:new")
    for n in range(3):
        at = NOON - 2 * DAY + n * HOUR
        sent(state, offer("p:new", f"c{n}"), at, f"{n}")
        apply(state, facts.Accepted(at=at, attempt=f"{n}", message_id=f"w{n}"))
        apply(state, facts.Status(at=at, message_id=f"w{n}", number="1", status="failed", code=131026))
    assert "undeliverable" in rules(state, offer("p:new"), NOON)
    assert rules(state, CODE, NOON) == []


def offered(state: Senders, person: str, *days: int) -> None:
    """Offers reached a person so many days ago."""
    for ago in days:
        at, name = NOON - ago * DAY, f"{person}{ago}"
        sent(state, offer(person, f"c{ago}"), at, name)
        apply(state, facts.Accepted(at=at, attempt=name, message_id=f"w{name}"))
        apply(state, facts.Status(at=at + MINUTE, message_id=f"w{name}", number="1", status="read"))


def answers(state: Senders, person: str, ago: int) -> None:
    apply(state, facts.Wrote(at=NOON - ago * DAY + HOUR, number="1", person=(person,), message_id=f"i{person}{ago}"))


def test_an_answer_begins_the_count_of_the_week_anew_but_not_that_of_the_day() -> None:
    state = agreed(shop(), "p:keen", "p:calm", "p:hasty")
    for person in ("p:keen", "p:calm"):
        offered(state, person, 6, 4, 2)
    answers(state, "p:keen", 4)
    assert rules(state, offer("p:calm", "d"), NOON) == ["frequency"]
    assert rules(state, offer("p:keen", "d"), NOON) == []
    sent(state, offer("p:hasty", "c"), NOON - 25 * HOUR, "h1")
    apply(state, facts.Accepted(at=NOON - 25 * HOUR, attempt="h1", message_id="wh1"))
    apply(state, facts.Wrote(at=NOON - 25 * HOUR + 1, number="1", person=("p:hasty",), message_id="ih"))
    sent(state, offer("p:hasty", "d"), NOON - HOUR + MINUTE, "h2")
    assert rules(state, offer("p:hasty", "e"), NOON + 2 * HOUR) == ["frequency"]


def test_who_answered_and_then_falls_silent_gets_three_more() -> None:
    state = agreed(shop(), "p:keen")
    offered(state, "p:keen", 8, 7, 6)
    answers(state, "p:keen", 6)
    offered(state, "p:keen", 4, 3)
    assert rules(state, offer("p:keen", "d"), NOON) == []
    offered(state, "p:keen", 1)
    (objection,) = judge(state, offer("p:keen", "d"), NOON)
    assert (objection.rule, objection.next_allowed_at) == ("frequency", NOON + 3 * DAY)


def test_three_a_week_are_no_more_than_the_month_allows() -> None:
    state = agreed(shop(), "p:calm")
    offered(state, "p:calm", 28, 26, 24, 21, 19, 17, 14, 12, 10, 7, 5, 3)
    assert rules(state, offer("p:calm", "d"), NOON) == []


def test_a_practice_may_count_answered_offers_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    state = agreed(shop(), "p:keen")
    offered(state, "p:keen", 6, 4, 2)
    answers(state, "p:keen", 4)
    changed = read_practice(text_of("practice").replace("answer_begins_anew: true", "answer_begins_anew: false"))
    monkeypatch.setattr("cartellino.senders.rules.people.practice", lambda: changed)
    assert rules(state, offer("p:keen", "d"), NOON) == ["frequency"]
