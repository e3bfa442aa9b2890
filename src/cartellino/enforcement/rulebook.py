"""The rules and ladders by which findings become decisions: those of the policies, and those that are gone.

A decision that a brake holds may outlive its rule, and a strike its ladder. So what other policies leave out is kept as
it last was.

>>> from cartellino.policies.load import Text, load
>>> rulebook = Rulebook(load([Text("p.yaml", "policy: p\\nladders: {soft: [warning]}")]))
>>> rulebook.adopt(load([Text("p.yaml", "policy: p")]))
>>> list(rulebook.ladders)
['soft']
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cartellino.enforcement import given
from cartellino.enforcement.given import Circumstances
from cartellino.enforcement.wording import Wording, wording_of
from cartellino.kernel.finding import Finding
from cartellino.policies.ladder import SEVERITY, Ladder
from cartellino.policies.policyset import PolicySet
from cartellino.policies.rule import Rule
from cartellino.vocabulary.ids import RuleId
from cartellino.vocabulary.truth import Truth


class Rulebook:
    """What the policies of today and of before say of rules, ladders and their words."""

    def __init__(self, policies: PolicySet) -> None:
        """Begin with these policies."""
        self.policies = policies
        self.ladders = dict(policies.ladders)
        self.shared = policies.shared
        """The ladders on which all accounts of a person climb together."""
        self.wordings: dict[RuleId, Wording] = {rule.id: wording_of(rule) for rule in policies.rules}
        self._given = _meanings(policies)
        self._retired: dict[RuleId, Rule] = {}

    def adopt(self, policies: PolicySet) -> None:
        """Decide by other policies from now on; a rule that is gone still decides on what it found before."""
        before = self._retired | {rule.id: rule for rule in self.policies.rules}
        self._retired = {name: rule for name, rule in before.items() if policies.rule(name) is None}
        self.ladders |= policies.ladders
        self.wordings |= {rule.id: wording_of(rule) for rule in policies.rules}
        self.shared = frozenset(ladder.name for ladder in self.ladders.values() if ladder.shared)
        self.policies = policies
        self._given = {name: means for name, means in self._given.items() if name in self._retired}
        self._given |= _meanings(policies)

    def rule(self, identity: str) -> Rule | None:
        """Return a rule of the policies, or one that is gone as it last was."""
        return self.policies.rule(identity) or self._retired.get(RuleId(identity))

    def rule_of(self, finding: Finding) -> Rule:
        """Return the rule of a finding: as it is, or as it last was, on a rung that its ladder has by now."""
        rule = self.rule(finding.rule)
        assert rule is not None, f"a finding of a rule that is not in the policy set: {finding.rule}"
        ladder = self.ladders.get(rule.ladder or "")
        return rule if ladder is None or rule.rung <= len(ladder.rungs) else replace(rule, rung=len(ladder.rungs))

    def ladder_of(self, rule: Rule) -> Ladder | None:
        """Return the ladder that a rule climbs; one with an action of its own climbs none."""
        return self.ladders.get(rule.ladder) if rule.ladder is not None else None

    def worst_first(self, findings: list[Finding]) -> list[Finding]:
        """Order the findings of one event: what limits most first, of these the higher rung."""
        return sorted(findings, key=self._mildness) if len(findings) > 1 else findings

    def is_given(self, rule: Rule, case: Circumstances) -> bool:
        """Say whether the `given` of a rule holds for certain; without one it does."""
        means = self._given.get(rule.id)
        return means is None or means(case) is True

    def _mildness(self, finding: Finding) -> tuple[int, int, str]:
        rule = self.rule_of(finding)
        if rule.action is not None:
            return -SEVERITY[rule.action], 0, rule.id
        rung = self.ladders[rule.ladder or ""].rung(rule.rung)
        return -SEVERITY[rung.kind], -rule.rung, rule.id


def _meanings(policies: PolicySet) -> dict[RuleId, Callable[[Circumstances], Truth]]:
    """Return what the `given` of each rule means that has one."""
    return {rule.id: given.meaning(rule.given) for rule in policies.rules if rule.given is not None}
