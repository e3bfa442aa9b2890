"""Moods, holds, opt-outs: what people do, and what they are spared."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.simulator.cloud.worlds import ANN, Little

from cartellino.simulator.cloud.moving import move
from cartellino.simulator.cloud.thresholds import MOODS, Mood
from cartellino.vocabulary.times import DAY, MINUTE, SECOND


def person(little: Little, mood: Mood) -> str:
    return little.people(1, mood, first=77)[0]


def test_who_answers_writes_back_and_opens_the_window(little: Little) -> None:
    wa_id = person(little, "answers")
    sent = little.template(wa_id)
    little.later(MINUTE)
    assert little.statuses(sent) == ["sent", "delivered", "read"]
    (message,) = [value["messages"][0] for value in little.values("messages") if "messages" in value]
    assert (message["from"], message["type"]) == (wa_id, "text")
    assert little.world.people[wa_id].thread(little.number.id).open_until > little.world.now


def test_two_programs_do_not_answer_each_other_for_ever(little: Little) -> None:
    wa_id = person(little, "answers")
    little.template(wa_id)
    for _ in range(20):
        little.later(MINUTE)
        little.text(wa_id)
    answered = [value for value in little.values("messages") if "messages" in value]
    assert len(answered) == little.world.thresholds.answers_in_window


def test_who_blocks_is_not_reached_any_more(little: Little) -> None:
    wa_id = person(little, "blocks")
    little.template(wa_id)
    little.later(MINUTE)
    again = little.template(wa_id)
    little.later(MINUTE)
    assert little.number.blocks == 1
    assert little.statuses(again) == ["failed 131026"]


def test_who_reports_is_counted(little: Little) -> None:
    little.template(person(little, "reports"))
    little.later(MINUTE)
    assert (little.number.reports, little.number.blocks) == (1, 0)


def test_who_opts_out_gets_no_marketing_but_their_orders(little: Little) -> None:
    wa_id = person(little, "opts_out")
    little.template(wa_id)
    little.later(MINUTE)
    (told,) = little.values("user_preferences")
    assert (told["user_preferences"][0]["value"], told["user_preferences"][0]["wa_id"]) == ("stop", wa_id)
    marketing, order = little.template(wa_id), little.template(wa_id, "order_update")
    little.later(MINUTE)
    assert little.statuses(marketing) == ["failed 131050"]
    assert little.statuses(order)[:2] == ["sent", "delivered"]


def test_nobody_minds_their_own_codes_or_what_they_asked_about(little: Little) -> None:
    people = little.people(30, "blocks", first=500)
    little.campaign(people, "login_code")
    for wa_id in people:
        little.say(wa_id)
        little.later(SECOND)
        little.text(wa_id)
    little.later(MINUTE)
    assert little.number.blocks == 0


def test_who_is_not_on_whatsapp_is_not_reached(little: Little) -> None:
    sent = little.template("628990000001")
    little.later(MINUTE)
    assert little.statuses(sent) == ["failed 131026"]


@pytest.mark.parametrize(("wa_id", "held"), [("628110000077", True), ("491701234567", False)])
def test_marketing_without_an_answer_is_held_where_the_platform_does(little: Little, wa_id: str, held: bool) -> None:
    little.world.make_person(wa_id, "ignores")
    outcomes = []
    for _ in range(8):
        sent = little.template(wa_id)
        little.later(MINUTE)
        outcomes.append(little.statuses(sent)[-1])
    assert ("failed 131049" in outcomes) == held
    assert outcomes[: little.world.thresholds.marketing_fewest].count("failed 131049") == 0


def test_an_answer_or_time_makes_room_for_marketing(little: Little) -> None:
    for _ in range(8):
        little.template()
        little.later(MINUTE)
    held = little.template()
    little.later(8 * DAY)
    free = little.template()
    little.later(MINUTE)
    assert little.statuses(held) == ["failed 131049"]
    assert little.statuses(free)[:2] == ["sent", "delivered"]


def test_people_in_america_get_no_marketing(little: Little) -> None:
    little.world.make_person("16505551234", "ignores")
    marketing, order = little.template("16505551234"), little.template("16505551234", "order_update")
    little.later(MINUTE)
    assert little.statuses(marketing) == ["failed 131049"]
    assert little.statuses(order)[0] == "sent"


def test_without_a_way_to_pay_templates_are_accepted_and_never_heard_of(little: Little) -> None:
    little.account.has_payment = False
    lost = little.template()
    little.say()
    free = little.text()
    little.later(DAY)
    assert lost.startswith("wamid.")
    assert little.statuses(lost) == []
    assert little.statuses(free)[:2] == ["sent", "delivered"]


def test_a_new_number_is_told_with_the_old_id(little: Little) -> None:
    little.say()
    ann = little.world.people[ANN]
    was = ann.bsuid
    move(little.world, ann, "628119999999")
    system = little.values("messages")[-1]["messages"][0]["system"]
    assert (system["type"], system["previous_user_id"], system["wa_id"]) == ("user_changed_number", was, "628119999999")
    assert ann.bsuid != was
    assert little.text("628119999999").startswith("wamid.")


def life(seed: int, moods: list[Mood], *, order: list[int] | None = None) -> Little:
    """Two campaigns a day apart, to people in some order."""
    little = Little(seed)
    people = [little.people(1, mood, first=number)[0] for number, mood in enumerate(moods)]
    for _ in range(2):
        for index in order or range(len(people)):
            little.later(SECOND)
            little.template(people[index], "order_update")
        little.later(DAY)
    return little


@settings(max_examples=20)
@given(st.integers(0, 99), st.lists(st.sampled_from(MOODS), min_size=1, max_size=12))
def test_the_same_calls_have_the_same_outcomes(seed: int, moods: list[Mood]) -> None:
    assert life(seed, moods).told == life(seed, moods).told


@settings(max_examples=20)
@given(st.integers(0, 99), st.permutations(range(8)))
def test_nobody_depends_on_who_else_was_written_to_before(seed: int, order: list[int]) -> None:
    moods: list[Mood] = ["answers", "ignores", "blocks", "reports", "opts_out", "blocks", "answers", "ignores"]
    straight, mixed = life(seed, moods), life(seed, moods, order=order)
    for wa_id, one in straight.world.people.items():
        other = mixed.world.people[wa_id]
        assert (one.received_count, one.written_count) == (other.received_count, other.written_count)
        assert one.thread(straight.number.id).has_blocked == other.thread(mixed.number.id).has_blocked
