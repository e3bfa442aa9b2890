"""The limits of the Business Platform, read from `data/platform.yaml`: every number with its source and its day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache

import msgspec
import yaml

from cartellino.senders.shipped import Sourced, text_of
from cartellino.vocabulary.times import duration


class Span(int):
    """A duration in milliseconds that the data writes as text, such as `24h`."""


class ServiceWindow(Sourced, frozen=True, kw_only=True):
    """The time after a person's message in which anything may be written to them."""

    length: Span
    free_entry: Span


class Growth(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A portfolio that used this share of its limit within the time, in good quality, rises by one tier."""

    share_used: float
    within: Span
    after: Span


class People(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So many different people within a time."""

    people: int
    within: Span


class Tiers(Sourced, frozen=True, kw_only=True):
    """How many different people a portfolio may begin to write to within `over`; `None` is without limit."""

    levels: dict[str, int | None]
    first: str
    over: Span
    growth: Growth
    second_tier: People

    def above(self, tier: str) -> str:
        """Return the next tier, or the same if it is the highest."""
        names = list(self.levels)
        return names[min(names.index(tier) + 1, len(names) - 1)]


class Throughput(Sourced, frozen=True, kw_only=True):
    """Messages a second of a number."""

    ordinary: int
    raised: int
    coexistence: int
    raised_at: People


class Pair(Sourced, frozen=True, kw_only=True):
    """Messages from one number to one person: one `every`, and a burst that borrows from what comes."""

    every: Span
    burst: int
    retry_base: int


class Marketing(Sourced, frozen=True, kw_only=True):
    """Marketing templates to one person."""

    wait: Span
    no_marketing: dict[str, date]
    no_limit_by_person: frozenset[str]


class Templates(Sourced, frozen=True, kw_only=True):
    """Pauses of templates of low quality."""

    pauses: tuple[Span, ...]
    created_per_hour: int


class Quality(Sourced, frozen=True, kw_only=True):
    """What the quality of a number is judged by."""

    over: Span


class ServiceMessages(Sourced, frozen=True, kw_only=True):
    """Free-form messages a number may send in a calendar month without charge."""

    free: int
    since: date


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rung of the violation ladder."""

    step: str
    stops: str = "nothing"
    lasting: tuple[Span, ...] = msgspec.field(default=(), name="for")


class Violations(Sourced, frozen=True, kw_only=True):
    """What follows on violations of the platform's policy."""

    ladder: tuple[Step, ...]
    misuse: tuple[str, ...]
    review: Span


class Versions(Sourced, frozen=True, kw_only=True):
    """Versions of the Graph API: those taken, the oldest that is still usable, and the newest."""

    oldest_taken: int
    oldest_usable: int
    newest: int


class Webhooks(Sourced, frozen=True, kw_only=True):
    """How large one call of the platform may be."""

    most_updates: int
    most_bytes: int


class Platform(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that the platform limits."""

    service_window: ServiceWindow
    tiers: Tiers
    throughput: Throughput
    pair: Pair
    marketing: Marketing
    templates: Templates
    quality: Quality
    service_messages: ServiceMessages
    violations: Violations
    restrictions: Mapping[str, tuple[str, ...]]
    versions: Versions
    webhooks: Webhooks


@cache
def platform() -> Platform:
    """Return the limits as shipped."""
    return read_platform(text_of("platform"))


def read_platform(text: str) -> Platform:
    """Read the limits from YAML.

    Raises `msgspec.ValidationError`, which says what is wrong and where.
    """
    return msgspec.convert(yaml.safe_load(text), type=Platform, dec_hook=span)


def span(kind: type, written: object) -> Span:
    """Read a duration that is written as text; a hook for `msgspec.convert`."""
    if kind is not Span or not isinstance(written, str):
        raise NotImplementedError(kind)
    return Span(duration(written))
