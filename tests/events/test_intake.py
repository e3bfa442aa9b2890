from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from cartellino.events.event import Event
from cartellino.events.intake import Intake
from cartellino.vocabulary.times import LATEST, MINUTE

NOW = 1_000_000


def event(time: int, name: str = "e") -> Event:
    return Event(id=name, time=time, kind="read", account="a")


def answers(*sent: tuple[int, str], now: int = NOW) -> list[str]:
    """What the intake says of each: the code of the fault, or that it was taken."""
    intake = Intake(now)
    return [fault.code if (fault := intake.refuse(event(*one))) else "taken" for one in sent]


def naive(sent: list[tuple[int, str]], now: int) -> list[str]:
    """The contract, word by word: all that was taken is remembered, and only the last minute of it asked."""
    taken: list[tuple[int, str]] = []
    said = []
    for time, name in sent:
        newest = min(now, max((one for one, _ in taken), default=0))
        if time > now + MINUTE:
            said.append("future")
        elif time < newest - MINUTE:
            said.append("late")
        elif name in (recent := {other: one for one, other in taken if one >= newest - MINUTE}):
            said.append("duplicate" if recent[name] == time else "id-reused")
        else:
            said.append("taken")
            taken.append((time, name))
    return said


times = st.integers(NOW - 200_000, NOW + 100_000) | st.sampled_from([NOW - MINUTE, NOW, NOW + MINUTE, NOW + MINUTE + 1])


@given(st.lists(st.tuples(times | st.integers(0, 150_000), st.sampled_from("abcdef")), max_size=30))
@example([(NOW + MINUTE, "a"), (NOW - MINUTE, "b"), (NOW - MINUTE, "b"), (NOW - MINUTE - 1, "c")])
@example([(60_000, "a"), (0, "b"), (60_001, "c"), (61_000, "b")])
@example([(0, "a"), (60_000, "b"), (60_001, "c"), (60_001, "a")])
def test_the_intake_answers_as_the_contract_says(sent: list[tuple[int, str]]) -> None:
    assert answers(*sent) == naive(sent, NOW)


def test_a_minute_of_disorder_is_taken_and_what_is_older_is_late() -> None:
    assert answers((NOW, "a"), (NOW - MINUTE, "b"), (NOW - MINUTE - 1, "c"), (NOW - 1, "d")) == [
        "taken",
        "taken",
        "late",
        "taken",
    ]


def test_a_host_whose_clock_runs_ahead_makes_nobody_late() -> None:
    assert answers((NOW + MINUTE, "a"), (NOW - MINUTE, "b"), (NOW - MINUTE, "b"), (NOW - MINUTE - 1, "c")) == [
        "taken",
        "taken",
        "duplicate",
        "late",
    ]


def test_a_source_that_was_ahead_while_the_callers_clock_was_is_taken_again() -> None:
    intake = Intake(10 * NOW)
    assert intake.refuse(event(10 * NOW, "a")) is None
    intake.now = NOW
    assert [fault.code if (fault := intake.refuse(event(NOW, "b"))) else "taken" for _ in "12"] == [
        "taken",
        "duplicate",
    ]


def test_a_retry_is_a_duplicate_while_it_is_not_late() -> None:
    assert answers((0, "a"), (0, "a"), (MINUTE, "b"), (0, "a"), (MINUTE + 1, "c"), (0, "a")) == [
        "taken",
        "duplicate",
        "taken",
        "duplicate",
        "taken",
        "late",
    ]


def test_what_was_refused_leaves_no_trace() -> None:
    assert answers((NOW, "a"), (NOW + MINUTE + 1, "b"), (0, "c"), (NOW, "b"), (NOW, "c"), (NOW - MINUTE, "d")) == [
        "taken",
        "future",
        "late",
        "taken",
        "taken",
        "taken",
    ]


def test_the_future_begins_a_minute_after_now() -> None:
    assert answers((NOW + MINUTE, "a"), (NOW + MINUTE + 1, "b"), (LATEST, "c")) == ["taken", "future", "future"]
    intake = Intake(NOW)
    assert intake.refuse(event(NOW + MINUTE + 1)) is not None
    intake.now += 1
    assert intake.refuse(event(NOW + MINUTE + 1)) is None


def test_a_refusal_says_what_would_have_been_taken_and_what_came() -> None:
    intake = Intake(NOW)
    intake.refuse(event(NOW))
    late, future, twice = (intake.refuse(event(time)) for time in (0, 10 * NOW, NOW))
    assert late is not None
    assert (late.column, late.expected) == (
        "time",
        "at most 60 s before 1970-01-01T00:16:40.000Z (older is a past: --history, or ?history=true)",
    )
    assert late.got == "1970-01-01T00:00:00.000Z"
    assert future is not None
    assert future.expected == "at most 60 s after 1970-01-01T00:16:40.000Z"
    assert twice is not None
    assert (twice.column, twice.got) == ("id", "e")


def test_the_memory_of_a_source_holds_two_minutes_at_most() -> None:
    intake = Intake(LATEST)
    for number in range(20_000):
        assert intake.refuse(event(number * 100, str(number))) is None
    assert len(vars(intake)["_ids"]) == len(vars(intake)["_order"]) == MINUTE // 100 + 1
