"""A change of the policies rehearsed before anybody agrees to it: both versions on the last days of the log, whole.

Ladders, standing and modes are as they would have been (`service.backtest`), only the brakes are released. What it
says goes with the proposal, and how often each rule would have acted a day becomes the promise that its brake keeps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from cartellino.analysis.backtest import Backtest
from cartellino.analysis.threshold_trial import OVER
from cartellino.events.logged import LOGGED
from cartellino.pipeline.state_folder import StateFolder
from cartellino.policies.policyset import PolicySet
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.times import DAY, Instant

SHOWN = 100
"""Accounts that are named of those who change sides."""


def backtest_proposal(
    candidate: PolicySet, current: PolicySet, state: StateFolder, now: Instant, labels: Mapping[AccountRef, bool],
    progress: Callable[[float], object], salt: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Return who would newly be sanctioned in the last thirty days, who no more, and who of them was right.

    It begins with an empty memory at the start of these days.
    """
    test = Backtest(candidate, current, 1, salt, state.decided.geometry())
    first, events, last = None, 0, max(1, state.log.last)
    for batch in state.events.since(now - OVER):
        test.take(batch.select(LOGGED.names))
        first = first if first is not None else batch.column("time")[0].as_py()
        events += batch.num_rows
        progress(batch.column("sequence")[-1].as_py() / last)
    by_account = {account: abusive for (_, account), abusive in labels.items()}
    changes = test.changes(by_account)
    counts = Counter(("new" if change.is_new else "gone", change.abusive) for change in changes)
    days = max(1.0, (now - int(first.timestamp() * 1000)) / DAY) if first is not None else 1.0
    acting = {rule: len(accounts) / days for rule, accounts in test.candidate.by_rule.items()}
    return {
        "events": events,
        "days": round(days, 1),
        **{f"{side}_{word}": counts[side, said] for side in ("new", "gone")
           for word, said in (("right", True), ("wrong", False), ("unknown", None))},
        "changes": [
            {"rule": str(change.rule), "service": change.decision.service, "account": change.account,
             "is_new": change.is_new, "kind": change.decision.action.kind, "abusive": change.abusive}
            for change in changes[:SHOWN]
        ],
        "changes_total": len(changes),
        "a_day": {str(rule): round(count, 2) for rule, count in acting.items()},
    }  # fmt: skip
