"""The red team: the same seed plays the same games, and a policy that stops more leaves less to find."""

from __future__ import annotations

from cartellino.enforcement.brakes import Released
from cartellino.pipeline.one_by_one import Stepwise
from cartellino.policies.load import Text, load
from cartellino.simulator.red_team.search import Terms, Winner, search
from cartellino.simulator.town import Judge

POLICY = """
policy: p
history: complete
signals:
  written: distinct(message_sent.peer, where=not known, over="24h")
rules:
  strangers:
    when: written > MOST or distinct(member_added.peer, over="24h") > MOST
    code: 1
    ladder: spam
    reason: {en: "Too many."}
ladders:
  spam: [ban]
languages: [en]
clause: "Terms 4"
"""


def found(most: int, seed: int = 1) -> list[Winner]:
    policies = load([Text("p.yaml", POLICY.replace("MOST", str(most)))])

    def judge() -> Judge:
        return Stepwise(policies, brakes=Released()).judge

    return search(Terms(numbers=4, days=3, seed=seed, judge=judge), games=6, fresh=1)


def test_the_same_seed_finds_the_same_whatever_the_machine() -> None:
    assert found(20) == found(20)
    assert found(20) != found(20, seed=2)


def test_a_policy_that_stops_sooner_leaves_less_to_find() -> None:
    by_number = {most: found(most)[0].found.per_number for most in (3, 60)}
    assert by_number[3] < by_number[60]


def test_accomplices_are_no_strangers_and_cost_something() -> None:
    for winner in found(20):
        score = winner.found
        assert score.reached <= score.numbers * winner.recipe.quits_at
        assert score.cost >= 0.5 * score.numbers
