"""Reports: real reports with the operator's verdicts, weighed by the reporters' record (KDD 2015, folds 1 and 2).

    python -m benchmarks.evidence.reports

The baseline counts reporters. Brakes are off: in this set every account is a reported one, so a brake on 2 % of the
active accounts would hold nearly everything, as it should.
"""

from __future__ import annotations

from collections import defaultdict

from benchmarks.evidence.replay import markdown, replay
from benchmarks.real import tagged_reports
from cartellino.learning.precision import score


def main() -> None:
    """Replay and print the table."""
    rows = list(tagged_reports.events())
    labels = {str(one["account"]): bool(one["abusive"]) for one in tagged_reports.labels()}
    reporters: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        reporters[str(row["account"])].add(str(row["peer"]))
    replayed = replay(rows, brakes=False)
    flagged = {
        f"{least} or more reporters": {account for account, by in reporters.items() if len(by) >= least}
        for least in (1, 2, 3, 5)
    } | {"the shipped pack: limited": replayed.of("restriction", "suspension", "ban")}
    scored = {name: score(accounts, labels) for name, accounts in flagged.items()}
    table = [(name, len(flagged[name]), one.precision.show(), one.recall.show()) for name, one in scored.items()]
    print(markdown(("rule", "accounts", "precision", "recall"), table))


if __name__ == "__main__":
    main()
