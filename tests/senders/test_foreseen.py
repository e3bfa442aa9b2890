"""What the platform's own policies would do about a campaign."""

from __future__ import annotations

from tests.senders.test_judging import NOON, sent, shop
from tests.senders.test_preflight import OFFER, people, with_consent

from cartellino.senders import facts
from cartellino.senders.campaign import Recipient
from cartellino.senders.events import events_of
from cartellino.senders.expectation import expect
from cartellino.senders.fold import apply
from cartellino.senders.foreseen import foreseen
from cartellino.senders.schedule import plan
from cartellino.senders.state import Senders
from cartellino.vocabulary.times import DAY


def past(state: Senders, stopped: int, answered: int, days: int = 20) -> Senders:
    """A shop that wrote to 400 people, of whom some stopped and some answered."""
    for number in range(400):
        person = Recipient("", (f"p:past{number}",), "IT")
        at = NOON - days * DAY + number * 1_000
        for fact in sent(person.message(OFFER), at, f"past{number}"):
            apply(state, fact)
        word = "stop" if number < stopped else None
        if number < stopped + answered:
            apply(state, facts.Wrote(at=at + 1, number="1", person=person.names, message_id=f"i{number}", word=word))  # type: ignore[arg-type]
    return state


def decided(state: Senders) -> tuple[list[str], list[str]]:
    audience = people(200)
    made = plan(with_consent(state, audience), OFFER, audience)
    found = foreseen(state, OFFER, made.planned, expect(state.numbers["1"], len(made.planned), NOON))
    return [one["rule"] for one in found["expected"]], [one["rule"] for one in found["at_worst"]]


def test_a_shop_whose_people_answer_is_left_alone() -> None:
    assert decided(past(shop(facts.TierSet(at=NOON, account="w", tier="TIER_2K")), 0, 200)) == ([], [])


def test_a_shop_whose_people_leave_is_told_why() -> None:
    expected, worst = decided(past(shop(facts.TierSet(at=NOON, account="w", tier="TIER_2K")), 60, 10))
    assert "senders/left-by-many" in expected
    assert {"senders/left-by-many", "senders/blocked-by-many"} <= set(worst)


def test_what_is_known_of_a_number_becomes_events_in_order() -> None:
    state = past(shop(), 3, 5, days=2)
    events = events_of(state, "1", NOON, 7 * DAY)
    kinds = [event.kind for event in events]
    assert (kinds.count("template_sent"), kinds.count("reply_received"), kinds.count("opted_out")) == (400, 5, 3)
    assert events == sorted(events, key=lambda event: event.time)
    assert {(event.account, event.category) for event in events if event.kind == "template_sent"} == {
        ("1", "marketing")
    }
    assert events_of(state, "1", NOON, DAY) == []
