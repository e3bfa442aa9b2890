"""What came of each campaign. Counts of fewer than five people are not shown: they would tell who it was."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import TypeAlias

import msgspec

from cartellino.senders.accounts import Number
from cartellino.senders.people import Person, Sent
from cartellino.senders.pillars.audience import OVER, READ
from cartellino.senders.state import Senders
from cartellino.vocabulary.times import DAY, Instant

LEAST = 5
"""Fewest people that a count may tell of."""

STOPPED_WITHIN = 7 * DAY
"""Who stops within this time after a campaign stopped because of the latest one they got."""

GONE = 131026

Row: TypeAlias = tuple[Person, Sent]


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign within 30 days; `None` is a count of one to four people, which is not told."""

    name: str
    first_at: Instant
    people: int | None
    read: int | None
    answered: int | None
    stopped: int | None
    failed: int | None
    blocked_or_gone: int | None
    """The platform tells nobody who blocked: that a message did not arrive (131026) is all that is seen."""


def campaigns_of(state: Senders, number: Number, now: Instant) -> list[Campaign]:
    """Return what came of each campaign, the latest first."""
    by_campaign: dict[str, list[Row]] = defaultdict(list)
    for person in state.people.people.values():
        for sent in person.sent:
            if sent.campaign is not None and sent.number == number.id and sent.at > now - OVER:
                by_campaign[sent.campaign].append((person, sent))
    return sorted(
        (_campaign(name, rows) for name, rows in by_campaign.items()), key=lambda campaign: -campaign.first_at
    )


def _campaign(name: str, rows: list[Row]) -> Campaign:
    return Campaign(
        name=name, first_at=min(sent.at for _, sent in rows), people=_told(len({person.key for person, _ in rows})),
        read=_count(rows, lambda _, sent: sent.status in READ),
        answered=_count(rows, lambda _, sent: sent.answered_at is not None),
        stopped=_count(rows, _stopped),
        failed=_count(rows, lambda _, sent: not sent.reached),
        blocked_or_gone=_count(rows, lambda _, sent: sent.code == GONE),
    )  # fmt: skip


def _count(rows: list[Row], holds: Callable[[Person, Sent], bool]) -> int | None:
    return _told(len({person.key for person, sent in rows if holds(person, sent)}))


def _told(people: int) -> int | None:
    return people if people == 0 or people >= LEAST else None


def _stopped(person: Person, sent: Sent) -> bool:
    """Whether this was the latest campaign before the person asked to stop."""
    stops = [at for at in person.withdrew.values() if sent.at < at <= sent.at + STOPPED_WITHIN]
    later = [other.at for other in person.sent if other.campaign is not None and other.at > sent.at]
    return any(not any(at < stop for at in later) for stop in stops)
