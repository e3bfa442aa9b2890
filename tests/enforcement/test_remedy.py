"""An overturned decision repairs everything: sanction, strike, and the rungs of all later strikes (law 10)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from tests.enforcement.things import LADDERS, SPAM, Court, finding, rule, said

from cartellino.enforcement.action import Action
from cartellino.enforcement.acts import Lift, Link, Overturn, Shorten
from cartellino.enforcement.decision import Decision
from cartellino.enforcement.ledger import verify
from cartellino.enforcement.standing import Sanction, Standing
from cartellino.kernel.finding import Context
from cartellino.policies.ladder import Ladder, Rung
from cartellino.policies.policyset import PolicySet
from cartellino.policies.rule import Rule
from cartellino.vocabulary.ids import DecisionId, RuleId, SanctionId
from cartellino.vocabulary.times import DAY, HOUR, MINUTE


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
    assert court.expired(DAY) == [decision.sanction]


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


# What is worsened by nobody's appeal


def shared(*rules: Rule) -> Court:
    """A court whose ladder `spam` is climbed by the person; the accounts `a` and `b` are one person's."""
    court = Court(*rules, ladders={**LADDERS, "spam": replace(SPAM, shared=True)})
    court.act(Link(**said(0), service="main", account="a", other_service="main", other_account="b"))
    return court


def sanction_of(court: Court, decision: Decision) -> Sanction:
    return court.sequencer.register.sanction(decision.sanction)


def test_winning_an_appeal_does_not_lengthen_a_sanction_that_was_shortened() -> None:
    court = Court()
    first, *_, last = (court.decided(at=at * DAY) for at in (0, 10, 20, 30))
    court.act(Shorten(**said(30 * DAY + 1), sanction=last.sanction, ends_at=30 * DAY + 2 * HOUR))
    court.act(Overturn(**said(30 * DAY + 10), decision=first.id))
    assert sanction_of(court, last).action.ends_at == 30 * DAY + 2 * HOUR


def test_a_lower_rung_that_lasts_longer_does_not_lengthen() -> None:
    odd = Ladder("odd", (Rung("restriction", ("groups",), 9 * DAY), Rung("suspension", (), DAY)))
    court = Court(rule(ladder="odd"), ladders={"odd": odd})
    first, second = court.decided(at=0), court.decided(at=20 * DAY)
    court.act(Overturn(**said(20 * DAY + 1), decision=first.id))
    assert sanction_of(court, second).action == Action("restriction", ("groups",), 21 * DAY)


def test_a_lower_rung_forbids_nothing_that_was_not_forbidden() -> None:
    odd = Ladder("odd", (Rung("restriction", ("groups",), DAY), Rung("restriction", ("media",), DAY)))
    court = Court(rule(ladder="odd"), ladders={"odd": odd})
    first, second = court.decided(at=0), court.decided(at=20 * DAY)
    court.act(Overturn(**said(20 * DAY + 1), decision=first.id))
    assert court.works(20 * DAY + 1) == []
    assert sanction_of(court, second).lifted_at == 20 * DAY + 1


def upgraded() -> tuple[Court, Decision, Decision, Decision]:
    court = Court(rule("mild", rung=2), rule("worse", rung=3), rule("worst", rung=4))
    return court, court.decided("mild", 0), court.decided("worse", 1), court.decided("worst", 2)


def test_what_an_overturned_upgrade_had_replaced_is_back() -> None:
    court, mild, worse, worst = upgraded()
    court.act(Overturn(**said(HOUR), decision=worst.id))
    assert court.works(HOUR) == ["suspension"]
    court.act(Overturn(**said(HOUR), decision=worse.id))
    assert court.works(HOUR) == ["restriction"]
    assert rungs(court.sequencer.standing("main", "a")) == [2]
    assert court.expired(DAY) == [mild.sanction]
    assert court.decided("mild", 9 * DAY).rung == 3


def test_upgrades_are_taken_back_in_any_order() -> None:
    court, _, worse, worst = upgraded()
    court.act(Overturn(**said(HOUR), decision=worse.id))
    assert court.works(HOUR) == ["suspension"]
    assert [one.rung for one in court.sequencer.standing("main", "a").strikes if one.counts] == [4]
    court.act(Overturn(**said(HOUR), decision=worst.id))
    assert court.works(HOUR) == ["restriction"]
    assert [one.rung for one in court.sequencer.standing("main", "a").strikes if one.counts] == [2]


def test_what_is_back_after_its_end_ends_once() -> None:
    court, mild, worse, worst = upgraded()
    court.act(Overturn(**said(9 * DAY), decision=worst.id))
    court.act(Overturn(**said(9 * DAY), decision=worse.id))
    assert court.works(9 * DAY) == []
    assert court.expired(9 * DAY).count(mild.sanction) == 1
    assert court.expired(99 * DAY) == []


