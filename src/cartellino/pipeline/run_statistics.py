"""Statistics of a run: the content of `summary.json` (contract)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from cartellino.enforcement.decision import Decision
from cartellino.events.rejection import Rejection
from cartellino.kernel.engine import Engine
from cartellino.policies.ladder import SEVERITY
from cartellino.vocabulary.accounts import AccountRef


class RunStatistics:
    """Counts rows, decisions and accounts.

    One thread counts; others read through `counted`, since a dictionary must not grow while it is iterated over.
    """

    def __init__(self) -> None:
        """Start at nothing."""
        self.taken = 0
        self.duplicates = 0
        self.in_log = 0
        self.rejected: Counter[str] = Counter()
        self.decisions: Counter[tuple[str, str, str, str]] = Counter()
        self.strongest: dict[AccountRef, str] = {}

    @property
    def read(self) -> int:
        """Rows read, whatever became of them."""
        return self.taken + self.duplicates + self.in_log + sum(self.rejected.values())

    def refuse(self, rejections: Iterable[Rejection], in_log: int) -> None:
        """Count refused rows, and `in_log` rows that the log has already. Retries are counted apart from rejections."""
        self.in_log += in_log
        for rejection in rejections:
            if rejection.code == "duplicate":
                self.duplicates += 1
            else:
                self.rejected[rejection.code] += 1

    def count(self, decisions: Iterable[Decision], events: int) -> None:
        """Count accepted events and the decisions on them."""
        self.taken += events
        for decision in decisions:
            self.decisions[(decision.policy, decision.rule, decision.action.kind, decision.mode)] += 1
            if decision.mode == "live":
                self._strengthen(decision.about, decision.action.kind)

    def counted(self) -> tuple[dict[str, int], dict[tuple[str, str, str, str], int]]:
        """Return rows rejected by code, and decisions by policy, rule, action and mode: copies, for any thread."""
        return dict(self.rejected), dict(self.decisions)  # each copy is atomic, as no Python code runs within it

    def by_action(self) -> dict[str, int]:
        """Return the number of accounts by their severest live action."""
        counted = Counter(self.strongest.values())
        return {kind: counted[kind] for kind in sorted(counted, key=lambda kind: SEVERITY[kind])}

    def summary(self, kernel: Engine, seconds: float) -> dict[str, Any]:
        """Return the summary, figures and shares."""
        live = Counter({key: n for key, n in self.decisions.items() if key[3] == "live" and key[2] != "diagnosis"})
        looked, undecided = kernel.state.looked
        return {
            "events_read": self.read,
            "events_taken": self.taken,
            "events_rejected": sum(self.rejected.values()),
            "events_duplicate": self.duplicates,
            "events_held_before": self.in_log,
            "rejected_by_code": dict(sorted(self.rejected.items())),
            "accounts_seen": kernel.state.accounts,
            "decisions": {
                "by_policy": _by(live, 0),
                "by_rule": _by(live, 1),
                "by_action": _by(live, 2),
            },
            "accounts_sanctioned": {
                kind: n for kind, n in self.by_action().items() if kind not in ("review", "diagnosis")
            },
            "accounts_for_review": self.by_action().get("review", 0),
            "wishes": {
                mode: sum(n for key, n in self.decisions.items() if key[3] == mode) for mode in ("held", "shadow")
            },
            "diagnoses": sum(n for key, n in self.decisions.items() if key[2] == "diagnosis"),
            "evaluable_share": {
                rule.id: _share(judged - unknown, judged)
                for rule, (judged, unknown, _) in zip(kernel.plan.rules, kernel.state.stats.tolist(), strict=False)
            },
            "unknown_before_log": before_log(kernel),
            "forgotten_share": undecided / looked if looked else 0.0,
            "seconds": round(seconds, 3),
            "events_per_second": round(self.read / seconds) if seconds > 0 else None,
            "policy_version": kernel.policies.version,
        }

    def _strengthen(self, account: AccountRef, kind: str) -> None:
        before = self.strongest.get(account)
        if before is None or SEVERITY[kind] > SEVERITY[before]:
            self.strongest[account] = kind


def before_log(kernel: Engine) -> dict[str, float]:
    """Return by rule the share of events on which it was unknown because the log is younger than its window.

    Rules without such events are left out. Declaring the log complete (`history: complete`) would make them known.
    """
    figures = zip(kernel.plan.rules, kernel.state.stats.tolist(), strict=False)
    return {rule.id: young / judged for rule, (judged, _, young) in figures if young}


def _by(decisions: Counter[tuple[str, str, str, str]], part: int) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for key, number in decisions.items():
        counted[key[part]] += number
    return dict(sorted(counted.items()))


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
