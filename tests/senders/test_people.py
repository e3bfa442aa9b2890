"""Who is who: recycled numbers, new names, words that resume, and messages whose answer comes late or never."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import pytest

from cartellino.senders import facts
from cartellino.senders.fold import apply
from cartellino.senders.fold_sending import MOST_EARLY
from cartellino.senders.judging import judge
from cartellino.senders.state import Senders
from cartellino.vocabulary.times import DAY, MINUTE, SECOND, instant

NOON = instant("2026-11-28T11:00:00Z")
ANNA, BRUNO = ("u:anna", "p:1"), ("u:bruno", "p:1")
"""Bruno has the phone number that was Anna's."""


def offer(*person: str) -> facts.Message:
    return facts.Message(number="1", person=person, kind="template", category="marketing", country="IT",
                         template="spring_sale", language="en")  # fmt: skip


def shop(*told: facts.Fact) -> Senders:
    state = Senders()
    apply(state, facts.NumberSeen(at=NOON - 90 * DAY, number="1", account="w"))
    apply(state, facts.TemplateChanged(at=NOON - 90 * DAY, account="w", template="spring_sale", language="en",
          status="APPROVED", category="marketing"))  # fmt: skip
    for fact in told:
        apply(state, fact)
    return state


def agreed(*person: str, at: int = NOON - 60 * DAY) -> facts.Consented:
    return facts.Consented(at=at, person=person, category="marketing", source="web")


def wrote(*person: str, at: int = NOON - DAY, word: object = None, number: str = "1") -> facts.Wrote:
    return facts.Wrote(at=at, number=number, person=person, message_id=f"i{at}{person}", word=word)  # type: ignore[arg-type]


def rules(state: Senders, message: facts.Message, at: int = NOON) -> list[str]:
    return [objection.rule for objection in judge(state, message, at)]


# Recycled numbers

NAMED_WITH_BOTH: Sequence[facts.Fact] = (
    wrote(*BRUNO),
    facts.Preferred(at=NOON - DAY, number="1", person=BRUNO, value="stop", category="other"),
    facts.HandedOver(at=NOON - DAY, number="1", person=BRUNO, to="person"),
)


@pytest.mark.parametrize("told", NAMED_WITH_BOTH, ids=lambda fact: type(fact).__name__)
def test_the_new_owner_of_a_phone_number_inherits_no_agreement(told: facts.Fact) -> None:
    state = shop(agreed(*ANNA), told)
    for name in ("p:1", "u:bruno"):
        assert rules(state, offer(name))[0] in ("consent", "opted-out"), name
    assert rules(state, offer("u:anna")) == [], "she is still known by her id"


def test_the_new_owner_of_a_phone_number_inherits_no_open_window_and_no_answers() -> None:
    state = shop(wrote(*ANNA, at=NOON - MINUTE), wrote(*BRUNO, at=NOON - 2 * DAY))
    text = facts.Message(number="1", person=("u:bruno",), kind="text", country="IT")
    assert rules(state, text) == ["window"]


def test_who_asked_for_silence_under_a_number_keeps_it_silent_for_its_new_owner() -> None:
    state = shop(agreed(*ANNA), wrote(*ANNA, at=NOON - 9 * DAY, word="stop"), wrote(*BRUNO))
    assert rules(state, offer("p:1")) == ["opted-out"]
    apply(state, agreed(*BRUNO, at=NOON - 1))
    assert rules(state, offer("p:1")) == [], "the new owner agrees for themselves"


def test_a_number_that_moves_to_somebody_known_takes_nothing_along() -> None:
    """Carlo, who is known and agreed to nothing, takes over the number of Anna, who did."""
    renamed = facts.Renamed(at=NOON - DAY, number="1", was=("u:carlo", "p:2"), now=("u:carlo2", "p:1"))
    state = shop(agreed(*ANNA), wrote("u:carlo", "p:2", at=NOON - 2 * DAY), renamed)
    assert rules(state, offer("p:1")) == rules(state, offer("u:carlo2")) == ["consent"]
    assert rules(state, offer("u:anna")) == []


def test_an_agreement_by_phone_is_that_of_the_first_user_id_it_is_named_with() -> None:
    state = shop(agreed("p:1"), wrote(*ANNA))
    assert rules(state, offer("u:anna")) == rules(state, offer("p:1")) == []


def test_each_portfolio_has_its_own_user_id_of_one_person() -> None:
    state = shop(
        facts.NumberSeen(at=NOON - 90 * DAY, number="2"),
        facts.Placed(at=NOON - 90 * DAY, number="2", portfolio="other", actor="o"),
        agreed(*ANNA), wrote(*ANNA), wrote("u:anna-elsewhere", "p:1", number="2"),
    )  # fmt: skip
    assert rules(state, offer("u:anna")) == rules(state, offer("p:1")) == []


def test_the_answer_to_a_send_may_name_the_new_owner() -> None:
    state = shop(agreed(*ANNA), facts.Asked(at=NOON, attempt="a", message=offer("p:1")),
                 facts.Accepted(at=NOON, attempt="a", message_id="w", person=BRUNO))  # fmt: skip
    assert "consent" in rules(state, offer("p:1"), NOON + DAY)
    apply(state, facts.Status(at=NOON + SECOND, message_id="w", number="1", status="read", person=BRUNO))
    assert [sent.status for sent in state.person(BRUNO).sent] == ["read"]
    assert state.person(("u:anna",)).sent == []


# Words that resume


