"""A service bot passes and a general assistant does not; a machine finds, a person decides, and there is a grace."""

from __future__ import annotations

import msgspec
import pytest
import yaml

from cartellino.senders import ai, facts
from cartellino.senders.ai_policy import ai_policy, read_ai_policy
from cartellino.senders.alarms import alarms_of
from cartellino.senders.fold import apply
from cartellino.senders.judging import judge
from cartellino.senders.state import Senders
from cartellino.vocabulary.times import DAY, SECOND, instant

NOON = instant("2026-11-28T11:00:00Z")


def number(people: int, *, automated: bool | None = True, orders: int = 0, since: str = "2026-03-01T00:00:00Z",
           country: str = "ID") -> Senders:  # fmt: skip
    """A number to which so many people wrote and were answered; the first `orders` of them got an order's template."""
    state = Senders()
    apply(state, facts.NumberSeen(at=NOON - 40 * DAY, number="1", account="w", since=instant(since)))
    for n in range(people):
        person, at = (f"p:{n}",), NOON - 10 * DAY + n * SECOND
        apply(state, facts.Wrote(at=at, number="1", person=person, message_id=f"i{n}", country=country))
        reply = facts.Message(number="1", person=person, kind="text", country=country, automated=automated)
        apply(state, facts.Asked(at=at + 1, attempt=f"a{n}", message=reply))
        if n < orders:
            order = facts.Message(number="1", person=person, kind="template", category="utility", template="booking")
            apply(state, facts.Asked(at=at + 2, attempt=f"o{n}", message=order))
    return state


def declare(state: Senders, what: str, way: str = "") -> None:
    apply(state, facts.Declared(at=NOON, number="1", ai=what, actor="o", escalation=way))  # type: ignore[arg-type]


def answer(state: Senders, country: str | None = "ID", at: int = NOON) -> str:
    return ai.assess(ai.use_of(state, state.number("1"), at), country, at).answer


def test_the_service_bot_of_a_travel_agency_passes() -> None:
    agency = number(1_500, orders=300)
    for n in range(40):
        apply(agency, facts.HandedOver(at=NOON - DAY, number="1", person=(f"p:{n}",), to="person"))
    declare(agency, "incidental", "write `agent`")
    said = ai.assess(ai.use_of(agency, agency.number("1"), NOON), "ID", NOON)
    assert said.answer == "allowed"
    assert "it declared AI as a help within its own service" in said.reasons
    assert ai.WAYS["tried"] in said.reasons


def test_a_general_assistant_fails_whatever_it_declared() -> None:
    assistant = number(1_500)
    assert answer(assistant) == "not_allowed"
    for what in ("none", "incidental", "primary"):
        declare(assistant, what)
        assert answer(assistant) == "not_allowed"
    declare(small := number(20), "primary")
    assert answer(small) == "not_allowed"


def test_what_is_unknown_is_looked_at_and_never_refused() -> None:
    unsaid = number(1_500, automated=None)
    assert answer(unsaid) == "review"
    assert answer(number(900)) == "review"  # no way to a person
    assert answer(number(0)) == "allowed"


def test_a_way_to_a_person_is_asked_for_and_has_to_be_seen_to_work() -> None:
    few = number(100, orders=20)
    assert ai.use_of(few, few.number("1"), NOON).way == "missing"
    assert answer(few) == "review"
    declare(few, "incidental", "https://shop.example/help")
    assert (ai.use_of(few, few.number("1"), NOON).way, answer(few)) == ("declared", "allowed")
    many = number(600, orders=100)
    declare(many, "incidental", "https://shop.example/help")
    assert (ai.use_of(many, many.number("1"), NOON).way, answer(many)) == ("untried", "review")
    apply(many, facts.HandedOver(at=NOON - DAY, number="1", person=("p:1",), to="person"))
    assert (ai.use_of(many, many.number("1"), NOON).way, answer(many)) == ("tried", "allowed")


@pytest.mark.parametrize(
    ("since", "at", "expected"),
    [
        ("2025-10-14T23:00:00Z", "2026-01-14T23:00:00Z", "allowed"),
        ("2025-10-14T23:00:00Z", "2026-01-15T00:00:00Z", "not_allowed"),
        ("2025-10-15T00:00:00Z", "2025-10-15T00:00:00Z", "not_allowed"),
    ],
)
def test_new_and_old_numbers_have_their_days(since: str, at: str, expected: str) -> None:
    state = number(0, since=since)
    declare(state, "primary")
    assert answer(state, "ID", instant(at)) == expected


