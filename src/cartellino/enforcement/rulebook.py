"""The rules and ladders by which findings are decided: those of the current policies, and removed ones.

A decision that is held may outlive its rule, and a strike its ladder. Rules and ladders that newer policies lack are
therefore kept in their last version.

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
    """The rules, ladders and texts of the current policies and of earlier ones."""

    def __init__(self, policies: PolicySet) -> None:
        """Start with these policies."""
        self.policies = policies
        self.ladders = dict(policies.ladders)
        self.shared = policies.shared
        """The ladders on which all accounts of a person climb together."""
        self.wordings: dict[RuleId, Wording] = {rule.id: wording_of(rule) for rule in policies.rules}
        self._given = _meanings(policies)
        self._retired: dict[RuleId, Rule] = {}

    def adopt(self, policies: PolicySet) -> None:
        """Replace the policies. A removed rule still decides on its earlier findings."""
        before = self._retired | {rule.id: rule for rule in self.policies.rules}
        self._retired = {name: rule for name, rule in before.items() if policies.rule(name) is None}
        self.ladders |= policies.ladders
        self.wordings |= {rule.id: wording_of(rule) for rule in policies.rules}
        self.shared = frozenset(ladder.name for ladder in self.ladders.values() if ladder.shared)
        self.policies = policies
        self._given = {name: means for name, means in self._given.items() if name in self._retired}
        self._given |= _meanings(policies)

    def rule(self, identity: str) -> Rule | None:
        """Return a rule by its id, in its last version if it was removed; `None` if there was none."""
        return self.policies.rule(identity) or self._retired.get(RuleId(identity))

    def rule_of(self, finding: Finding) -> Rule:
        """Return the rule of a finding, with a rung that its ladder, which may have become shorter, still has."""
        rule = self.rule(finding.rule)
        assert rule is not None, f"a finding of a rule that is not in the policy set: {finding.rule}"
        ladder = self.ladders.get(rule.ladder or "")
        return rule if ladder is None or rule.rung <= len(ladder.rungs) else replace(rule, rung=len(ladder.rungs))

    def ladder_of(self, rule: Rule) -> Ladder | None:
        """Return the ladder of a rule; `None` for a rule with an action."""
        return self.ladders.get(rule.ladder) if rule.ladder is not None else None

    def worst_first(self, findings: list[Finding]) -> list[Finding]:
        """Sort the findings of one event by severity, then by rung, the most severe first."""
        return sorted(findings, key=self._mildness) if len(findings) > 1 else findings

    def given_of(self, rule: Rule) -> Callable[[Circumstances], Truth] | None:
        """Return the function that evaluates the `given` of a rule; `None` if the rule has none."""
        return self._given.get(rule.id)

    def _mildness(self, finding: Finding) -> tuple[int, int, str]:
        rule = self.rule_of(finding)
        if rule.action is not None:
            return -SEVERITY[rule.action], 0, rule.id
        rung = self.ladders[rule.ladder or ""].rung(rule.rung)
        return -SEVERITY[rung.kind], -rule.rung, rule.id


def _meanings(policies: PolicySet) -> dict[RuleId, Callable[[Circumstances], Truth]]:
    """Return the functions that evaluate `given`, by rule."""
    return {rule.id: given.meaning(rule.given) for rule in policies.rules if rule.given is not None}
