"""Honest people whose days look like an attack are told and limited, never suspended (law 9)."""

from __future__ import annotations

import pytest
from benchmarks.evidence.lookalikes import LOOKALIKES, Habit, courier, live, organiser

from cartellino.commands.consequences import facts_of
from cartellino.notices.compose import compose
from cartellino.notices.words import Words
from cartellino.policies.load import load
from cartellino.policies.packs import pack
from cartellino.service.service import catalogues

WORDS = Words(catalogues())


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


@pytest.mark.parametrize("language", ["en", "it", "id"])
def test_they_are_told_what_helps_instead_of_to_stop(language: str) -> None:
    (first, *_) = live(courier, people=1, days=3, seed=14).decisions
    facts = facts_of(first, load(pack("messenger")).rule(first.rule), "warned", first.action)
    told = compose(facts, WORDS, language, now=first.at)
    asked = WORDS.say(language, "Ask people to write to you first or to save your number: then they are not counted.")
    assert asked in told.to_do
    assert WORDS.say(language, "Stop messaging people who do not know you.") not in told.to_do
    assert told.next_time, "what follows if it goes on is said beforehand"
