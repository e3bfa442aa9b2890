"""Honest people whose days look like an attack are told and limited, never suspended (law 9)."""

from __future__ import annotations

import pytest
from benchmarks.evidence.lookalikes import LOOKALIKES, Habit, courier, live, organiser


@pytest.mark.parametrize("habit", LOOKALIKES, ids=lambda one: one.__name__)
def test_nobody_who_only_looks_like_an_attacker_is_suspended(habit: Habit) -> None:
    worst = live(habit, people=8, days=14, seed=12).strongest()
    assert worst.keys() <= {"warning", "restriction"}


@pytest.mark.parametrize("habit", [courier, organiser], ids=lambda one: one.__name__)
def test_older_accounts_are_told_before_they_are_limited(habit: Habit) -> None:
    lived = live(habit, people=4, days=10, seed=13)
    first = {one.account: one.action.kind for one in reversed(lived.decisions)}
    assert len(first) == lived.accounts, "these habits come to notice"
    assert set(first.values()) == {"warning"}
