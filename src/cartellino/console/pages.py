"""All pages of the operators' console."""

from __future__ import annotations

from cartellino.console import (
    accounts,
    cases,
    complaints,
    decisions,
    door,
    held,
    incidents,
    ledger,
    looks,
    orders,
    overview,
    patterns,
    people,
    proposals,
    reversal,
    rules,
    sender_campaigns,
    sender_people,
    sender_recovery,
    sender_reviews,
    senders,
    trials,
)

PAGES = [
    door.sign_in_page, door.sign_in, door.leave, *overview.PAGES, *cases.PAGES, *looks.PAGES, *decisions.PAGES,
    *reversal.PAGES, *accounts.PAGES, *rules.PAGES, *trials.PAGES, *proposals.PAGES, *held.PAGES, *people.PAGES,
    *incidents.PAGES, *ledger.PAGES, *patterns.PAGES, *complaints.PAGES, *orders.PAGES, *senders.PAGES,
    *sender_people.PAGES, *sender_campaigns.PAGES, *sender_recovery.PAGES, *sender_reviews.PAGES,
]  # fmt: skip
