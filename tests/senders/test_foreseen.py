"""The platform's side: facts as events, the pack for business senders, and what it would decide on a campaign."""

from __future__ import annotations

from tests.senders.shop import NOON, campaign, offer, shop

from cartellino.enforcement import examples
from cartellino.events.event import Event, row
from cartellino.events.validation import validate
from cartellino.policies.load import load
from cartellino.policies.packs import pack
from cartellino.senders import facts
from cartellino.senders.events import event_of, history
from cartellino.senders.expectation import Expectation, expect
from cartellino.senders.foreseen import foreseen
from cartellino.vocabulary.languages import OURS
from cartellino.vocabulary.times import DAY


def expectation(
    messages: int, *, answers: tuple[int, int], stops: tuple[int, int], blocks: tuple[int, int]
) -> Expectation:
    return Expectation(messages=messages, answers=answers, readings=(0, messages), failures=(0, 0), stops=stops,
                       blocks=blocks, quality_now="GREEN", quality_risk="low", history=0,
                       is_prior_only=True)  # fmt: skip


def test_the_pack_has_every_text_and_its_examples_do_what_they_say() -> None:
    policies = load(pack("business"), languages=OURS)
    assert examples.run(policies) == []
    assert all({example.fires for example in rule.examples} == {True, False} for rule in policies.rules)


def test_nothing_but_a_review_follows_on_ai() -> None:
    rules = [rule for rule in load(pack("business")).rules if rule.id.startswith("business-ai/")]
    assert [rule.action for rule in rules] == ["review"]


def test_a_campaign_that_people_want_breaks_nothing() -> None:
    found = expectation(1_000, answers=(80, 150), stops=(0, 10), blocks=(0, 8))
    assert foreseen(shop(), shop().numbers["1"], "marketing", NOON, found) == ()


def test_blocks_that_are_sure_are_likely_and_blocks_that_may_be_are_possible() -> None:
    state = shop()
    sure = foreseen(state, state.numbers["1"], "marketing", NOON,
                    expectation(1_000, answers=(80, 150), stops=(0, 0), blocks=(80, 120)))  # fmt: skip
    may = foreseen(state, state.numbers["1"], "marketing", NOON,
                   expectation(1_000, answers=(80, 150), stops=(0, 0), blocks=(10, 120)))  # fmt: skip
    assert [(one.rule, one.action, one.sureness) for one in sure] == [
        ("business-unwanted/people-block", "warning", "likely")
    ]
    assert [one.sureness for one in may] == ["possible"]
    assert may[0].at_message is not None
    assert 50 <= may[0].at_message <= 1_000


def test_silence_is_foreseen_where_hardly_anybody_answers() -> None:
    found = foreseen(shop(), None, "marketing", NOON,
                     expectation(2_000, answers=(0, 4), stops=(0, 0), blocks=(0, 0)))  # fmt: skip
    assert [one.rule for one in found] == ["business-unwanted/nobody-answers"]


def test_what_was_sent_this_week_counts() -> None:
    state = shop()
    campaign(state, 60, NOON - DAY, agreed=60, answered=20, stopped=5)
    few = expectation(40, answers=(2, 5), stops=(0, 4), blocks=(0, 0))
    assert foreseen(state, None, "marketing", NOON, few) == ()  # forty people alone are too few to say anything
    big = foreseen(
        state, state.numbers["1"], "marketing", NOON, expectation(40, answers=(2, 5), stops=(4, 8), blocks=(0, 0))
    )
    assert [one.rule for one in big] == ["business-unwanted/people-stop"]


def test_a_rule_that_is_broken_already_is_not_foreseen_again() -> None:
    state = shop()
    campaign(state, 60, NOON - DAY, agreed=60, answered=0, stopped=20)
    found = foreseen(state, state.numbers["1"], "marketing", NOON, expect(state.numbers["1"], 40, NOON))
    assert "business-unwanted/people-stop" not in [one.rule for one in found]


def test_history_is_what_was_sent_answered_and_stopped() -> None:
    state = shop()
    campaign(state, 10, NOON - DAY, agreed=10, answered=3, stopped=2, undelivered=1)
    kinds = [event.kind for event in history(state, state.numbers["1"], NOON)]
    assert (kinds.count("template_sent"), kinds.count("reply_received"), kinds.count("opted_out")) == (9, 3, 2)


def test_facts_become_events_that_the_service_takes() -> None:
    person = ("u:a", "p:b")
    text = facts.Message(number="1", person=person, kind="text")
    known: list[tuple[facts.Fact, str | None]] = [
        (facts.Asked(at=NOON, attempt="1", message=offer("p:b")), "template_sent"),
        (facts.Asked(at=NOON, attempt="2", message=text), "message_sent"),
        (facts.Wrote(at=NOON, number="1", person=person, message_id="m"), "reply_received"),
        (facts.Wrote(at=NOON, number="1", person=person, message_id="m", word="stop"), "opted_out"),
        (facts.Wrote(at=NOON, number="1", person=person, message_id="m", word="resume"), "reply_received"),
        (facts.Preferred(at=NOON, number="1", person=person, value="stop"), "opted_out"),
        (facts.Preferred(at=NOON, number="1", person=person, value="signup"), "opted_in"),
        (facts.Consented(at=NOON, person=person, category="marketing", source="form"), "opted_in"),
        (facts.Withdrew(at=NOON, person=person, category="any", source="form"), "opted_out"),
        (facts.HandedOver(at=NOON, number="1", person=person, to="person"), "handover"),
        (facts.HandedOver(at=NOON, number="1", person=person, to="program"), None),
        (facts.Lost(at=NOON, attempt="1"), None),
    ]  # fmt: skip
    for fact, kind in known:
        event = event_of(fact, "e", number="1")
        assert (event.kind if event else None) == kind
        if event is not None:
            assert isinstance(validate(row(event)), Event)
    assert event_of(known[7][0], "e") is None, "an agreement without a number is about no account"


def test_the_preflight_says_what_the_platform_would_decide() -> None:
    from tests.senders.test_preflight import OFFER, people, with_consent

    from cartellino.senders.preflight import preflight

    audience = people(200)
    state = with_consent(shop(), audience)
    campaign(state, 100, NOON - 20 * DAY, agreed=100, answered=0, stopped=40, name="old")
    found = preflight(state, OFFER, audience)["expected"]["policy"]
    assert {"rule", "title", "action", "sureness", "at_message"} == set(found[0])
    assert "business-unwanted/people-stop" in [one["rule"] for one in found]
