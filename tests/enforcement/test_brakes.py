"""Brakes hold what is too much at once, for young and older accounts apart; held is not dropped (law 7)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.enforcement.things import LADDERS, Court, rule, said

from cartellino.enforcement.acts import Discard, OpenIncident, Overturn, Release
from cartellino.enforcement.brakes import Brakes
from cartellino.enforcement.decision import Decision
from cartellino.policies.policyset import PolicySet
from cartellino.vocabulary.times import DAY, HOUR


@pytest.mark.parametrize(
    ("active", "promised", "budget"),
    [
        (0, None, 20),
        (1_000, None, 20),
        (1_001, None, 20.02),
        (5_000, None, 100),
        (5_000, 1, 20),
        (5_000, 5, 50),
        (5_000, 100, 100),
        (100, 1_000, 20),
    ],
)
def test_the_budget_of_a_day(active: int, promised: float | None, budget: float) -> None:
    brakes = Brakes({} if promised is None else {"p/r": promised})
    assert brakes.budget("p/r", active) == pytest.approx(budget)


@given(st.lists(st.integers(0, 3 * DAY), min_size=1, max_size=120).map(sorted), st.integers(0, 3_000))
def test_never_more_than_the_budget_in_any_day(times: list[int], active: int) -> None:
    brakes = Brakes()
    acted = [now for now in times if not brakes.hold("main", "p/r", young=False, active=active, now=now)]
    for now in acted:
        assert sum(now - DAY < one <= now for one in acted) <= brakes.budget("p/r", active)


def flood(court: Court, accounts: int, at: int = 0, *, age: int | None = None, name: str = "r") -> list[Decision]:
    made = None if age is None else at - age
    return [court.decided(name, at, account=f"{name}{age}{n}", sequence=n, made=made) for n in range(accounts)]


def modes(decisions: list[Decision]) -> list[str]:
    return [one.mode for one in decisions]


def test_what_is_too_much_is_held_with_a_short_limit() -> None:
    court = Court(rule(rung=5), brakes=Brakes())
    decisions = flood(court, 25)
    assert modes(decisions) == ["live"] * 20 + ["held"] * 5
    held = decisions[-1]
    assert held.meanwhile is not None
    assert (held.meanwhile.kind, held.meanwhile.scope, held.meanwhile.ends_at) == ("restriction", ("new_chats",), HOUR)
    assert "new_chats" not in held.still_works
    assert "reply" in held.still_works
    assert court.name(HOUR - 1, held.account) == "limited"
    assert court.name(HOUR, held.account) == "clear"
    assert ("main", "p/r", False) in court.sequencer.brakes.tripped


def test_young_accounts_have_a_budget_of_their_own() -> None:
    """A flood of fresh accounts neither shields old ones nor is shielded by them."""
    court = Court(rule(rung=5), brakes=Brakes())
    assert modes(flood(court, 40, age=HOUR)).count("held") == 20
    assert modes(flood(court, 20, age=400 * DAY)) == ["live"] * 20
    assert modes(flood(court, 1)) == ["held"]


def test_rules_have_budgets_of_their_own() -> None:
    court = Court(rule("x", rung=5), rule("y", rung=5), brakes=Brakes())
    flood(court, 25, name="x")
    assert modes(flood(court, 20, name="y")) == ["live"] * 20


@pytest.mark.parametrize(("at", "mode"), [(DAY - 1, "held"), (DAY, "live")])
def test_a_wish_counts_for_a_day(at: int, mode: str) -> None:
    court = Court(rule(rung=5), brakes=Brakes())
    flood(court, 20)
    assert court.decided(at=at, account="x").mode == mode


@pytest.mark.parametrize("look", [Release, Discard])
def test_a_brake_stays_on_until_a_person_has_looked(look: type[Release | Discard]) -> None:
    court = Court(rule(rung=5), brakes=Brakes())
    flood(court, 25)
    assert court.decided(at=DAY - 1, account="x").mode == "held"
    assert court.decided(at=9 * DAY, account="y").mode == "held"
    court.act(look(**said(9 * DAY + 1), rule="p/r"))
    others = [court.decided(at=9 * DAY + 2, account=f"z{n}", sequence=n) for n in range(21)]
    assert modes(others) == ["live"] * 20 + ["held"]


def test_what_is_held_counts_for_the_brake() -> None:
    """Else a rule that goes on wishing would be let go as soon as what it carried out is a day old."""
    brakes = Brakes()
    for now in range(25):
        brakes.hold("main", "p/r", young=False, active=0, now=now)
    assert len(brakes._wishes["main", "p/r", False]) == 25


def test_services_have_brakes_of_their_own() -> None:
    brakes = Brakes()
    for now in range(500):
        brakes.hold("large", "p/r", young=False, active=100_000, now=now)
    assert not brakes.hold("small", "p/r", young=False, active=50, now=600)


def test_a_wish_that_waits_is_not_repeated() -> None:
    court, held = held_ban()
    assert court.find(at=HOUR, account=held.account) is None
    assert list(court.sequencer.held) == [held.id]


def test_a_release_asks_again_what_is_given() -> None:
    court = Court(rule("bans", rung=5), rule("r", given='linked(device, "ban") > 0', rung=3), brakes=Brakes())
    ban = court.decided("bans", account="old", device="d")
    held = [court.decided("r", 1, account=f"n{n}", sequence=n, device="d") for n in range(21)][-1]
    court.act(Overturn(**said(HOUR // 4), decision=ban.id))
    court.act(Release(**said(HOUR // 2), rule="p/r"))
    assert court.name(HOUR // 2, held.account) == "clear"
    assert court.sequencer.ledger.rows[-1].what == "no longer given"


def test_a_release_asks_again_whether_an_incident_excuses() -> None:
    court = Court(rule(on=frozenset({"connected"}), rung=3), brakes=Brakes())
    held = flood(court, 21, 10)[-1]
    court.act(OpenIncident(**said(HOUR), incident="i", kinds=frozenset({"connected"}), starts_at=0))
    court.act(Release(**said(HOUR // 2), rule="p/r"))
    assert court.name(HOUR // 2, held.account) == "clear"
    assert court.sequencer.ledger.rows[-1].what == "excused"


def test_what_is_released_keeps_its_name_whatever_policies_are_in_force() -> None:
    court, held = held_ban()
    court.sequencer.adopt(PolicySet((rule(rung=5), rule("new")), LADDERS))
    (released,) = court.sequencer.act(Release(**said(HOUR // 2), rule="p/r"))
    assert released.id == held.id
    court.act(Overturn(**said(HOUR // 2 + 1), decision=held.id))
    assert court.works(HOUR // 2 + 1, held.account) == []


def test_what_is_released_keeps_the_words_with_which_it_was_held() -> None:
    court, held = held_ban()
    other = replace(rule(rung=5), code=7, reason={"en": "other words"}, discloses="full", clause={"en": "other terms"})
    court.sequencer.adopt(PolicySet((other,), LADDERS))
    (released,) = court.sequencer.act(Release(**said(HOUR // 2), rule="p/r"))
    assert (released.code, released.wording) == (held.code, held.wording)
    assert court.sequencer.register.sanction(released.sanction).wording == held.wording


@pytest.mark.parametrize("action", ["review", "diagnosis"])
def test_asking_a_person_is_never_held(action: str) -> None:
    court = Court(rule(action=action), brakes=Brakes())
    assert set(modes(flood(court, 50))) == {"live"}


def held_ban() -> tuple[Court, Decision]:
    court = Court(rule(rung=5), brakes=Brakes())
    return court, flood(court, 21)[-1]


def test_a_release_carries_out_what_was_held() -> None:
    court, held = held_ban()
    assert held.id in court.sequencer.held
    court.act(Release(**said(2 * DAY), rule="p/r"))
    assert court.name(2 * DAY, held.account) == "banned"
    assert not court.sequencer.held
    court.act(Release(**said(3 * DAY), rule="p/r"))
    assert len(court.sequencer.standing("main", held.account).strikes) == 1


def test_a_discard_drops_it_and_its_limit() -> None:
    court, held = held_ban()
    court.act(Discard(**said(HOUR // 2), rule="p/r"))
    assert court.name(HOUR // 2 - 1, held.account) == "limited"
    assert court.name(HOUR // 2, held.account) == "clear"
    court.act(Release(**said(DAY), rule="p/r"))
    assert court.name(DAY, held.account) == "clear"


def test_an_appeal_against_what_is_held_drops_it_too() -> None:
    court, held = held_ban()
    court.act(Overturn(**said(HOUR // 2), decision=held.id))
    assert court.name(HOUR // 2, held.account) == "clear"
    court.act(Release(**said(DAY), rule="p/r"))
    assert court.name(DAY, held.account) == "clear"


def test_several_held_wishes_of_one_burst_are_one_strike() -> None:
    court = Court(rule("r", rung=2), rule("s", rung=2), brakes=Brakes({"p/r": 0, "p/s": 0}))
    flood(court, 20, name="r")
    flood(court, 20, name="s")
    assert court.decided("r", 0, account="x").mode == "held"
    assert court.decided("s", 1, account="x").mode == "held"
    court.act(Release(**said(DAY), rule="p/r"))
    court.act(Release(**said(DAY), rule="p/s"))
    assert len(court.sequencer.standing("main", "x").strikes) == 1
    assert court.works(DAY, "x") == ["restriction"]


def test_a_released_sanction_can_be_upgraded() -> None:
    """The short limit bears the same decision; the upgrade must replace the sanction, not the limit."""
    court = Court(rule("r", rung=2), rule("worse", rung=3), brakes=Brakes())
    held = flood(court, 21, name="r")[-1]
    court.act(Release(**said(HOUR // 4), rule="p/r"))
    court.decided("worse", HOUR // 2, account=held.account)
    assert court.works(2 * HOUR, held.account) == ["suspension"]


def test_correcting_a_released_sanction_leaves_its_limit_alone() -> None:
    court = Court(rule("r"), brakes=Brakes())
    first = court.decided("r", 0, account="x")
    flood(court, 20, 50 * HOUR)
    held = court.decided("r", 50 * HOUR, account="x")
    assert held.mode == "held"
    court.act(Release(**said(60 * HOUR), rule="p/r"))
    assert court.works(61 * HOUR, "x") == ["restriction"]
    court.act(Overturn(**said(62 * HOUR), decision=first.id))
    limit, sanction = court.sequencer.standing("main", "x").sanctions[1:]
    assert (limit.action.kind, limit.action.ends_at) == ("restriction", 51 * HOUR)
    assert sanction.action.kind == "warning"
