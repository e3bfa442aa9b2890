"""Several findings of one event, upgrades, and the record that a decision leaves."""

from __future__ import annotations

import pytest
from tests.enforcement.things import Court, finding, rule, said

from cartellino.enforcement.acts import Lift
from cartellino.vocabulary.ids import DecisionId, decision_id, sanction_id
from cartellino.vocabulary.times import DAY, HOUR


def test_worst_first_and_one_strike_a_ladder() -> None:
    court = Court(rule("mild"), rule("worst", rung=5), rule("bad", rung=3))
    decisions = court.sequencer.decide([finding(name) for name in ("mild", "bad", "worst")])
    assert [(one.rule, one.action.kind, one.strike) for one in decisions] == [("p/worst", "ban", 1)]
    assert len(court.sequencer.standing("main", "a").strikes) == 1


def test_of_two_rungs_of_one_kind_the_higher_comes_first() -> None:
    court = Court(rule("a", rung=3), rule("b", rung=4))
    decisions = court.sequencer.decide([finding("a"), finding("b")])
    assert [(one.rule, one.rung) for one in decisions] == [("p/b", 4)]


def test_a_challenge_comes_before_a_warning() -> None:
    """A taken-over account is secured, never struck (law 4)."""
    court = Court(rule("warns"), rule("proves", action="challenge"))
    decisions = court.sequencer.decide([finding("warns"), finding("proves")])
    assert [one.action.kind for one in decisions] == ["challenge"]
    assert not court.sequencer.standing("main", "a").strikes


def test_two_ladders_are_two_matters() -> None:
    court = Court(rule("a", rung=2), rule("b", ladder="short"))
    decisions = court.sequencer.decide([finding("a"), finding("b")])
    assert [one.action.scope for one in decisions] == [("new_chats",), ("groups",)]
    assert {"new_chats", "groups"}.isdisjoint(decisions[-1].still_works)


def test_an_upgrade_replaces_strike_and_sanction() -> None:
    court = Court(rule("r", rung=2), rule("worse", rung=4))
    first = court.decided("r", 0)
    upgraded = court.decided("worse", HOUR // 2)
    standing = court.sequencer.standing("main", "a")
    assert [one.decision for one in standing.strikes if one.counts] == [upgraded.id]
    assert upgraded.strike == first.strike == 1
    assert court.works(HOUR) == ["suspension"]
    assert court.expired(9 * DAY) == [upgraded.sanction]


def test_a_review_leaves_no_sanction_but_a_row() -> None:
    court = Court(rule(action="review"))
    decision = court.decided()
    assert decision.still_works[0] == "read"
    assert not court.sequencer.standing("main", "a").sanctions
    assert [row.what for row in court.sequencer.ledger.rows] == ["asked for review"]


def test_a_passed_challenge_is_lifted() -> None:
    court = Court(rule(action="challenge"))
    decision = court.decided()
    assert court.name(DAY) == "suspended"
    court.act(Lift(**said(DAY), sanction=decision.sanction))
    assert court.name(DAY) == "clear"


def test_a_decision_is_named_by_what_caused_it() -> None:
    court, again = Court(), Court()
    decision = court.decided(at=7)
    version = court.policies.version
    assert decision.id == again.decided(at=7).id == decision_id("main", "a", "p/r", version, "e7", 7)
    assert decision.sanction == sanction_id(DecisionId(decision.id))
    assert again.decided(at=7 + DAY).id != decision.id


def test_the_record_says_what_the_contract_promises() -> None:
    record = Court(rule(rung=3)).decided(at=DAY).record()
    assert record["action"] == {"kind": "suspension", "scope": [], "ends_at": "1970-01-03T00:00:00.000Z"}
    assert record["at"] == "1970-01-02T00:00:00.000Z"
    assert (record["policy"], record["rule"], record["code"], record["mode"]) == ("p", "r", 1, "live")
    assert (record["strike"], record["next_step"]) == (1, {"kind": "suspension", "for": "48h"})
    assert record["still_works"] == ["appeal", "export"]
    assert record.keys() >= {"decision_id", "account", "service", "sequence", "policy_version", "evidence"}


@pytest.mark.parametrize(("rung", "next_kind"), [(1, "restriction"), (4, "ban"), (5, None)])
def test_the_next_step_is_told(rung: int, next_kind: str | None) -> None:
    step = Court(rule(rung=rung)).decided().next_step
    assert (step and step.kind) == next_kind
