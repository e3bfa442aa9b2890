"""Honest people whose days look like an attack are left in peace; attackers who do are stopped (law 9)."""

from __future__ import annotations

import pytest
from benchmarks.evidence.lookalikes import live

from cartellino.simulator.habit import Habit
from cartellino.simulator.people.courier import Courier
from cartellino.simulator.people.organiser import Organiser
from cartellino.simulator.people.shared_phone import SharedPhone


@pytest.mark.xfail(strict=True, reason="the pack takes volume, one text and a shared phone for proof")
@pytest.mark.parametrize("kind", [Courier, Organiser, SharedPhone], ids=lambda one: one.name)
def test_nobody_who_only_looks_like_an_attacker_is_limited(kind: type[Habit]) -> None:
    lives = live([kind], accounts=12, days=14, seed=12)
    assert not [life for life in lives if life.stopped]
