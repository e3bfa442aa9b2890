"""The check-up: what answers come to, and what a gateway can answer itself."""

from __future__ import annotations

import pytest
from tests.senders.shop import NOON, campaign, shop

from cartellino.senders import checkup, checkup_texts, facts
from cartellino.senders.checkup import LEVELS, SKIPPED, choices_of, measured, next_question, outcome
from cartellino.senders.facts import Restriction
from cartellino.senders.fold import apply
from cartellino.vocabulary.times import DAY

BEST = {question: next(key.partition(".")[2] for key in LEVELS if key.startswith(f"{question}.") and
        LEVELS[key] == "good") for question in checkup_texts.QUESTIONS}  # fmt: skip


def test_every_choice_has_a_level_a_meaning_and_where_it_worries_a_step() -> None:
    assert set(checkup_texts.CHOICES) == set(LEVELS) == set(checkup_texts.SAID)
    assert {key for key in LEVELS if LEVELS[key] != "good"} == set(checkup_texts.STEPS) - {"keep"}
    assert all(len(choices_of(question)) >= 3 for question in checkup_texts.QUESTIONS)
    assert {question for questions in checkup.PILLARS.values() for question in questions} == set(
        checkup_texts.QUESTIONS
    ) - {"state", "tool"}


def test_the_best_answers_make_a_low_risk_and_no_answer_makes_none() -> None:
    best = outcome(BEST)
    assert (best.risk, best.reasons, best.steps) == ("low", (), ("keep",))
    assert set(best.pillars.values()) == {"good"}
    nothing = outcome(dict.fromkeys(checkup_texts.QUESTIONS, SKIPPED))
    assert (nothing.risk, set(nothing.pillars.values())) == ("unknown", {"unknown"})


@pytest.mark.parametrize("key", sorted(LEVELS))
def test_one_grave_answer_is_not_outweighed_by_good_ones(key: str) -> None:
    question, _, choice = key.partition(".")
    said = outcome({**BEST, question: choice})
    expected = {"grave": "high", "risk": "raised", "watch": "some", "good": "low"}[LEVELS[key]]
    assert said.risk == expected
    assert LEVELS[key] == "good" or said.reasons == (key,)


def test_there_are_three_steps_the_gravest_first() -> None:
    said = outcome({"consent": "bought", "often": "many", "reply": "day", "content": "links", "stop": "nothing"})
    assert said.steps == ("consent.bought", "stop.nothing", "often.many")


def test_the_questions_come_one_after_the_other() -> None:
    answers: dict[str, str] = {}
    while (question := next_question(answers)) is not None:
        answers[question] = SKIPPED
    assert list(answers) == list(checkup_texts.QUESTIONS)


def test_a_gateway_answers_what_it_has_measured_and_nothing_else() -> None:
    state = shop()
    assert measured(state, state.number("1"), NOON) == {"state": "fine", "tool": "api"}
    campaign(state, 400, NOON - DAY, agreed=0, answered=1, stopped=20)
    found = measured(state, state.number("1"), NOON)
    assert found["consent"] == "customers"
    assert found["answers"] == "few"
    assert found["stop"] == "auto"
    assert found["audience"] == "all"
    assert "bot" not in found
    assert "content" not in found
    declared = facts.Declared(at=NOON, number="1", ai="incidental", actor="ada")
    apply(state, declared)
    apply(
        state, facts.TemplateRead(at=NOON, account="w", template="spring_sale", language="en", faults=("short_link",))
    )
    later = measured(state, state.number("1"), NOON + 10 * DAY)
    assert (later["bot"], later["content"], later["often"]) == ("alone", "links", "one")
    apply(state, facts.TemplateRead(at=NOON, account="w", template="spring_sale", language="en", faults=()))
    assert measured(state, state.number("1"), NOON)["content"] == "clear"
    apply(state, facts.Restricted(at=NOON, account="w", restrictions=(
        Restriction("RESTRICTED_BIZ_INITIATED_MESSAGING", NOON + DAY),)))  # fmt: skip
    assert measured(state, state.number("1"), NOON)["state"] == "blocked"