def test_a_persons_other_account_comes_down_too() -> None:
    court = shared(rule())
    first, second, third = (court.decided(at=at * DAY, account=name) for at, name in ((0, "a"), (5, "b"), (10, "a")))
    assert [one.rung for one in (first, second, third)] == [1, 2, 3]
    before = len(court.sequencer.ledger.rows)
    court.act(Overturn(**said(11 * DAY), decision=first.id))
    assert rungs(court.sequencer.standing("main", "b")) == [1]
    assert rungs(court.sequencer.standing("main", "a")) == [2]
    rows = court.sequencer.ledger.rows[before:]
    pseudonym = court.sequencer.ledger.pseudonym
    assert {(row.what, row.subject) for row in rows} == {
        ("overturned", pseudonym("main", "a")), ("corrected", pseudonym("main", "a")),
        ("corrected", pseudonym("main", "b")),
    }  # fmt: skip


def test_an_upgrade_by_a_persons_other_account_is_a_row_and_can_be_taken_back() -> None:
    court = shared(rule("r", rung=2), rule("worse", rung=4))
    court.decided("r", 0, account="a")
    before = len(court.sequencer.ledger.rows)
    worse = court.decided("worse", 1, account="b")
    assert court.works(2, "a") == []
    of_a = court.sequencer.ledger.pseudonym("main", "a")
    assert [row.what for row in court.sequencer.ledger.rows[before:] if row.subject == of_a] == ["replaced"]
    court.act(Overturn(**said(3), decision=worse.id))
    assert (court.works(3, "a"), court.works(3, "b")) == (["restriction"], [])


def test_other_ladders_stay_as_they_are() -> None:
    """Also where the ladder has fewer rungs by now than when somebody climbed it."""
    court = Court(rule("r", rung=4), rule("s", ladder="short"))
    court.decided("r", 0)
    other = court.decided("s", 5 * DAY)
    fewer = replace(SPAM, rungs=SPAM.rungs[:3])
    court.sequencer.adopt(PolicySet((rule("r", rung=3), rule("s", ladder="short")), {**LADDERS, "spam": fewer}))
    before = court.sequencer.standing("main", "a").sanctions[0]
    court.act(Overturn(**said(6 * DAY), decision=other.id))
    assert court.sequencer.standing("main", "a").sanctions[0] == before


def test_three_decisions_of_one_event_name_are_three() -> None:
    """Two sources may call their events alike."""
    court = Court()
    found = [structs.replace(finding("r", at * DAY, sequence=at), event="1") for at in (0, 5, 10)]
    decisions = [court.sequencer.decide([one])[0] for one in found]
    assert len({one.id for one in decisions}) == 3
    court.act(Overturn(**said(11 * DAY), decision=decisions[-1].id))
    assert rungs(court.sequencer.standing("main", "a")) == [1, 2]


def test_a_late_event_joins_what_held_at_its_time_also_when_that_was_declared_over() -> None:
    court = Court(rule(rung=3))
    court.decided(at=0)
    assert len(court.expired(DAY + 1)) == 1
    assert court.find(at=DAY - 20_000) is None
    assert court.decided(at=DAY + 2).rung == 4


_STRIKES = st.lists(
    st.tuples(
        st.sampled_from(("r1", "r2", "r3", "r4")),
        st.sampled_from((10 * MINUTE, 2 * HOUR, DAY + 1, 3 * DAY, 11 * DAY)),
        st.sampled_from("ab"),
    ),
    min_size=2,
    max_size=6,
)  # fmt: skip


@given(_STRIKES, st.booleans(), st.sampled_from((10 * DAY, 90 * DAY)), st.data())
def test_reversals_come_to_the_same_in_any_order(
    strikes: list[tuple[str, int, str]], shared: bool, memory: int, data: st.DataObject
) -> None:
    """Also when one is taken back twice, and for two accounts of one person: what stays is what would be there."""
    ladders = {**LADDERS, "spam": replace(SPAM, shared=shared, memory=memory)}
    rules = [rule("r1"), rule("r2", rung=2), rule("r3", rung=3), rule("r4", rung=4)]

    def judged() -> tuple[Court, list[DecisionId], int]:
        court, at, made = Court(*rules, ladders=ladders), 0, []
        court.act(Link(**said(0), service="main", account="a", other_service="main", other_account="b"))
        for name, later, account in strikes:
            at += later
            decision = court.find(name, at, account=account)
            made += [decision.id] if decision is not None else []
        return court, made, at

    _, made, end = judged()
    chosen = data.draw(st.lists(st.sampled_from(made), min_size=1, max_size=3))
    found = set()
    for order in (chosen, chosen[::-1], [*chosen, *chosen]):
        court, _, _ = judged()
        for decision in order:
            court.act(Overturn(**said(end + 1_000), decision=decision))
        found.add(tuple(map(str, _standing(court, set(chosen)))))
    assert len(found) == 1


def _standing(court: Court, gone: set[DecisionId]) -> list[object]:
    """Return what still counts and holds of two accounts."""
    whole = [court.sequencer.standing("main", account) for account in "ab"]
    return [
        ([(one.rung, one.replaced_by) for one in each.strikes if not one.revoked],
         [(one.action, one.lifted_at, one.replaced_by, one.replaced_at) for one in each.sanctions
          if one.decision not in gone])
        for each in whole
    ]  # fmt: skip
