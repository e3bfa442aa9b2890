"""The track record of what the pre-flight foretells: for each campaign of 60 days, its intervals and what then came.

They are worked out anew from what was known two days before a campaign (what was sent the day before may still be
answered), by the same code that foretells the next one, so that every campaign counts, also those that nobody asked
about. Only campaigns that are older than a week count: by then, people have reacted. Who blocked is told to nobody, so
that nothing can be said of blocks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec

from cartellino.senders.accounts import Number
from cartellino.senders.expectation import Count, Expectation, expect
from cartellino.senders.people import Person, Sent
from cartellino.senders.state import Senders
from cartellino.vocabulary.times import DAY, Instant

FEWEST = 20
"""Campaigns of fewer messages a day are none: any interval holds them."""

SETTLED = 7 * DAY
"""Older messages are not answered or read any more, nearly all of them."""

TOLD = 5
"""Fewest people that a count may tell of, for smaller ones would tell who it was."""

READ = ("read", "played")
FORETOLD = ("answers", "readings", "failures", "stops")

_Row: TypeAlias = tuple[Person, Sent]


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    """What was foretold of a campaign and what came; `came` is `None` for a count of one to four people."""

    what: str
    least: int
    most: int
    came: int | None
    is_right: bool


class Foretold(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign of one day with what was foretold of it."""

    campaign: str
    day: Instant
    messages: int
    is_prior_only: bool
    """Whether the number had hardly sent anything before, so that it rested on assumptions."""
    counts: tuple[Interval, ...]


class TrackRecord(msgspec.Struct, frozen=True):
    """Every campaign that counts, the latest first, and how many of how many intervals held."""

    campaigns: tuple[Foretold, ...]
    right: int
    of: int
    by_count: Mapping[str, tuple[int, int]]
    """By what was foretold: how many intervals held, of how many."""


def track_record(state: Senders, number: Number, now: Instant) -> TrackRecord:
    """Return the track record of a number."""
    campaigns = [_foretold(number, name, day, rows) for (name, day), rows in _by_campaign(state, number, now).items()]
    campaigns.sort(key=lambda campaign: (-campaign.day, campaign.campaign))
    by_count: dict[str, tuple[int, int]] = {}
    for campaign in campaigns:
        for count in campaign.counts:
            right, of = by_count.get(count.what, (0, 0))
            by_count[count.what] = right + count.is_right, of + 1
    return TrackRecord(
        tuple(campaigns), sum(right for right, _ in by_count.values()), sum(of for _, of in by_count.values()), by_count
    )


def _by_campaign(state: Senders, number: Number, now: Instant) -> dict[tuple[str, int], list[_Row]]:
    """Return what a number began to send by template, by campaign and day, where it is enough and old enough."""
    rows: dict[tuple[str, int], list[_Row]] = defaultdict(list)
    for person in state.people.people.values():
        for sent in person.sent:
            name = sent.campaign or sent.template
            if name and sent.began and sent.number == number.id and sent.at <= now - SETTLED and sent.status != "asked":
                rows[name, sent.at // DAY].append((person, sent))
    return {key: those for key, those in rows.items() if len(those) >= FEWEST}


def _foretold(number: Number, name: str, day: int, rows: Sequence[_Row]) -> Foretold:
    expected = expect(number, len(rows), (day - 1) * DAY - 1)
    came = {
        "answers": sum(sent.answered_at is not None for _, sent in rows),
        "readings": sum(sent.status in READ for _, sent in rows),
        "failures": sum(sent.status == "failed" for _, sent in rows),
        "stops": sum(_stopped(person, sent) for person, sent in rows),
    }
    return Foretold(
        campaign=name, day=day * DAY, messages=len(rows), is_prior_only=expected.is_prior_only,
        counts=tuple(_interval(what, expected, came[what]) for what in FORETOLD),
    )  # fmt: skip


def _interval(what: str, expected: Expectation, came: int) -> Interval:
    interval: Count = getattr(expected, what)
    told = came if came == 0 or came >= TOLD else None
    return Interval(
        what=what, least=interval[0], most=interval[1], came=told, is_right=interval[0] <= came <= interval[1]
    )


def _stopped(person: Person, sent: Sent) -> bool:
    return any(sent.at < at <= sent.at + SETTLED for at in person.withdrew.values())
