"""Windows, pace and tiers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.simulator.cloud.worlds import ANN, Little

from cartellino.senders.platform import platform
from cartellino.simulator.cloud.people import Pairing
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, SECOND


def test_free_text_needs_an_open_window_and_fails_afterwards_without(little: Little) -> None:
    before = little.text()
    little.later(MINUTE)
    assert little.statuses(before) == ["failed 131047"]

    little.say()
    little.later(DAY - 1 * SECOND)
    inside = little.text()
    little.later(MINUTE)
    assert little.statuses(inside)[:2] == ["sent", "delivered"]
    outside = little.text()
    little.later(MINUTE)
    assert little.statuses(outside) == ["failed 131047"]


def test_who_comes_by_an_advertisement_may_be_written_to_for_three_days(little: Little) -> None:
    little.say(ad=True)
    little.later(72 * HOUR - MINUTE)
    inside = little.text()
    little.later(2 * MINUTE)
    outside = little.text()
    little.later(MINUTE)
    assert little.statuses(inside)[:2] == ["sent", "delivered"]
    assert little.statuses(outside) == ["failed 131047"]


def test_a_burst_is_45_and_borrows(little: Little) -> None:
    little.say()
    answers = [little.text() for _ in range(46)]
    assert all(answer.startswith("wamid.") for answer in answers[:45])
    assert answers[45] == "131056"
    little.later(45 * 6 * SECOND - 1)
    assert little.text() == "131056"
    little.later(1)
    assert little.text().startswith("wamid.")


@given(st.lists(st.integers(0, 20 * SECOND), max_size=200))
def test_a_pair_never_gets_more_than_a_burst_beyond_its_rate(gaps: list[int]) -> None:
    pair, pairing, now = platform().pair, Pairing(), 1_000_000
    taken: list[int] = []
    for gap in gaps:
        now += gap
        if not pairing.refused(now, pair):
            pairing.take(now, pair)
            taken.append(now)
    for first, at in enumerate(taken):
        for last in range(first, len(taken)):
            assert last - first + 1 <= pair.burst * 2 + (taken[last] - at) / pair.every
    assert not taken or len(taken) <= pair.burst + (taken[-1] - taken[0]) / pair.every


def test_a_number_sends_80_a_second(little: Little) -> None:
    people = little.people(90, "ignores", first=1)
    answers = [little.template(wa_id, "order_update") for wa_id in people]
    assert answers[80:] == ["130429"] * 10
    little.later(SECOND)
    assert little.template(people[85], "order_update").startswith("wamid.")


def test_the_portfolio_begins_to_write_to_250_people_a_day(little: Little) -> None:
    people = little.people(252, "ignores", first=1)
    answers = little.campaign(people, "order_update")
    assert answers[250:] == ["131048", "131048"]
    assert little.template(people[0], "order_update").startswith("wamid."), "whoever was counted is not counted again"
    little.say(ANN)
    assert little.template(ANN, "order_update").startswith("wamid."), "inside a window nobody is counted"
    little.later(DAY)
    assert little.template(people[251], "order_update").startswith("wamid.")


def test_whom_a_message_does_not_reach_is_not_counted(little: Little) -> None:
    little.template("628990000001")
    assert little.portfolio.used(little.world.now) == 1
    little.later(MINUTE)
    assert little.portfolio.used(little.world.now) == 0


def test_half_the_limit_in_good_quality_raises_the_tier_within_six_hours(little: Little) -> None:
    little.campaign(little.people(125, "answers", first=1), "order_update")
    little.later(6 * HOUR)
    assert little.portfolio.tier == "TIER_2K"
    (told,) = little.values("business_capability_update")
    assert told["max_daily_conversations_per_business"] == "TIER_2K"


def test_less_than_half_or_bad_quality_raises_nothing() -> None:
    few, bad = Little(), Little()
    few.campaign(few.people(124, "answers"), "order_update")
    bad.campaign(bad.people(160, "answers") + bad.people(15, "blocks", first=1_000))
    for one in (few, bad):
        one.later(6 * HOUR)
        assert one.portfolio.tier == "TIER_250"
