"""The decisions that brakes and incidents hold.

A wish is held only once: whether one of the same rule on the account waits already is asked for every finding of a
flood, so it is looked up, not searched for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from cartellino.enforcement.decision import Decision
from cartellino.kernel.finding import Finding
from cartellino.vocabulary.ids import DecisionId


class Held(dict[DecisionId, tuple[Decision, Finding]]):
    """Held decisions with their findings, by id, in the order in which they were held."""

    def __init__(self) -> None:
        """Start with none."""
        super().__init__()
        self._wishes: Counter[tuple[str, str, str]] = Counter()

    def hold(self, decisions: Iterable[tuple[Decision, Finding]]) -> None:
        """Hold decisions."""
        for decision, finding in decisions:
            self[decision.id] = decision, finding
            self._wishes[decision.service, decision.account, decision.rule] += 1

    def take(self, identity: DecisionId) -> tuple[Decision, Finding]:
        """Stop holding a decision, and return it with its finding."""
        decision, finding = self.pop(identity)
        wish = decision.service, decision.account, decision.rule
        self._wishes[wish] -= 1
        if not self._wishes[wish]:
            del self._wishes[wish]
        return decision, finding

    def has(self, finding: Finding) -> bool:
        """Return whether a decision of the same rule on the account is held."""
        return (finding.service, finding.account, finding.rule) in self._wishes
