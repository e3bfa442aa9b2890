"""Honest people whose days look like an attack are left in peace; attackers who do are stopped (law 9)."""

from __future__ import annotations

import pytest
from benchmarks.evidence.lookalikes import live, tables
from benchmarks.evidence.replay import WHOLE_PAST

from cartellino.commands.consequences import facts_of
from cartellino.enforcement.brakes import Released
from cartellino.events.event import Event
from cartellino.notices.compose import compose
from cartellino.notices.words import Words
from cartellino.pipeline.one_by_one import Stepwise
from cartellino.policies.load import load
from cartellino.policies.packs import pack
from cartellino.service.service import catalogues
from cartellino.simulator.habit import Habit
from cartellino.simulator.lookalikes import ATTACKS, HONEST
from cartellino.simulator.run import START
from cartellino.vocabulary.times import MINUTE

WORDS = Words(catalogues())

QUICK = {"courier", "organiser", "shared-phone", "class-speaker", "address-book", "uncertified-phone", "courted"}


@pytest.mark.parametrize("kind", [kind for kind in HONEST if kind.name in QUICK], ids=lambda one: one.name)
def test_nobody_who_only_looks_like_an_attacker_is_refused(kind: type[Habit]) -> None:
    lives = live([kind], accounts=12, days=14, seed=12)
    assert not [life for life in lives if life.stopped]
    assert sum(life.refused for life in lives) == 0


@pytest.mark.slow
@pytest.mark.thorough
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
    lives = [life for life in live([kind], accounts=8, days=20, seed=14) if life.stopped or life.days >= 7]
    assert sum(life.stopped for life in lives) >= 0.8 * len(lives), "of so few, one or two may get through"


def test_the_tables_show_both() -> None:
    kinds = [kind for kind in (*HONEST, *ATTACKS) if kind.name in ("organiser", "patient-enumerator")]
    told = tables(live(kinds, accounts=2, days=4, seed=1))
    assert "| organiser | 2 |" in told
    assert "| patient-enumerator | 2 |" in told


@pytest.mark.parametrize("language", ["en", "it", "id"])
def test_whoever_nears_the_allowance_is_told_what_helps_instead_of_to_stop(language: str) -> None:
    route = Stepwise(load([*pack("messenger"), WHOLE_PAST]), brakes=Released())
    route.judge(Event(id="r", time=START, kind="registered", account="a"))
    sent = [
        Event(
            id=f"m{n}", time=START + (n + 1) * 10 * MINUTE, kind="message_sent", account="a", peer=f"p{n}", known=False
        )
        for n in range(26)
    ]
    answer = Event(id="reply", time=START + MINUTE + 1, kind="reply_received", account="b", peer="c")
    first, *more = [one for event in (answer, *sent) for one in route.judge(event)]
    assert (first.rule, more) == ("spam/quota-first-warning", [])

    facts = facts_of(first, load(pack("messenger")).rule(first.rule), "warned", first.action)
    told = compose(facts, WORDS, language, now=first.at)
    asked = WORDS.say(language, "Ask people to write to you first or to save your number: then they are not counted.")
    assert asked in told.to_do
    assert WORDS.say(language, "Stop messaging people who do not know you.") not in told.to_do
    assert told.next_time, "what follows if it goes on is said beforehand"
