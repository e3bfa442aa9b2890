"""`decide` by cases: what stands, what is found, and what follows."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from tests.enforcement.things import ENDLESS, LADDERS, SHORT, SPAM, finding, rule

from cartellino.enforcement.action import Action, of_rung
from cartellino.enforcement.decide import decide
from cartellino.enforcement.standing import Sanction, Standing, Strike
from cartellino.policies.ladder import Ladder
from cartellino.policies.rule import Rule
from cartellino.vocabulary.ids import DecisionId, RuleId, SanctionId
from cartellino.vocabulary.times import DAY, HOUR

NOW = 365 * DAY


def struck(*strikes: tuple[int, int], ladder: Ladder = SPAM, revoked: tuple[int, ...] = ()) -> Standing:
    """A standing with strikes: each is how long ago, and on which rung."""
    standing = Standing()
    for number, (ago, rung) in enumerate(strikes):
        decision, at = DecisionId(f"d_{number}"), NOW - ago
        action = of_rung(ladder.rung(rung), at)
        sanction = Sanction(SanctionId(f"s_{number}"), decision, RuleId("p/r"), ladder.name, action, at, number + 1)
        strike = Strike(ladder.name, at, rung, rung, decision, revoked=number in revoked)
        standing = standing.struck(strike, sanction)
    return standing


def acting(kind: str, ago: int = DAY, lifted: bool = False) -> Standing:
    sanction = Sanction(
        SanctionId("s_x"),
        DecisionId("d_x"),
        RuleId("p/other"),
        None,
        Action(kind),  # type: ignore[arg-type]
        NOW - ago,
        0,
        NOW - 1 if lifted else None,
    )
    return Standing().sanctioned(sanction)


@dataclass(frozen=True)
class Case:
    """What stands and what is found; `expected` is kind, rung, strike, or `None` for joining what stands."""

    standing: Standing
    expected: tuple[str, int, int] | None
    rule: Rule = field(default_factory=rule)


CASES = {
    "nothing stands: the first rung": Case(Standing(), ("warning", 1, 1)),
    "nothing stands, and the rule begins higher": Case(Standing(), ("suspension", 3, 1), rule(rung=3)),
    "a second strike climbs": Case(struck((2 * DAY, 1)), ("restriction", 2, 2)),
    "a third strike climbs": Case(struck((9 * DAY, 1), (5 * DAY, 2)), ("suspension", 3, 3)),
    "on top it stays on top": Case(struck((9 * DAY, 2), ladder=ENDLESS), ("suspension", 2, 2), rule(ladder="endless")),
    "the fifth strike is a ban": Case(struck((9 * DAY, 4)), ("ban", 5, 2)),
    "above the highest strike, not above the number of strikes": Case(struck((9 * DAY, 3)), ("suspension", 4, 2)),
    "above the highest, not above the latest": Case(struck((9 * DAY, 3), (5 * DAY, 1)), ("suspension", 4, 3)),
    "never below the rule's own rung": Case(struck((9 * DAY, 1)), ("suspension", 4, 2), rule(rung=4)),
    "within the burst it joins": Case(struck((HOUR - 1, 1)), None),
    "after the burst it does not": Case(struck((HOUR, 1)), ("restriction", 2, 2)),
    "while the sanction is in force it joins": Case(struck((DAY - 1, 2)), None),
    "when it has ended it does not": Case(struck((DAY, 2)), ("suspension", 3, 2)),
    "a warning holds nobody back, so only its burst is joined": Case(struck((2 * HOUR, 1)), ("restriction", 2, 2)),
    "within the burst a worse rung upgrades": Case(struck((60, 1)), ("suspension", 3, 1), rule(rung=3)),
    "in force a worse rung upgrades": Case(struck((DAY - 1, 2)), ("ban", 5, 1), rule(rung=5)),
    "an equal rung does not": Case(struck((DAY - 1, 2)), None, rule(rung=2)),
    "a milder rung does not": Case(struck((DAY - 1, 3)), None, rule(rung=2)),
    "a strike is forgotten with the memory": Case(struck((90 * DAY, 4)), ("warning", 1, 1)),
    "a day before that it counts": Case(struck((89 * DAY, 4)), ("ban", 5, 2)),
    "clean time climbs down": Case(struck((95 * DAY, 3), (50 * DAY, 1)), ("restriction", 2, 2)),
    "a revoked strike never counted": Case(struck((5 * DAY, 3), revoked=(0,)), ("warning", 1, 1)),
    "a revoked strike has no burst": Case(struck((60, 3), revoked=(0,)), ("warning", 1, 1)),
    "a banned account is not decided on": Case(struck((9 * DAY, 5)), None),
    "nor for another ladder": Case(struck((9 * DAY, 5)), None, rule(ladder="short")),
    "nor for a review": Case(struck((9 * DAY, 5)), None, rule(action="review")),
    "a challenged account is secured, never struck": Case(acting("challenge"), None, rule(rung=5)),
    "once it has proved who it is, it is": Case(acting("challenge", lifted=True), ("warning", 1, 1)),
    "ladders do not mix": Case(struck((60, 2)), ("restriction", 1, 1), rule(ladder="short")),
    "a sanction outlives the memory of its strike": Case(
        struck((2 * DAY, 1), ladder=SHORT), None, rule(ladder="short")
    ),
    "and can still be upgraded": Case(struck((2 * DAY, 1), ladder=SHORT), ("ban", 2, 1), rule(ladder="short", rung=2)),
    "a challenge is no strike": Case(Standing(), ("challenge", 0, 0), rule(action="challenge")),
    "a review is no strike": Case(struck((9 * DAY, 2)), ("review", 0, 0), rule(action="review")),
    "a diagnosis is no strike": Case(Standing(), ("diagnosis", 0, 0), rule(action="diagnosis")),
}


@pytest.mark.parametrize("title", CASES)
def test_what_follows(title: str) -> None:
    case = CASES[title]
    ladder = LADDERS[case.rule.ladder] if case.rule.ladder is not None else None
    measure = decide(finding(at=NOW), case.rule, ladder, case.standing)
    assert (measure and (measure.action.kind, measure.rung, measure.strike)) == case.expected
    assert decide(finding(at=NOW), case.rule, ladder, case.standing) == measure


def test_an_upgrade_names_the_sanction_that_it_replaces() -> None:
    standing = struck((60, 1))
    measure = decide(finding(at=NOW), rule(rung=3), SPAM, standing)
    assert measure is not None
    assert measure.upgrades == standing.sanctions[0]


def test_the_end_is_counted_from_the_finding() -> None:
    measure = decide(finding(at=NOW), rule(rung=3), SPAM, Standing())
    assert measure is not None
    assert measure.action == Action("suspension", (), NOW + DAY)
