"""What passed, in figures: the strongest action of each account, of what was carried out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from cartellino.pipeline.run_statistics import RunStatistics
from cartellino.vocabulary.accounts import AccountRef


def decision(kind: str, mode: str = "live", account: str = "a") -> Any:  # noqa: ANN401 - what is counted of one
    action = SimpleNamespace(kind=kind)
    return SimpleNamespace(policy="p", rule="p/r", action=action, mode=mode, about=AccountRef("main", account))


def test_an_account_counts_once_by_its_strongest_action() -> None:
    statistics = RunStatistics()
    statistics.count(
        [decision("warning"), decision("ban"), decision("restriction"), decision("warning", account="b")], 4
    )
    assert statistics.by_action() == {"ban": 1, "warning": 1}
    assert statistics.taken == 4


def test_what_was_not_carried_out_is_nobodys_action() -> None:
    statistics = RunStatistics()
    statistics.count([decision("ban", "shadow"), decision("ban", "held"), decision("warning")], 3)
    assert statistics.by_action() == {"warning": 1}
    assert sum(statistics.decisions.values()) == 3
