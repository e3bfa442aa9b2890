"""Rows of health: reports of problems, probes, changes and announcements, beside the events that there are anyway."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from cartellino.availability.places import is_country
from cartellino.events.event import Event
from cartellino.events.validation import Fault, shown

KINDS = ("problem", "probe", "change", "announcement", "event")


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody says that a feature fails for them; `reporter` is their pseudonym."""

    id: str
    time: int
    country: str
    feature: str
    service: str = "main"
    network: str | None = None
    client: str | None = None
    reporter: str | None = None
    sanctioned: bool = False


class Probe(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A measurement of one feature from one network against one target; `failure` says how it failed."""

    id: str
    time: int
    country: str
    feature: str
    target: str
    ok: bool
    service: str = "main"
    network: str | None = None
    failure: str | None = None
    latency_ms: float | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something of ours, or of a supplier, was changed: a deploy, a configuration, a release, a maintenance.

    What is planned, such as a maintenance, says from when (`starts`) and until when.
    """

    id: str
    time: int
    source: str
    type: str
    component: str
    service: str | None = None
    region: str | None = None
    summary: str = ""
    starts: int | None = None
    until: int | None = None

    @property
    def begins(self) -> int:
        """When it begins: when it was said, unless it is planned for another time."""
        return self.time if self.starts is None else self.starts


class Announcement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an authority, or the operator (`authority` is `operator`), has announced of features in a country.

    One that `withdraws` another, by its id, announces nothing itself: the other holds no more from its time on.
    """

    id: str
    time: int
    country: str
    features: tuple[str, ...]
    authority: str
    source: str
    starts: int
    ends: int | None = None
    legal_basis: str | None = None
    withdraws: str | None = None

    @property
    def is_own(self) -> bool:
        """Whether the operator said it: then people who report have read it there."""
        return self.authority.casefold() in _OWN

    def covers(self, country: str, feature: str, at: int) -> bool:
        """Say whether it is about a feature in a country at an instant at which it was known and in force."""
        in_force = max(self.time, self.starts) <= at and (self.ends is None or at < self.ends)
        return in_force and self.withdraws is None and country == self.country and feature in self.features

    def withdrawn(self, at: int) -> Announcement:
        """Return it as it is when it was withdrawn at an instant: it ends then, or when it would have."""
        return msgspec.structs.replace(self, ends=at if self.ends is None else min(self.ends, at))


_OWN = frozenset({"operator", "own", "self", "us", "ourselves", "we"})

Row: TypeAlias = Problem | Probe | Change | Announcement | Event


class Refused(msgspec.Struct, frozen=True):
    """A row that was not taken, with everything that is wrong with it."""

    faults: tuple[Fault, ...]


def country_of(held: object) -> str | Fault:
    """Read the code of a country."""
    code = held.upper() if isinstance(held, str) else ""
    if is_country(code):
        return code
    hint = " (the United Kingdom is GB)" if code == "UK" else ""
    return Fault("wrong-type", "country", f"a country of ISO 3166-1 alpha-2, such as ID{hint}", shown(held))