def test_countries_are_exempt_from_their_day_on() -> None:
    state = number(0)
    declare(state, "primary")
    assert answer(state, "IT", instant("2026-02-15T12:00:00Z")) == "not_allowed"
    assert answer(state, "IT", instant("2026-02-16T12:00:00Z")) == "allowed"
    assert answer(state, "BR", NOON) == "allowed"
    assert "at a charge" in ai.assess(ai.use_of(state, state.number("1"), NOON), "BR", NOON).reasons[0]
    assert "at a charge" not in ai.assess(ai.use_of(state, state.number("1"), NOON), "IT", NOON).reasons[0]
    assert answer(state, None, NOON) == "not_allowed"


def refused(state: Senders, at: int, country: str = "ID", *, automated: bool | None = True) -> bool:
    apply(state, facts.Wrote(at=at - 1, number="1", person=("p:0",), message_id=f"w{at}{automated}"))
    message = facts.Message(number="1", person=("p:0",), kind="text", country=country, automated=automated)
    return "ai-provider" in [one.rule for one in judge(state, message, at)]


def test_nothing_is_refused_before_a_person_decided_and_the_grace_is_over() -> None:
    state = number(1_500)
    declare(state, "primary")
    assert not refused(state, NOON)
    apply(state, decision := ai.decided("1", "not_allowed", "It answers anything.", "operator:o", NOON))
    assert decision.blocks_from == NOON + ai_policy().review.grace
    (notice,) = [alarm for alarm in alarms_of(state, state.number("1"), NOON) if alarm.name == "ai-review"]
    assert "It answers anything." in notice.said
    assert "refused from 2026-12-12 11:00" in notice.todo
    assert not refused(state, NOON + 14 * DAY - 1)
    assert refused(state, NOON + 14 * DAY)
    assert refused(state, NOON + 14 * DAY, automated=None)
    assert not refused(state, NOON + 14 * DAY, automated=False)
    assert not refused(state, NOON + 14 * DAY, "BR")
    apply(state, ai.decided("1", "allowed", "It is a service bot now.", "operator:p", NOON + 15 * DAY))
    assert alarms(state) == []
    assert not refused(state, NOON + 16 * DAY)


def test_codes_and_orders_of_a_refused_number_go_on() -> None:
    state = number(1)
    apply(state, ai.decided("1", "not_allowed", "It answers anything.", "operator:o", NOON - 20 * DAY))
    order = facts.Message(number="1", person=("p:0",), kind="template", category="utility", template="booking")
    assert "ai-provider" not in [one.rule for one in judge(state, order, NOON)]


def alarms(state: Senders) -> list[str]:
    return [alarm.name for alarm in alarms_of(state, state.number("1"), NOON)]


def test_being_charged_as_an_ai_that_was_not_declared_raises_an_alarm_and_a_review() -> None:
    state = number(50, orders=50)
    declare(state, "none", "hotline")
    assert alarms(state) == []
    apply(state, facts.Accepted(at=NOON, attempt="a1", message_id="w1"))
    apply(state, facts.Status(at=NOON, message_id="w1", number="1", status="delivered", pricing="general_purpose_ai"))
    assert alarms(state) == ["general-purpose-ai"]
    assert answer(state) == "review"
    declare(state, "primary")
    assert alarms(state) == []


def test_the_queue_has_who_waits_and_whoever_answered_comes_first() -> None:
    state = number(1_500)
    assert [one.use.number for one in ai.queue(state, NOON)] == ["1"]
    apply(state, ai.decided("1", "not_allowed", "It answers anything.", "operator:o", NOON))
    assert ai.queue(state, NOON + 1) == []
    apply(state, facts.AiAnswered(at=NOON + 2, number="1", text="It only sells trips.", actor="sender"))
    assert [one.waits_since for one in ai.queue(state, NOON + 3)] == [NOON + 2]
    apply(state, ai.decided("1", "allowed", "True.", "operator:p", NOON + 4))
    assert ai.queue(state, NOON + 5) == []
    apply(state, facts.Status(at=NOON + DAY, message_id="w", number="1", status="delivered",
          pricing="general_purpose_ai"))  # fmt: skip
    assert [one.use.number for one in ai.queue(state, NOON + DAY)] == ["1"]


@pytest.mark.parametrize("change", [{"terms": 1}, {"unknown": 1}, {"review": {"grace": "soon"}}])
def test_a_wrong_policy_is_refused(change: dict[str, object]) -> None:
    text = yaml.safe_dump({**msgspec.to_builtins(_written()), **change})
    with pytest.raises((msgspec.ValidationError, ValueError)):
        read_ai_policy(text)


def _written() -> object:
    from importlib.resources import files

    return yaml.safe_load((files("cartellino.senders") / "data" / "ai_policy.yaml").read_text("utf-8"))
