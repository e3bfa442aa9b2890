"""Campaigns: the mail of one server (TREC 2007, first 60 %), where spam comes from thousands of senders.

    python -m benchmarks.evidence.campaigns

What the content rules find: once as messages of which nothing is known, once as broadcasts with a server's fingerprint.
"Wanted bulk" is ham with list or bulk headers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from benchmarks.evidence.replay import markdown, replay
from benchmarks.real import trec07p
from benchmarks.real.common import Row
from cartellino.learning.precision import score


def as_broadcasts() -> Iterator[Row]:
    """Give each mail as a broadcast to its recipients."""
    for mail, sent in zip(trec07p.mails(), trec07p.events(), strict=True):
        row = {name: held for name, held in sent.items() if name not in ("peer", "known")}
        yield row | {"kind": "broadcast_sent", "recipients": max(1, int(mail["n_to_cc"] or 1))}


def main() -> None:
    """Replay both ways and print the table."""
    labels = {str(one["account"]): bool(one["abusive"]) for one in trec07p.labels()}
    bulk = _wanted_bulk(trec07p.mails(), labels)
    rows = []
    for name, mails in {"as messages": trec07p.events(), "as broadcasts": as_broadcasts()}.items():
        replayed = replay(mails, brakes=False)
        found = {one.account for one in replayed.decisions if one.mode == "live" and one.action.kind != "diagnosis"}
        scored = score(found, labels)
        by_rule = ", ".join(f"{rule} {number}" for rule, number in _rules(replayed.decisions))
        rows.append((name, len(found), scored.precision.show(), scored.recall.show(), len(found & bulk), by_rule))
    print(markdown(("", "senders found", "precision", "recall", "wanted bulk senders hit", "by rule"), rows))
    print(f"\n{len(labels):,} senders, {sum(labels.values()):,} of them spammers; {len(bulk):,} wanted bulk senders.")


def _wanted_bulk(mails: Iterable[dict[str, Any]], labels: dict[str, bool]) -> set[str]:
    listed = {trec07p.account(mail) for mail in mails if str(mail["is_list_or_bulk_header"]) in ("1", "True", "true")}
    return {account for account in listed if not labels.get(account, True)}


def _rules(decisions: Iterable[Any]) -> list[tuple[str, int]]:
    found: dict[str, set[str]] = {}
    for decision in decisions:
        found.setdefault(decision.rule, set()).add(decision.account)
    return sorted((rule, len(accounts)) for rule, accounts in found.items())


if __name__ == "__main__":
    main()
