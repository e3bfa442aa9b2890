"""All pages of the operators' console."""

from __future__ import annotations

from cartellino.console import (
    accounts,
    cases,
    decisions,
    door,
    held,
    ledger,
    looks,
    overview,
    patterns,
    people,
    proposals,
    reversal,
    rules,
    trials,
)

PAGES = [
    door.sign_in_page, door.sign_in, door.leave, *overview.PAGES, *cases.PAGES, *looks.PAGES, *decisions.PAGES,
    *reversal.PAGES, *accounts.PAGES, *rules.PAGES, *trials.PAGES, *proposals.PAGES, *held.PAGES, *people.PAGES,
    *ledger.PAGES, *patterns.PAGES,
]  # fmt: skip
