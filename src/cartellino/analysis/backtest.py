"""Runs two policy versions over the same events: who would newly be sanctioned, who no longer, and which is right.

Both run in one pass, each with its own kernel and sequencer, through the same route as live events, so that a backtest
cannot differ from what would have happened. Only the brakes are off, since in the past they have nobody to protect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from cartellino.enforcement.brakes import Released
from cartellino.enforcement.decision import Decision
from cartellino.kernel.event_columns import EventColumns
from cartellino.kernel.geometry import Geometry
from cartellino.learning.precision import Score, score
from cartellino.pipeline.route import Route
from cartellino.policies.ladder import SEVERITY
from cartellino.policies.policyset import PolicySet

SANCTIONS = frozenset({"warning", "challenge", "restriction", "suspension", "ban"})
LIMITS = frozenset({"challenge", "restriction", "suspension", "ban"})
"""The actions that limit an account: challenge and severer."""


@dataclass
class Side:
    """One version: its route, the first decision of each rule on each account, and the severest one per account."""

    route: Route
    by_rule: dict[str, dict[str, Decision]] = field(default_factory=dict)
    worst: dict[str, Decision] = field(default_factory=dict)

    def take(self, batch: pa.RecordBatch, seen: EventColumns | None = None) -> None:
        """Judge events, and keep the live sanctions."""
        for decision in self.route.judge(batch, seen):
            if decision.mode == "live" and decision.action.kind in SANCTIONS:
                self._note(decision)

    def accounts(self, kinds: frozenset[str] = SANCTIONS) -> set[str]:
        """Return the accounts whose severest action is of these kinds."""
        return {account for account, decision in self.worst.items() if decision.action.kind in kinds}

    def _note(self, decision: Decision) -> None:
        self.by_rule.setdefault(decision.rule, {}).setdefault(decision.account, decision)
        before = self.worst.get(decision.account)
        if before is None or SEVERITY[decision.action.kind] > SEVERITY[before.action.kind]:
            self.worst[decision.account] = decision


@dataclass(frozen=True)
class Change:
    """An account that a rule newly sanctions (`is_new`) or no longer does, with the decision and its label."""

    rule: str
    account: str
    decision: Decision
    is_new: bool
    abusive: bool | None


class Backtest:
    """Runs a candidate version beside the current one."""

    def __init__(
        self,
        candidate: PolicySet,
        current: PolicySet,
        workers: int = 1,
        salt: str = "",
        geometry: Geometry | None = None,
    ) -> None:
        """Start both with empty memory; salt and table sizes of a service give the same canaries and forgetting."""
        self.candidate, self.current = (
            Side(Route(policies, salt, workers=workers, geometry=geometry, brakes=Released()))
            for policies in (candidate, current)
        )
        new, old = self.candidate.route.kernel, self.current.route.kernel
        self._see_alike = new.sees_with(old)
        if self._see_alike:
            new.state.names = old.state.names

    def take(self, batch: pa.RecordBatch) -> None:
        """Judge events (schema `LOGGED`) on both sides; if both count the same series, they are counted only once."""
        seen = self.current.route.kernel.observe(batch) if self._see_alike and batch.num_rows else None
        self.candidate.take(batch, seen)
        self.current.take(batch, seen)

    def changes(self, labels: Mapping[str, bool]) -> list[Change]:
        """Return the changes rule by rule, newly sanctioned accounts first."""
        rules = sorted(self.candidate.by_rule.keys() | self.current.by_rule.keys())
        return [change for rule in rules for change in self._of_rule(rule, labels)]

    def scores(self, labels: Mapping[str, bool]) -> dict[str, tuple[Score, Score]]:
        """Return the scores of candidate and current: for any sanction, for limiting ones, and for each rule."""
        rules = sorted(self.candidate.by_rule.keys() | self.current.by_rule.keys())
        scored = {
            "any sanction": (score(self.candidate.accounts(), labels), score(self.current.accounts(), labels)),
            "limited or stronger": (
                score(self.candidate.accounts(LIMITS), labels),
                score(self.current.accounts(LIMITS), labels),
            ),
        }
        for rule in rules:
            pair = (self.candidate.by_rule.get(rule, {}), self.current.by_rule.get(rule, {}))
            scored[rule] = (score(pair[0].keys(), labels), score(pair[1].keys(), labels))
        return scored

    def _of_rule(self, rule: str, labels: Mapping[str, bool]) -> list[Change]:
        new, old = self.candidate.by_rule.get(rule, {}), self.current.by_rule.get(rule, {})
        gained = [
            Change(rule, account, new[account], True, labels.get(account))
            for account in sorted(new.keys() - old.keys())
        ]
        lost = [
            Change(rule, account, old[account], False, labels.get(account))
            for account in sorted(old.keys() - new.keys())
        ]
        return gained + lost
