"""What changes under a running kernel: questions that change nothing, thresholds at once, new series from the log."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernel.sameness import Author, by_engine
from tests.kernel.streams import policy, rule

from cartellino.events.logged import to_logged
from cartellino.kernel.engine import Engine
from cartellino.kernel.geometry import Geometry

SIZE = Geometry(shards=2, lines=64)


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.integers(1, 3))
def test_a_question_finds_what_the_event_would_and_changes_nothing(seed: int, asked: int) -> None:
    author = Author(seed)
    policies, log, geometry = author.policies(), author.stream(60), author.geometry()
    engine = Engine(policies, "s", geometry=geometry, native=False)
    by_engine(engine, log[:-asked], [20])
    before = engine.state.digest()

    answered = engine.check(to_logged(log[-asked:]))

    assert engine.state.digest() == before
    found = engine.judge(to_logged(log[-asked:]), 0)
    assert [(one.rule, one.event, one.evidence, one.context) for one in answered] == [
        (one.rule, one.event, one.evidence, one.context) for one in found
    ]


def busy(limit: int, *, over: str = "1h", column: str = "") -> str:
    return f'count(message_sent{column}, over="{over}") > {limit}'


@pytest.mark.parametrize("workers", [1, 2])
def test_a_threshold_changes_at_once_and_what_was_counted_stays(workers: int) -> None:
    log = Author(3).stream(200, people=2)
    engine = Engine(policy(rule("r", busy(10_000))), "s", workers, SIZE, native=False)
    assert by_engine(engine, log[:120], [50]) == []

    assert engine.adopt(policy(rule("r", busy(0))))

    whole = Engine(policy(rule("r", busy(0))), "s", geometry=SIZE, native=False)
    by_engine(whole, log[:120], [50])
    whole.state.cells[...], whole.state.counts[...], whole.state.fired[...] = 0, 0, 0
    assert by_engine(engine, log[120:], [50], begins=120) == by_engine(whole, log[120:], [50], begins=120) != []


def test_another_rule_over_the_same_counts_is_taken_in_and_another_series_is_not() -> None:
    engine = Engine(policy(rule("r", busy(5))), "s", geometry=SIZE, native=False)
    assert engine.adopt(policy(rule("r", busy(5)), rule("s", f"{busy(1)} and known")))
    assert not engine.adopt(policy(rule("r", busy(5, over="24h"))))
    assert [one.id for one in engine.plan.rules] == ["t/r", "t/s"]


@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_a_successor_is_filled_from_the_log_while_the_old_one_serves(seed: int) -> None:
    """What it finds after it has taken over is what it would have found had it been there from the start."""
    author = Author(seed)
    old, new = author.policies(), author.policies()
    log, geometry = author.stream(80), author.geometry()
    serving, successor = (Engine(one, "s", geometry=geometry, native=False) for one in (old, new))
    by_engine(serving, log[:50], [20])

    for batch in (to_logged(log[:30]), to_logged(log[30:50])):
        successor.observe(batch)
    successor.succeed(serving)

    always = Engine(new, "s", geometry=geometry, native=False)
    for batch in (to_logged(log[:50]),):
        always.observe(batch)
    always.succeed(serving)
    assert by_engine(successor, log[50:], [7], begins=50) == by_engine(always, log[50:], [30], begins=50)
    assert successor.state.digest() == always.state.digest()


def test_what_fired_before_the_change_rests_after_it() -> None:
    log = Author(3).stream(60, people=1)
    serving = Engine(policy(rule("r", busy(0))), "s", geometry=SIZE, native=False)
    assert by_engine(serving, log[:40], [40])
    successor = Engine(policy(rule("r", busy(0), cooldown=10**12)), "s", geometry=SIZE, native=False)
    successor.observe(to_logged(log[:40]))
    successor.succeed(serving)
    fired = {(one.service, one.account) for one in by_engine(serving, log[:1], [1])}
    assert not [one for one in by_engine(successor, log[40:], [20], begins=40) if (one.service, one.account) in fired]
