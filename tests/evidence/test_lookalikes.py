"""Honest people whose days look like an attack are left in peace; attackers who do are stopped (law 9)."""

from __future__ import annotations

import pytest
from benchmarks.evidence.lookalikes import live, tables

from cartellino.simulator.habit import Habit
from cartellino.simulator.lookalikes import ATTACKS, HONEST

QUICK = {"courier", "organiser", "shared-phone", "class-speaker", "address-book", "uncertified-phone", "courted"}


@pytest.mark.parametrize("kind", [kind for kind in HONEST if kind.name in QUICK], ids=lambda one: one.name)
def test_nobody_who_only_looks_like_an_attacker_is_refused(kind: type[Habit]) -> None:
    lives = live([kind], accounts=12, days=14, seed=12)
    assert not [life for life in lives if life.stopped]
    assert sum(life.refused for life in lives) == 0


@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind for kind in HONEST if kind.name not in QUICK], ids=lambda one: one.name)
def test_the_other_habits_deliver_what_they_wish(kind: type[Habit]) -> None:
    lives = live([kind], accounts=20, days=14, seed=13)
    wishes, refused = sum(life.wishes for life in lives), sum(life.refused for life in lives)
    assert refused <= 0.02 * wishes
    assert sum(life.stopped for life in lives) <= 1
    assert not [life for life in lives if life.worst in ("suspension", "ban", "challenge")]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ATTACKS, ids=lambda one: one.name)
def test_attackers_who_look_like_them_are_stopped(kind: type[Habit]) -> None:
    lives = [life for life in live([kind], accounts=12, days=20, seed=14) if life.stopped or life.days >= 7]
    assert sum(life.stopped for life in lives) >= 0.8 * len(lives), "of so few, one or two may get through"


def test_the_tables_show_both() -> None:
    kinds = [kind for kind in (*HONEST, *ATTACKS) if kind.name in ("organiser", "money-pleas")]
    told = tables(live(kinds, accounts=2, days=4, seed=1))
    assert "| organiser | 2 |" in told
    assert "| money-pleas | 2 |" in told
