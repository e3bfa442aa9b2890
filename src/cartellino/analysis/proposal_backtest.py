"""The backtest of a proposed change of the policies, over the last days of the log.

Ladders, standings and modes are as they would have been (`analysis.backtest`), only the brakes are off. The result is
stored with the proposal. The number of accounts a day that each rule acts on becomes its promise, which its brake
enforces.
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
"""At most so many changed accounts are named."""


def backtest_proposal(
    candidate: PolicySet, current: PolicySet, state: StateFolder, now: Instant, labels: Mapping[AccountRef, bool],
    progress: Callable[[float], object], salt: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Return who would newly be sanctioned in the last thirty days, who no longer, and their labels, as JSON.

    Both versions begin these days with empty memory. `progress` is called with the share that is done.
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
