"""An overturned decision repairs everything: sanction, strike, and the rungs of all later strikes (law 10)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.enforcement.things import Court, rule, said

from cartellino.enforcement.action import Action
from cartellino.enforcement.acts import Lift, Overturn, Shorten
from cartellino.enforcement.ledger import verify
from cartellino.enforcement.standing import Sanction, Standing
from cartellino.kernel.finding import Context
from cartellino.vocabulary.ids import DecisionId, RuleId, SanctionId
from cartellino.vocabulary.times import DAY, HOUR


def rungs(standing: Standing) -> list[int]:
    return [one.rung for one in standing.strikes if not one.revoked]


def climbed(times: list[int]) -> tuple[Court, list[DecisionId]]:
    court = Court()
    return court, [court.decided(at=at).id for at in times]


def test_later_rungs_come_down() -> None:
    court, decisions = climbed([0, 10 * DAY, 20 * DAY, 30 * DAY, 40 * DAY])
    assert rungs(court.sequencer.standing("main", "a")) == [1, 2, 3, 4, 5]
    assert court.name(50 * DAY) == "banned"
    court.act(Overturn(**said(50 * DAY), decision=decisions[1]))
    standing = court.sequencer.standing("main", "a")
    assert rungs(standing) == [1, 2, 3, 4]
    assert [one.action.kind for one in standing.sanctions if one.lifted_at is None] == [
        "warning",
        "restriction",
        "suspension",
        "suspension",
    ]
    assert court.name(50 * DAY) == "clear"
    assert court.decided(at=60 * DAY).rung == 5


def test_a_correction_ends_when_the_milder_sanction_would_have_ended() -> None:
    court, decisions = climbed([0, 10 * DAY, 20 * DAY, 30 * DAY])
    court.act(Overturn(**said(30 * DAY + HOUR), decision=decisions[0]))
    assert court.sequencer.standing("main", "a").sanctions[-1].action.ends_at == 31 * DAY
    assert court.name(31 * DAY - 1) == "suspended"
    assert court.name(31 * DAY) == "warned"


def test_rules_keep_their_own_least_rung() -> None:
    court = Court(rule("r"), rule("grave", rung=4))
    first = court.decided("r", 0)
    court.decided("grave", 5 * DAY)
    court.act(Overturn(**said(5 * DAY + 1), decision=first.id))
    assert rungs(court.sequencer.standing("main", "a")) == [4]


@settings(max_examples=60)
@given(st.lists(st.integers(3, 60), min_size=1, max_size=8), st.data())
def test_it_is_as_if_it_had_never_been_decided(steps: list[int], data: st.DataObject) -> None:
    """With strikes days apart, taking one away leaves what would have come without its finding."""
    times = [sum(steps[: number + 1]) * DAY for number in range(len(steps))]
    court, never = Court(), Court()
    decided = {at: found for at in times if (found := court.find(at=at)) is not None}
    wrong = data.draw(st.sampled_from(sorted(decided)))
    court.act(Overturn(**said(times[-1] + DAY), decision=decided[wrong].id))
    for at in decided:
        if at != wrong:
            never.find(at=at)
    repaired, clean = court.sequencer.standing("main", "a"), never.sequencer.standing("main", "a")
    assert rungs(repaired) == rungs(clean)[: len(rungs(repaired))]
    kept = [one for one in repaired.sanctions if one.decision != decided[wrong].id]
    assert [one.action for one in kept] == [one.action for one in clean.sanctions][: len(kept)]
    assert verify(court.sequencer.ledger.rows) is None


def test_nothing_becomes_worse_by_somebody_elses_appeal() -> None:
    """Strikes that were taken over from elsewhere stand on the rung that they came with."""
    court = Court()
    for number in (1, 2):
        identity = DecisionId(f"d_{number}")
        action = Action("warning")
        imported = Sanction(SanctionId(f"s_{number}"), identity, RuleId("p/old"), "spam", action, number * DAY, 1)
        court.sequencer.impose("main", "a", imported, Context(), grave=False)
    wrong = court.decided(at=9 * DAY)
    court.act(Overturn(**said(10 * DAY), decision=wrong.id))
    assert rungs(court.sequencer.standing("main", "a")) == [1, 1]


def test_an_overturned_finding_may_strike_anew_at_once() -> None:
    court, decisions = climbed([0])
    court.act(Overturn(**said(1), decision=decisions[0]))
    assert court.decided(at=2).strike == 1


def test_what_was_lifted_before_stays_lifted_then() -> None:
    court = Court(rule(rung=3))
    decision = court.decided(at=0)
    court.act(Lift(**said(HOUR), sanction=decision.sanction))
    court.act(Overturn(**said(2 * HOUR), decision=decision.id))
    assert court.sequencer.standing("main", "a").sanctions[0].lifted_at == HOUR


def test_a_lift_ends_the_sanction_and_keeps_the_strike() -> None:
    court = Court(rule(rung=3))
    decision = court.decided(at=0)
    court.act(Lift(**said(HOUR), sanction=decision.sanction))
    assert (court.name(HOUR - 1), court.name(HOUR)) == ("suspended", "clear")
    assert court.decided(at=2 * HOUR).rung == 4


def test_a_shortened_sanction_ends_earlier_never_later() -> None:
    court = Court(rule(rung=3))
    decision = court.decided(at=0)
    court.act(Shorten(**said(HOUR), sanction=decision.sanction, ends_at=5 * DAY))
    assert court.name(DAY - 1) == "suspended"
    assert court.name(DAY) == "clear"
    court.act(Shorten(**said(HOUR), sanction=decision.sanction, ends_at=2 * HOUR))
    assert (court.name(2 * HOUR - 1), court.name(2 * HOUR)) == ("suspended", "clear")
    assert court.sequencer.expired(DAY) == [decision.sanction]


def test_a_ban_can_be_shortened_to_an_end() -> None:
    court = Court(rule(rung=5))
    decision = court.decided(at=0)
    court.act(Shorten(**said(HOUR), sanction=decision.sanction, ends_at=DAY))
    assert (court.name(DAY - 1), court.name(DAY)) == ("banned", "clear")


@pytest.mark.parametrize("wrong", [0, 1, 2])
def test_every_correction_is_a_row(wrong: int) -> None:
    court, decisions = climbed([0, 10 * DAY, 20 * DAY])
    before = len(court.sequencer.ledger.rows)
    court.act(Overturn(**said(30 * DAY), decision=decisions[wrong]))
    written = [row.what for row in court.sequencer.ledger.rows[before:]]
    assert written == ["overturned", *["corrected"] * (2 - wrong)]
