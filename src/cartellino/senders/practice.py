"""What a careful business keeps to beyond the platform's limits, read from `data/practice.yaml`."""

from __future__ import annotations

from functools import cache, lru_cache

import msgspec
import yaml

from cartellino.senders.platform import Span, span
from cartellino.senders.shipped import Sourced, text_of
from cartellino.vocabulary.times import Duration, duration


class _Reasoned(Sourced, frozen=True, kw_only=True):
    why: str = ""


class Frequency(_Reasoned, frozen=True, kw_only=True):
    """Most messages that a business begins, to one person: by category, by time."""

    marketing: dict[str, int]
    utility: dict[str, int]
    authentication: dict[str, int]
    answer_begins_anew: bool

    def caps(self, category: str) -> list[tuple[Duration, int]]:
        """Return how many within which time, the shortest first."""
        limits: dict[str, int] = getattr(self, category, {})
        return _sorted(tuple(limits.items()))


@lru_cache(maxsize=64)
def _sorted(caps: tuple[tuple[str, int], ...]) -> list[tuple[Duration, int]]:
    return sorted((duration(within), most) for within, most in caps)


class QuietHours(_Reasoned, frozen=True, kw_only=True):
    """Hours of the person's own day in which nothing advertises."""

    begin: int = msgspec.field(name="from")
    end: int = msgspec.field(name="to")


class Unanswered(_Reasoned, frozen=True, kw_only=True):
    """So many messages in a row to which nothing came back."""

    most: int
    within: Span


class Duplicate(_Reasoned, frozen=True, kw_only=True):
    """The same to the same person, within a time."""

    within: Span


class Reciprocity(_Reasoned, frozen=True, kw_only=True):
    """Of `people` written to first within a time, the share that has to come back."""

    people: int
    within: Span
    least_share: float


class Quality(_Reasoned, frozen=True, kw_only=True):
    """Ratings at which marketing rests."""

    rests: tuple[str, ...]


class WarmUp(_Reasoned, frozen=True, kw_only=True):
    """How many people a plan begins with a day, and by which factor it grows."""

    first_day: int
    factor: float


class Reserve(_Reasoned, frozen=True, kw_only=True):
    """How much of a tier marketing leaves to codes and orders, by the busiest day of them within a time."""

    over: Span
    times: int
    least_share: float
    most_share: float


class Practice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that a careful business keeps to."""

    frequency: Frequency
    quiet_hours: QuietHours
    unanswered: Unanswered
    duplicate: Duplicate
    reciprocity: Reciprocity
    quality: Quality
    warm_up: WarmUp
    reserve: Reserve


@cache
def practice() -> Practice:
    """Return the practice as shipped."""
    return read_practice(text_of("practice"))


def read_practice(text: str) -> Practice:
    """Read a practice from YAML.

    Raises `msgspec.ValidationError`, which says what is wrong and where.
    """
    return msgspec.convert(yaml.safe_load(text), type=Practice, dec_hook=span)
