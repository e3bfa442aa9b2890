"""What a notice says and leaves out, how a span of time is said, and how far apart the parts of a code may be."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from cartellino.notices.codes import codes_in
from cartellino.notices.compose import compose, lasting, left_in_words
from cartellino.notices.facts import ENDED, IMPOSED, REPAIRED, Facts, Shape
from cartellino.notices.words import Words
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, SECOND

ENGLISH = Words({})
SHAPES: tuple[Shape, ...] = get_args(Shape)


def facts(shape: Shape) -> Facts:
    return Facts(shape=shape, at=0, code=1, reason={"en": "Too many."}, next_kind="ban", cause="broadcast")


@pytest.mark.parametrize("shape", SHAPES)
def test_reasons_and_a_review_belong_to_what_was_imposed(shape: Shape) -> None:
    said = compose(facts(shape), ENGLISH, "en", now=0)
    assert bool(said.appeal) == (shape in IMPOSED)
    assert bool(said.why) == (shape in IMPOSED or shape in ENDED)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_comes_next_is_said_where_something_was_imposed_or_repaired(shape: Shape) -> None:
    said = compose(facts(shape), ENGLISH, "en", now=0)
    assert bool(said.next_time) == (shape in IMPOSED or shape in REPAIRED)


@pytest.mark.parametrize("shape", SHAPES)
def test_there_is_something_to_do_about_a_sanction_alone(shape: Shape) -> None:
    said = compose(facts(shape), ENGLISH, "en", now=0)
    assert bool(said.to_do) == (shape in ("warned", "limited", "suspended", "banned", "challenged"))


@pytest.mark.parametrize(
    ("span", "said"),
    [(90 * MINUTE, "90 minutes"), (2 * HOUR, "2 hours"), (47 * HOUR, "47 hours"), (2 * DAY + 20 * HOUR, "2 days"),
     (DAY, "1 day"), (30 * SECOND, "1 minute")],
)  # fmt: skip
def test_a_span_is_said_in_whole_units_rounded_down(span: int, said: str) -> None:
    assert lasting(span, "en") == said


@pytest.mark.parametrize(
    ("span", "said"),
    [(2 * DAY, "2 days"), (2 * DAY + 1, "2 days, 1 hour"), (DAY, "1 day"), (2 * HOUR, "2 hours"), (1, "1 minute"),
     (0, "1 minute"), (-5, "1 minute")],
)  # fmt: skip
def test_what_is_left_is_rounded_up(span: int, said: str) -> None:
    assert left_in_words(span, "en") == said


def test_parts_of_a_code_stand_at_most_twelve_characters_apart() -> None:
    assert codes_in(f"ABCD{' ' * 12}EFGHJKMN") == ["ABCD-EFGH-JKMN"]
    assert codes_in(f"ABCD{' ' * 13}EFGHJKMN") == []


def test_any_language_is_the_first_that_is_not_refused() -> None:
    three = Words({"it": {}, "id": {}})
    first = three.languages[0]
    assert three.choose("fr, *;q=0.5") == first
    assert three.choose(f"*;q=0.5, {first};q=0") == three.languages[1]
    assert three.choose("*;q=0.9, id;q=0.1") == first


@pytest.mark.parametrize(
    ("given", "card"),
    [
        (Facts(shape="milder", at=0, topic="suspension", holds="restriction"), "yellow"),
        (Facts(shape="milder", at=0, topic="suspension", holds="warning"), "green"),
        (Facts(shape="milder", at=0, topic="suspension", holds="warning", remains=("ban",)), "red"),
        (Facts(shape="restored", at=0, topic="warning", holds="warning"), "green"),
        (Facts(shape="shortened", at=0, topic="ban", holds="ban"), "red"),
        (Facts(shape="decision_upheld", at=0, topic="suspension", holds="suspension"), "yellow"),
        (Facts(shape="lifted", at=0, topic="suspension"), "green"),
        (Facts(shape="lifted", at=0, topic="suspension", remains=("restriction",)), "yellow"),
        (Facts(shape="reversed", at=0, topic="ban", remains=("suspension", "warning")), "yellow"),
    ],
)
def test_the_card_has_the_colour_of_what_holds_after_it(given: Facts, card: str) -> None:
    assert compose(given, ENGLISH, "en", now=0).card == card


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("suspension", "restriction", "It is now a limit on some features. Not available for now: calls."),
        ("ban", "suspension", "It is now a suspension: you cannot send or call until the time below."),
        ("restriction", "warning", "It is now a warning, which limits nothing."),
        ("restriction", "restriction", "Not available for now: calls."),
        ("suspension", "suspension", "You cannot send or call until the time below."),
    ],
)
@pytest.mark.parametrize("shape", ["milder", "restored"])
def test_what_a_sanction_is_now_is_said(shape: Shape, before: str, after: str, said: str) -> None:
    given = Facts(shape=shape, at=0, topic=before, holds=after, scope=("calls",), ends_at=DAY)
    assert said in compose(given, ENGLISH, "en", now=0).what


def test_a_reason_without_a_stop_gets_one_before_the_next_sentence() -> None:
    given = Facts(shape="lifted", at=0, said="because so", topic="suspension", remains=("ban",))
    assert compose(given, ENGLISH, "en", now=0).what.endswith("because so. Another decision still holds: a ban.")
    assert (
        "because so!” Another"
        in compose(msgspec.structs.replace(given, said="“because so!”"), ENGLISH, "en", now=0).what
    )