def test_a_greeting_is_no_agreement_where_nothing_was_stopped() -> None:
    state = shop(wrote(*ANNA, word="resume"))
    assert rules(state, offer("u:anna")) == ["consent"]
    for at, word in ((NOON - 3 * MINUTE, "stop"), (NOON - MINUTE, "resume")):
        apply(state, wrote(*ANNA, at=at, word=word))
    assert rules(state, offer("u:anna")) == []


# Answers that come late or never


def test_statuses_may_come_before_the_answer_in_any_order() -> None:
    steps: list[facts.Fact] = [
        facts.Accepted(at=NOON + 3, attempt="a", message_id="w"),
        *(facts.Status(at=NOON + 1, message_id="w", number="1", status=status, person=ANNA)
          for status in ("sent", "delivered", "read")),
    ]  # fmt: skip
    for order in permutations(steps):
        state = shop(facts.Asked(at=NOON, attempt="a", message=offer(*ANNA)), *order)
        day = state.number("1").days.on(NOON)
        assert (state.person(ANNA).sent[0].status, day.delivered, day.read, day.others) == ("read", 1, 1, 0), order
        assert state.early == {}


def test_statuses_of_other_programs_are_not_kept() -> None:
    state = shop(*(facts.Status(at=NOON, message_id=f"w{n}", number="1", status="sent", person=ANNA) for n in range(9)))
    assert (state.early, state.number("1").days.on(NOON).others) == ({}, 9)


def test_a_program_that_sends_from_the_same_number_takes_no_room_from_what_is_under_way() -> None:
    state = shop(facts.Asked(at=NOON, attempt="a", message=offer(*ANNA)))
    for number in range(2 * MOST_EARLY):
        for _ in range(3):  # told more than once
            apply(state, facts.Status(at=NOON, message_id=f"w{number}", number="1", status="sent", person=("p:2",)))
    assert (len(state.early), {len(told) for told in state.early.values()}) == (MOST_EARLY, {1})
    apply(state, facts.Status(at=NOON, message_id="w", number="1", status="read", person=ANNA))
    apply(state, facts.Accepted(at=NOON, attempt="a", message_id="w"))
    assert state.person(ANNA).sent[0].status == "read"


def test_a_status_tells_what_became_of_a_message_whose_answer_was_lost() -> None:
    state = shop(facts.Asked(at=NOON, attempt="a", message=offer(*ANNA)), facts.Lost(at=NOON + 9, attempt="a"))
    assert state.person(ANNA).sent[0].status == "lost"
    for status in ("sent", "delivered"):
        apply(state, facts.Status(at=NOON + MINUTE, message_id="w", number="1", status=status, person=ANNA))
    assert state.person(ANNA).sent[0].status == "delivered"
    assert state.number("1").days.on(NOON).delivered == 1


@pytest.mark.parametrize("code", [2, 10, 100, 190, 200, 131016])
def test_whoever_is_refused_by_the_platform_spends_nothing_of_the_number(code: int) -> None:
    state = shop(agreed(*ANNA), wrote(*ANNA, at=NOON - MINUTE))
    text = facts.Message(number="1", person=ANNA, kind="text", country="IT")
    for n in range(200):
        apply(state, facts.Asked(at=NOON, attempt=f"a{n}", message=text))
        apply(state, facts.Rejected(at=NOON, attempt=f"a{n}", code=code))
    assert rules(state, text, NOON) == []


def test_what_is_told_of_long_ago_changes_no_figures_and_fails_nothing() -> None:
    old = 1_000
    state = shop(wrote(*ANNA), wrote(*ANNA, at=old, word="stop"), facts.Echoed(at=old, number="1", person=ANNA,
                 message_id="e"), facts.Status(at=old, message_id="w", number="1", status="sent", person=ANNA),
                 facts.Preferred(at=old, number="1", person=ANNA, value="stop"),
                 facts.HandedOver(at=old, number="1", person=ANNA, to="person"),
                 facts.Asked(at=old, attempt="a", message=offer(*ANNA)),
                 facts.Rejected(at=old, attempt="a", code=131047))  # fmt: skip
    assert state.number("1").days.on(NOON - DAY).wrote == 1


# Erasure


def test_what_somebody_did_not_want_outlives_their_erasure_and_nothing_else_does() -> None:
    state = shop(agreed(*ANNA), wrote(*ANNA, at=NOON - 2 * MINUTE),
                 facts.Asked(at=NOON - MINUTE, attempt="a", message=offer(*ANNA)),
                 facts.Forgotten(at=NOON, person=("p:1",), actor="o"),
                 facts.Accepted(at=NOON + 1, attempt="a", message_id="w", person=ANNA))  # fmt: skip
    person = state.person(ANNA)
    assert (person.agreed, person.sent, person.threads, person.country) == ({}, [], {}, None)
    assert "opted-out" in rules(state, offer("u:anna"), NOON + MINUTE)
    apply(state, facts.Consented(at=NOON + DAY, person=ANNA, category="marketing", source="an old list",
                                 given_at=NOON - 300 * DAY))  # fmt: skip
    assert "opted-out" in rules(state, offer("p:1"), NOON + DAY), "the same list, imported once more"
    apply(state, agreed(*ANNA, at=NOON + DAY))
    assert rules(state, offer("p:1"), NOON + DAY) == []


def test_who_is_answered_by_hand_does_not_wait_any_more() -> None:
    state = shop(wrote(*ANNA, at=NOON - 9 * MINUTE))
    for _ in range(2):  # the platform tells it twice
        apply(state, facts.Echoed(at=NOON, number="1", person=("p:1",), message_id="e1"))
    day = state.number("1").days.on(NOON)
    assert (state.person(ANNA).thread("1").waiting_since, day.answer_minutes, day.by_person) == (None, [9], 1)
