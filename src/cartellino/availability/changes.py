"""Changes of ours: read from CloudEvents and CDEvents, and ranked as reasons of an incident.

A change in the hour before an onset proves little where there is one every ten minutes. So each is weighed by its
lift: how much more often a change of that component falls into this hour than into any hour of what is known. It is
"likely" at best, until an operator confirms.

>>> flattened({"id": "c1", "source": "/ci", "time": 1552489500000, "type": "deploy", "data": {"component": "edge"}})
{'id': 'c1', 'source': '/ci', 'time': 1552489500000, 'type': 'deploy', 'component': 'edge'}
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from math import exp
from typing import NamedTuple

from cartellino.availability.evidence import Grade
from cartellino.availability.places import COUNTRIES, continent_of, region_of
from cartellino.availability.rows import Change
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, Duration, Instant

BEFORE = HOUR
"""How long before an onset a change may lie."""

AFTER = 15 * MINUTE
"""Onsets are known to a bucket."""

WORKS: Duration = 4 * HOUR
"""How long a maintenance lasts that does not say until when."""

SHORT, LONG = 12 * HOUR, DAY
"""A planned work up to so long explains what fails in it, probably explains it, and beyond only may."""

LIKELY = 4.0
"""The least lift of a change that is a likely reason; a lower one is possible."""


def work_grade(change: Change) -> Grade:
    """Say how surely a planned work is why something fails in it: one of weeks explains nothing by itself."""
    lasts = (change.until if change.until is not None else change.begins + WORKS) - change.begins
    if lasts > LONG:
        return "possible"
    return "confirmed" if lasts <= SHORT else "likely"


def flattened(held: Mapping[str, object]) -> dict[str, object]:
    """Return the columns of a change from a CloudEvent, with or without a CDEvent in it, or from a bare CDEvent."""
    data = held.get("data")
    inner = data if isinstance(data, Mapping) else {}
    context = held.get("context", inner.get("context"))
    if isinstance(context, Mapping):
        subject = held.get("subject", inner.get("subject"))
        custom = held.get("customData", inner.get("customData"))
        inner = {
            **(custom if isinstance(custom, Mapping) else {}),
            **({"component": subject.get("id")} if isinstance(subject, Mapping) else {}),
        }
        held = {**context, "time": context.get("timestamp"), **{k: v for k, v in held.items() if k in _ATTRIBUTES}}
    names = ("component", "region", "service", "summary", "from", "until")
    found = {name: held.get(name) for name in _ATTRIBUTES} | {name: inner.get(name, held.get(name)) for name in names}
    if found["component"] is None and isinstance(held.get("subject"), str):
        found["component"] = held["subject"]
    return {name: value for name, value in found.items() if value is not None}


_ATTRIBUTES = ("id", "source", "time", "type")

_DEPLOYED = ("deploy", "upgrade", "rollback", "rolled", "rollout", "config", "activated", "enabled")
"""Words of a type that say that something of ours was changed, whatever its component is called."""

_KINDS: Mapping[str, tuple[str, ...]] = {
    "maintenance": ("maintenance",),
    "supplier": ("supplier", "provider", "vendor", "upstream", "third party", "sms", "carrier"),
    "client": ("client", "app release"),
    "enforcement": ("enforcement", "policy", "policies", "moderation", "sanction", "anti spam", "antispam"),
    "announcement": ("announce", "statement", "statuspage", "status page"),
    "other": ("incident", "ticket", "pipelinerun", "taskrun", "testcaserun", "testsuiterun", "testoutput"),
}
_OURS = ("client", "enforcement")
_OVER = ("recover", "resolve", "restore", "operational", "healthy", "complete", "end", "ended", "finish", "cancel")


def kind_of(change: Change) -> str:
    """Say what was changed: `maintenance`, `supplier`, `client`, `enforcement`, `announcement`, `other` for what
    changes nothing of ours, such as somebody else's incident, else `change`.

    The type says it first. A deploy of ours stays one, even of an identity provider or of the maintenance pages.
    """
    if said := _kind_in(change.type, _KINDS):
        return _kind_in(_all_of(change), ("supplier",)) or said if said == "other" else said
    known = _OURS if _has(_DEPLOYED, _words(change.type)) else tuple(_KINDS)
    return _kind_in(_all_of(change), known) or "change"


def is_over(change: Change) -> bool:
    """Say whether a maintenance or the trouble of a supplier is over by what the type says."""
    return _has(_OVER, _words(change.type))


def _all_of(change: Change) -> str:
    return f"{change.type} {change.component} {change.source}"


def _kind_in(text: str, kinds: Iterable[str]) -> str:
    words = _words(text)
    return next((kind for kind in kinds if _has(_KINDS[kind], words)), "")


def _words(text: str) -> str:
    """Write a text as words in small letters: `com.example.SmsProvider` as ` com example sms provider`."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
    return " " + re.sub(r"[^a-z0-9]+", " ", apart.lower())


def _has(known: Iterable[str], words: str) -> bool:
    """Say whether words begin with one of those that are known."""
    return any(f" {one}" in words for one in known)


class Ranked(NamedTuple):
    """A change that lies before an onset, and its lift."""

    change: Change
    lift: float

    @property
    def grade(self) -> Grade:
        """Likely or possible; never confirmed, which is for people."""
        return "likely" if self.lift >= LIKELY else "possible"


def rank(
    changes: Sequence[Change],
    onset: Instant,
    noticed: Instant,
    countries: Iterable[str],
    service: str,
    known_since: Instant,
) -> list[Ranked]:
    """Rank the changes that can bear on a service in some countries, best first: those from an hour before the onset
    until it was noticed.
    """
    places, until = frozenset(countries), max(onset + AFTER, noticed)
    near = [
        one
        for one in changes
        if onset - BEFORE <= one.begins < until and one.service in (None, service) and touches(one.region, places)
    ]
    found = [Ranked(one, _lift(changes, one, onset, known_since)) for one in near]
    return sorted(found, key=lambda one: (-one.lift, onset - one.change.begins, one.change.id))


def touches(region: str | None, countries: frozenset[str]) -> bool:
    """Say whether a change in a region can bear on countries; one whose region we do not know can.

    A region is a country, a part of the world, or several of them: `BR`, `europe`, `ID, SG`.
    """
    if region is None or not countries:
        return True
    names = {one.strip().casefold() for one in region.split(",")}
    if not names <= _PLACES:
        return True
    return any({place.casefold() for place in (one, region_of(one), continent_of(one))} & names for one in countries)


_PLACES = frozenset(
    place.casefold() for one in COUNTRIES for place in (one, region_of(one), continent_of(one))
)  # fmt: skip


def _lift(changes: Sequence[Change], one: Change, onset: Instant, known_since: Instant) -> float:
    """How many times likelier this hour has a change of the component than any hour before it."""
    earlier = sum(other.component == one.component and other.begins < onset - BEFORE for other in changes)
    hours = max(onset - BEFORE - known_since, DAY) / HOUR
    return 1 / (1 - exp(-(earlier + 0.5) / hours))
