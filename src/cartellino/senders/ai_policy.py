"""The platform's policy on providers of AI, read from `data/ai_policy.yaml`: since when, where it does not hold, and
what is looked at before a person decides.
"""

from __future__ import annotations

from datetime import date
from functools import cache

import msgspec
import yaml

from cartellino.senders.platform import Span, span
from cartellino.senders.shipped import Sourced, text_of


class Charge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From when to when (the last day; `None`: until today) free-form messages of an AI provider are charged."""

    begin: date = msgspec.field(name="from")
    end: date | None = msgspec.field(default=None, name="to")


class Exemption(Sourced, frozen=True, kw_only=True):
    """Countries, of the person written to, in which the platform has to permit it."""

    countries: tuple[str, ...]
    begin: date = msgspec.field(name="from")
    end: date | None = msgspec.field(default=None, name="to")
    charged: Charge | None = None
    why: str

    def holds(self, country: str | None, day: date) -> bool:
        """Whether it holds for a person of a country on a day."""
        return country in self.countries and self.begin <= day and (self.end is None or day <= self.end)

    def is_charged(self, day: date) -> bool:
        """Whether messages are charged on a day."""
        charge = self.charged
        return charge is not None and charge.begin <= day and (charge.end is None or day <= charge.end)


class OwnAssistant(Sourced, frozen=True, kw_only=True):
    """Whether the operator's own assistant is exempt from its own policy, which is said in public."""

    exempt: bool
    why: str


class Bound(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A share speaks for a general AI where it lies above, or below, a bound."""

    why: str
    above: float | None = None
    below: float | None = None

    def __post_init__(self) -> None:
        if (self.above is None) == (self.below is None):
            raise ValueError("a bound says either `above` or `below`")


class EvidenceBounds(Sourced, frozen=True, kw_only=True):
    """What makes it certain from metadata that a general AI is what a number offers."""

    within: Span
    automated_free_form: Bound
    from_people_who_wrote_first: Bound
    own_business: Bound
    handed_over: Bound
    people: int


class Review(Sourced, frozen=True, kw_only=True):
    """How a decision comes into force."""

    grace: Span
    tried_after: int


class AiPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The policy with its dates, its exemptions and its evidence."""

    terms: str
    new_numbers_from: date
    existing_numbers_from: date
    exceptions: tuple[Exemption, ...]
    own_assistant: OwnAssistant
    evidence: EvidenceBounds
    review: Review

    def holds_from(self, since: date | None) -> date:
        """Return the day from which it holds for a number that exists since a day; an unknown one counts as old."""
        is_new = since is not None and since >= self.new_numbers_from
        return self.new_numbers_from if is_new else self.existing_numbers_from

    def exemption(self, country: str | None, day: date) -> Exemption | None:
        """Return what permits it in a country on a day."""
        return next((exception for exception in self.exceptions if exception.holds(country, day)), None)


@cache
def ai_policy() -> AiPolicy:
    """Return the policy as shipped."""
    return read_ai_policy(text_of("ai_policy"))


def read_ai_policy(text: str) -> AiPolicy:
    """Read a policy from YAML.

    Raises `msgspec.ValidationError`, which says what is wrong and where.
    """
    return msgspec.convert(yaml.safe_load(text), type=AiPolicy, dec_hook=span)
