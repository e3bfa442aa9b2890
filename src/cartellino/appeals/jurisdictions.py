"""What the law of a country asks, as data that a lawyer can edit: deadlines, and offices to which people can turn.

`data/jurisdictions.yaml` is what ships; an installation may name a file of its own. A file is checked as a whole
before any of it is used: `check` returns every fault with its place.

>>> faults = check(Text("mine.yaml", "version: '1'\\ndeadlines: [{trigger: appeals, limit: soon}]"))
>>> [fault.code for fault in faults]
['no-fallback', 'missing-field', 'type', 'limit']
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

import msgspec
from msgspec import inspect

from cartellino.appeals.categories import CATEGORIES, Category
from cartellino.availability.places import is_country
from cartellino.policies.document import Branch, parse
from cartellino.policies.typed import Check, reads
from cartellino.vocabulary.diagnostics import Diagnostic, Faults, Span, Text, did_you_mean
from cartellino.vocabulary.refusals import BadArgument
from cartellino.vocabulary.times import LATEST, Duration, Instant, duration, instant, show_duration

Trigger = Literal[
    "appeal", "grievance", "review", "window", "termination", "complaint", "flag", "order", "request",
]  # fmt: skip
TRIGGERS: tuple[Trigger, ...] = get_args(Trigger)

ANYWHERE: frozenset[str] = frozenset()


class _Sourced(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    source: str
    checked: date
    """The day on which somebody last read the source."""


class DeadlineEntry(_Sourced, frozen=True, kw_only=True):
    """A deadline as the file has it; see its head."""

    trigger: Trigger
    limit: str
    basis: str
    regions: list[str] = []
    categories: list[Category] = []
    urgent: bool | None = None
    since: date | None = None
    until: date | None = None
    says: str = ""


class Office(_Sourced, frozen=True, kw_only=True):
    """Whom people can turn to beside us: an authority or a hotline; of all categories, unless it names some."""

    name: str
    address: str
    law: str
    hours: str
    categories: list[Category] = []


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: str
    deadlines: list[DeadlineEntry]
    regions: dict[str, list[str]] = {}
    offices: dict[str, list[Office]] = {}


@dataclass(frozen=True)
class Deadline:
    """A time limit and its legal basis, in force from `since` until before `until`."""

    trigger: Trigger
    regions: frozenset[str]
    limit: Duration
    basis: str
    since: Instant = 0
    until: Instant = LATEST
    categories: frozenset[str] = frozenset()
    """What it is about; empty: anything."""
    urgent: bool | None = None
    """Whether it is for urgent matters, for others, or for both (`None`)."""
    says: str = ""
    """The wording of a law that names no time."""
    source: str = field(default="", compare=False)
    checked: str = field(default="", compare=False)

    def show(self) -> str:
        """Return limit and basis as text."""
        return f"{show_duration(self.limit)} ({self.basis})"

    def fits(self, region: str | None, at: Instant, category: str, *, urgent: bool) -> bool:
        """Say whether it applies to a matter received at a time in a region."""
        return (
            (not self.regions or region in self.regions)
            and (not self.categories or category in self.categories)
            and self.urgent in (None, urgent)
            and self.since <= at < self.until
        )

    def covers(self, other: Deadline) -> bool:
        """Say whether everything that fits another deadline fits this one as well."""
        return (
            self.trigger == other.trigger
            and (not self.regions or (bool(other.regions) and other.regions <= self.regions))
            and (not self.categories or (bool(other.categories) and other.categories <= self.categories))
            and (self.urgent is None or self.urgent == other.urgent)
            and self.since <= other.since
            and other.until <= self.until
        )


@dataclass(frozen=True)
class Jurisdictions:
    """A file, read: its version, the deadlines in their order, and the offices by country."""

    version: str
    deadlines: tuple[Deadline, ...]
    regions: Mapping[str, frozenset[str]]
    offices: Mapping[str, tuple[Office, ...]]

    def offices_in(self, country: str, category: str = "") -> tuple[Office, ...]:
        """Return the offices for people in a country: its own, then those of the groups that it is in."""
        groups = [name for name, members in self.regions.items() if country in members]
        listed = [office for place in (country, *groups) for office in self.offices.get(place, ())]
        return tuple(one for one in listed if not category or not one.categories or category in one.categories)


def check(text: Text) -> list[Diagnostic]:
    """Return every fault of a file."""
    faults = Faults()
    tree = parse(text, faults)
    if tree is None:
        if not faults:
            faults.add("empty", "the file is empty", Span(text, 0, 1))
        return list(faults)
    Check(faults).value(tree, inspect.type_info(_File), "jurisdictions")
    _beyond_types(tree, faults)
    if not faults:
        _as_a_whole(_read(tree), tree, faults)
    return sorted(faults, key=lambda fault: fault.span.start)


def _inside(branch: Branch | None, name: str) -> Branch | None:
    return branch.value.get(name) if branch is not None and isinstance(branch.value, dict) else None


def _each(branch: Branch | None) -> Iterator[Branch]:
    if branch is not None:
        yield from branch.value if isinstance(branch.value, list) else ()
        yield from branch.value.values() if isinstance(branch.value, dict) else ()


def _beyond_types(tree: Branch, faults: Faults) -> None:
    """Check durations, places, and that every trigger has a deadline anywhere."""
    groups = _inside(tree, "regions")
    names = set(groups.value) if groups is not None and isinstance(groups.value, dict) else set()
    for group in _each(groups):
        _places(group, set(), faults)
    entries = list(_each(_inside(tree, "deadlines")))
    for entry in entries:
        _limit(_inside(entry, "limit"), faults)
        _places(_inside(entry, "regions"), names, faults)
    offices = _inside(tree, "offices")
    for place, branch in offices.value.items() if offices is not None and isinstance(offices.value, dict) else ():
        _place(place, branch.key, names, faults)
    plain = {str(one.value) for entry in entries if (one := _inside(entry, "trigger")) and _is_fallback(entry)}
    if lacking := [trigger for trigger in TRIGGERS if trigger not in plain]:
        faults.add("no-fallback", f"no deadline of {', '.join(f'`{one}`' for one in lacking)} applies anywhere",
                   _first(tree), "end with an entry that has only `trigger`, `limit`, `basis` and source")  # fmt: skip


def _is_fallback(entry: Branch) -> bool:
    return not any(_inside(entry, name) for name in ("regions", "categories", "urgent", "since", "until"))


def _limit(branch: Branch | None, faults: Faults) -> None:
    if branch is not None and not (reads(duration, branch.value) and duration(str(branch.value)) > 0):
        faults.add("limit", f"`{branch.written or branch.value}` is no time limit", branch.span,
                   "write 90m, 4h or 7d")  # fmt: skip


def _places(listed: Branch | None, groups: set[str], faults: Faults) -> None:
    for place in _each(listed):
        _place(str(place.value), place.span, groups, faults)


def _place(name: str, span: Span | None, groups: set[str], faults: Faults) -> None:
    if name not in groups and not is_country(name):
        faults.add("region", f"`{name}` is no code of ISO 3166-1 alpha-2 and no group of `regions`", span,
                   did_you_mean(name, groups) if groups else "write it as ID, or list it under `regions`")  # fmt: skip


def _first(tree: Branch) -> Span:
    return Span(tree.span.text, tree.span.start, tree.span.start + 1)


def _as_a_whole(made: Jurisdictions, tree: Branch, faults: Faults) -> None:
    """Check that every deadline can apply: it does not end before it begins, and none above takes all of it."""
    for number, entry in enumerate(_each(_inside(tree, "deadlines"))):
        this = made.deadlines[number]
        if this.since >= this.until:
            faults.add("never", "this deadline ends before it begins", entry.span, "`since` is before `until`")
        above = next((at for at, other in enumerate(made.deadlines[:number], 1) if other.covers(this)), None)
        if above is not None:
            faults.add("never-reached", f"entry {above} of `deadlines` takes everything that this one is for",
                       entry.span, "the first entry that fits applies: move this one up, or remove it")  # fmt: skip


def read(text: Text) -> Jurisdictions:
    """Read a file.

    Raises `BadArgument` with every fault of it.
    """
    if faults := check(text):
        raise BadArgument("the jurisdictions have faults:\n" + "\n\n".join(fault.show() for fault in faults))
    tree = parse(text, Faults())
    if tree is None:
        raise BadArgument(f"{text.name} is empty")
    return _read(tree)


def _read(tree: Branch) -> Jurisdictions:
    file = msgspec.convert(tree.plain(), _File)
    groups = {name: frozenset(members) for name, members in file.regions.items()}
    return Jurisdictions(
        file.version,
        tuple(_deadline(entry, groups) for entry in file.deadlines),
        groups,
        {place: tuple(listed) for place, listed in file.offices.items()},
    )


def _deadline(entry: DeadlineEntry, groups: Mapping[str, frozenset[str]]) -> Deadline:
    regions = frozenset[str]().union(*(groups.get(name, frozenset({name})) for name in entry.regions))
    return Deadline(
        entry.trigger, regions, duration(entry.limit), entry.basis, _day(entry.since, 0), _day(entry.until, LATEST),
        frozenset(entry.categories), entry.urgent, entry.says, entry.source, entry.checked.isoformat(),
    )  # fmt: skip


def _day(day: date | None, otherwise: Instant) -> Instant:
    return otherwise if day is None else instant(f"{day.isoformat()}T00:00:00Z")


@cache
def shipped() -> Jurisdictions:
    """Return what ships with the program."""
    text = (files("cartellino.appeals") / "data" / "jurisdictions.yaml").read_text("utf-8")
    return read(Text("jurisdictions.yaml", text))


_own: list[Jurisdictions] = []


def use(own: Jurisdictions | None) -> None:
    """Let a file stand for the shipped one (`None`: the shipped one again); once, before anything is asked."""
    _own[:] = [] if own is None else [own]


def jurisdictions() -> Jurisdictions:
    """Return what holds in this installation."""
    return _own[0] if _own else shipped()


assert set(CATEGORIES) == set(get_args(Category))
