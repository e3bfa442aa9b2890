"""The five pillars: measured figures, unknown is not zero, levers in numbers, nobody told apart."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.senders.shop import NOON, campaign, offer, shop

from cartellino.notices.words import Words
from cartellino.senders import facts
from cartellino.senders.fold import apply
from cartellino.senders.pillars import NAMES, Pillars, pillars_of
from cartellino.senders.pillars.saying import Hole, Saying
from cartellino.senders.pillars.shape import Pillar
from cartellino.senders.pillars.texts import LEVERS, PREVENTED
from cartellino.senders.rules import BY_NAME
from cartellino.senders.state import Senders
from cartellino.service.service import catalogues
from cartellino.vocabulary.times import DAY, HOUR, MINUTE


def measured(state: Senders, now: int = NOON) -> Pillars:
    return pillars_of(state, state.numbers["1"], now)


def pillar(state: Senders, name: str, now: int = NOON) -> Pillar:
    return next(one for one in measured(state, now).pillars if one.name == name)


def test_a_number_that_sent_nothing_has_unknown_figures_and_no_levers() -> None:
    found = measured(shop())
    assert tuple(one.name for one in found.pillars) == NAMES
    for one in found.pillars:
        assert one.levers == ()
        assert all(figure.least is None for figure in one.figures if figure.unit == "share")
        assert all(point.least is None for series in one.series for point in series.points)
    assert found.campaigns == ()
    assert found.prevention is None


class TestConsent:
    def test_what_is_not_on_record_is_unknown_and_named_as_the_lever(self) -> None:
        state = shop()
        campaign(state, 200, NOON - 3 * DAY, agreed=60, answered=0)
        found = pillar(state, "consent")
        figure = found.figure("on_record")
        assert (figure.least, figure.most, figure.unknown) == (0.3, 1.0, 140)
        assert found.levers[0].said == (
            "If the 140 people without agreement on record were asked or left out, consent would be 100 %."
        )
        assert found.levers[0].then == 1.0

    def test_who_took_it_back_does_not_count_as_unknown(self) -> None:
        state = shop()
        campaign(state, 10, NOON - 3 * DAY, agreed=10, answered=0)
        apply(state, facts.Withdrew(at=NOON - DAY, person=("p:c0",), category="marketing", source="wrote"))
        figure = pillar(state, "consent").figure("on_record")
        assert (figure.least, figure.most) == (0.9, 0.9)
        assert pillar(state, "consent").figure("stopped").least == 0.1

    def test_an_offer_after_a_no_is_counted(self) -> None:
        state = shop()
        apply(state, facts.Withdrew(at=NOON - 2 * DAY, person=("p:c0",), category="marketing", source="wrote"))
        campaign(state, 1, NOON - DAY, agreed=0, answered=0)
        found = pillar(state, "consent")
        assert found.figure("after_stop").least == 1
        assert any(lever.name == "obey_stops" for lever in found.levers)

    def test_an_agreement_without_a_proof_is_not_proven(self) -> None:
        state = shop()
        campaign(state, 4, NOON - DAY, agreed=2, answered=0)
        for person in ("p:c2", "p:c3"):
            apply(state, facts.Consented(at=NOON, person=(person,), category="marketing", source="by word of mouth"))
        found = pillar(state, "consent")
        assert (found.figure("on_record").least, found.figure("with_proof").least) == (1.0, 0.5)
        assert found.levers[0].name == "record_proof"


class TestSegmentation:
    def test_who_shows_no_reading_may_have_read(self) -> None:
        state = shop()
        campaign(state, 10, NOON - 3 * DAY, agreed=10, answered=4)
        figure = pillar(state, "segmentation").figure("engaged")
        assert (figure.least, figure.most) == (0.4, 1.0)

    def test_who_was_seen_to_read_before_did_not_read_this(self) -> None:
        state = shop()
        campaign(state, 2, NOON - 40 * DAY, agreed=2, answered=0, name="old")
        for n in range(2):
            apply(state, facts.Status(at=NOON - 40 * DAY + HOUR, message_id=f"wold{n}", number="1", status="read"))
            for attempt, days in ((f"new{n}", 3),):
                apply(state, facts.Asked(at=NOON - days * DAY, attempt=attempt, message=offer(f"p:old{n}", "new")))
                apply(state, facts.Accepted(at=NOON - days * DAY, attempt=attempt, message_id=f"w{attempt}"))
                apply(state, facts.Status(at=NOON - days * DAY + MINUTE, message_id=f"w{attempt}", number="1",
                                          status="delivered"))  # fmt: skip
        figure = pillar(state, "segmentation").figure("engaged")
        assert (figure.least, figure.most) == (0.0, 0.0)

    def test_everybody_gets_everything(self) -> None:
        state = shop()
        for name, days in (("a", 9), ("b", 5)):
            for n in range(20):
                message = msgspec.structs.replace(offer(f"p:{n}", name))
                apply(state, facts.Asked(at=NOON - days * DAY, attempt=f"{name}{n}", message=message))
        found = pillar(state, "segmentation")
        assert found.figure("gets_everything").least == 1.0
        assert found.figure("alike").least == 0.5
        assert any(lever.name == "divide" and lever.many == 20 for lever in found.levers)


class TestFrequency:
    def test_people_above_the_cap_and_offers_at_night_are_levers(self) -> None:
        state = shop()
        for n in range(4):
            at = NOON - DAY * n - (9 * HOUR if n == 3 else 0)  # 11 UTC is noon in Italy, 2 UTC is night
            apply(state, facts.Asked(at=at, attempt=f"{n}", message=offer("p:1", f"c{n}")))
        found = pillar(state, "frequency", NOON + 1)
        assert found.figure("above_cap").least == 1.0
        assert found.figure("at_night").least == 0.25
        assert {lever.name for lever in found.levers} == {"keep_to_cap", "wait_for_morning"}

    def test_a_clock_that_nobody_knows_is_neither_day_nor_night(self) -> None:
        state = shop()
        message = msgspec.structs.replace(offer("p:1"), country=None)
        apply(state, facts.Asked(at=NOON - DAY, attempt="1", message=message))
        figure = pillar(state, "frequency").figure("at_night")
        assert (figure.least, figure.most, figure.unknown) == (0.0, 1.0, 1)

    def test_messages_of_another_program_are_seen(self) -> None:
        state = shop()
        apply(state, facts.Status(at=NOON - DAY, message_id="of another", number="1", status="sent"))
        apply(state, facts.Status(at=NOON - DAY, message_id="of another", number="1", status="delivered"))
        figure = pillar(state, "frequency").figure("others")
        assert (figure.least, figure.most) == (1.0, None)
        assert figure.shown == "at least 1"


class TestContent:
    def test_the_worst_template_is_the_lever(self) -> None:
        state = shop()
        apply(state, facts.TemplateRated(at=NOON - 9 * DAY, account="w", template="spring_sale", language="en",
                                         quality="RED"))  # fmt: skip
        campaign(state, 30, NOON - DAY, agreed=30, answered=0, undelivered=6)
        found = pillar(state, "content")
        assert found.figure("template_quality").least == 0.0
        assert found.figure("unreached").least == 0.2
        assert [lever.name for lever in found.levers] == ["rest_template", "clean_list"]

    def test_a_template_that_nobody_rated_is_unknown(self) -> None:
        state = shop()
        campaign(state, 3, NOON - DAY, agreed=3, answered=0)
        figure = pillar(state, "content").figure("template_quality")
        assert (figure.least, figure.most) == (0.0, 1.0)


class TestReciprocity:
    def test_what_was_sent_today_may_be_answered_yet(self) -> None:
        state = shop()
        campaign(state, 10, NOON - 2 * HOUR, agreed=10, answered=3)
        figure = pillar(state, "reciprocity").figure("answered")
        assert (figure.least, figure.most) == (0.3, 1.0)

    def test_people_left_without_an_answer_are_counted(self) -> None:
        state = shop()
        campaign(state, 5, NOON - 3 * DAY, agreed=5, answered=2)
        found = pillar(state, "reciprocity")
        assert (found.figure("waiting").least, found.figure("left").least) == (2, 2)
        assert found.levers[0].said.startswith("2 people still without an answer, 2 of them for more than a day")


def test_counts_of_few_people_are_not_told_by_campaign() -> None:
    state = shop()
    campaign(state, 100, NOON - 2 * DAY, agreed=100, answered=20, stopped=4, undelivered=5)
    found = measured(state).campaigns[0]
    assert (found.people, found.answered, found.stopped, found.blocked_or_gone) == (100, 20, None, 5)


def test_a_stop_counts_for_the_latest_campaign_only() -> None:
    state = shop()
    campaign(state, 10, NOON - 3 * DAY, agreed=10, answered=0, name="a")
    for n in range(10):
        apply(state, facts.Asked(at=NOON - 2 * DAY, attempt=f"b{n}", message=offer(f"p:a{n}", "b")))
        apply(state, facts.Withdrew(at=NOON - DAY, person=(f"p:a{n}",), category="marketing", source="wrote"))
    assert {one.name: one.stopped for one in measured(state).campaigns} == {"a": 0, "b": 10}


def test_what_was_refused_most_has_a_sentence_with_its_number() -> None:
    state = shop()
    for n in range(12):
        apply(state, facts.Refused(at=NOON - HOUR, message=offer(f"p:{n}"), rule="consent"))
    apply(state, facts.Refused(at=NOON - HOUR, message=offer("p:0"), rule="tier"))
    found = measured(state).prevention
    assert found is not None
    assert (found.rule, found.refused) == ("consent", 12)
    assert "12 refusals" in found.said


def test_every_rule_has_a_sentence_of_what_would_have_prevented_it() -> None:
    assert set(PREVENTED) == set(BY_NAME)


@pytest.mark.parametrize("language", ["it", "id"])
@pytest.mark.parametrize("name", [*LEVERS, *PREVENTED, "store"])
def test_every_sentence_fills_the_same_holes_in_every_language(name: str, language: str) -> None:
    holes: dict[str, Hole] = {
        "people": 1_400, "refusals": 1, "many": 2_500, "then": 0.5, "now": 0.125, "least": 3, "surplus": 7,
        "begin": 21, "end": 8, "left": 2, "name": "spring_sale", "quality": "RED",
        "fault": "capitals",
    }  # fmt: skip
    english, other = Saying(name, holes).said, Saying(name, holes).say(Words(catalogues()), language)
    assert english != other
    assert Saying(name, holes).say(Words(catalogues()), "en") == english
    assert digits(other) == digits(english)


def digits(said: str) -> list[str]:
    """Return the numbers of a sentence, however they are written."""
    return sorted(re.sub(r"\D", "", number) for number in re.findall(r"\d[\d.,]*", said.replace("12,5", "12.5")))


@given(
    many=st.integers(1, 40), agreed=st.integers(0, 40), answered=st.integers(0, 40), stopped=st.integers(0, 5),
    undelivered=st.integers(0, 5), hours=st.integers(1, 24 * 20),
)  # fmt: skip
def test_figures_lie_between_their_ends_and_levers_raise(
    many: int, agreed: int, answered: int, stopped: int, undelivered: int, hours: int
) -> None:
    state = shop()
    campaign(state, many, NOON - hours * HOUR, agreed=agreed, answered=answered, stopped=min(stopped, many),
             undelivered=min(undelivered, many - min(stopped, many)))  # fmt: skip
    found = measured(state, NOON)
    for one in found.pillars:
        for figure in one.figures:
            if figure.unit == "share" and figure.least is not None:
                assert figure.most is not None
                assert 0 <= figure.least <= figure.most <= 1
        for lever in one.levers:
            assert lever.many > 0
            if lever.now is not None and lever.then is not None and lever.then:
                assert lever.then >= lever.now
    msgspec.json.encode(found)
