"""What is known of one service at one instant, drawn from all sources: what fails, what works, what was changed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from cartellino.availability.clients import ClientFault
from cartellino.availability.evidence import Evidence
from cartellino.availability.rows import Announcement, Change
from cartellino.availability.steadiness import Steadiness
from cartellino.vocabulary.times import Instant

MEASURED = frozenset({"telemetry", "probes"})
"""Sources that measure; people who report are asked, not measured."""

NEWCOMERS = "newcomers"
"""Evidence that telemetry speaks of too few accounts that have been here for a while: it excuses nothing."""

_SERVER = re.compile(r"\b5\d\d\b|http 5|server|internal|unavailable|overload|backend|upstream|database|crash")
_TAMPERED = re.compile(
    r"reset|\brst\b|nxdomain|bogon|poison|spoof|throttl|\bsni\b|block ?page|inject|tamper|hijack|bandwidth"
)
_SESSION = re.compile(r"session|logged|log ?out|token|(?<!cert )(?<!certificate )expired|unauthor|\b401\b|signed out")
_ENFORCED = re.compile(r"\bbanned|restricted|sanction|suspend|(?<!rate )\blimited|enforce|policy")
_SUPPLIED = re.compile(r"\bsms|\botp\b|\bcodes?\b(?! \d)|carrier|supplier|provider|voice call")
"""What reasons of failures say, written as words in small letters: `account_banned` is `account banned`."""


@dataclass
class Failing:
    """A feature that fails in a country: since when, by which sources, and how."""

    country: str
    feature: str
    since: Instant
    noticed: Instant
    level: str
    sources: set[str] = field(default_factory=set)
    networks: tuple[str, ...] = ()
    other_networks: tuple[str, ...] = ()
    failures: Counter[str] = field(default_factory=Counter)
    is_one_port: bool = False
    is_missing: bool = False
    """Whether those who usually succeed do not come, or what they send does not arrive."""
    is_borrowed: bool = False
    """Whether what is usual was borrowed from other services' rates."""
    share: float = 1.0
    """Of those who tried since it was noticed, how many failed."""
    is_broad: bool = True
    """Whether among those who fail enough accounts have been here for a while."""
    clients: Counter[str] = field(default_factory=Counter)
    """With which clients those fail who fail of late."""

    @property
    def is_silent(self) -> bool:
        """Whether all that is known is that people are missing."""
        return self.is_missing and self.sources <= {"telemetry"} and not self.failures

    @property
    def is_measured(self) -> bool:
        """Whether a source that measures says so."""
        return bool(self.sources & MEASURED)


@dataclass
class Situation:
    """One service at one instant."""

    service: str
    at: Instant
    known_since: Instant
    failing: list[Failing] = field(default_factory=list)
    working: dict[str, set[str]] = field(default_factory=dict)
    """By feature: countries where telemetry or probes say that it works."""
    trials: dict[str, dict[str, tuple[float, float]]] = field(default_factory=dict)
    """By feature and country: how many tried since it was noticed, and how many failed."""
    lately: dict[str, dict[str, tuple[float, float]]] = field(default_factory=dict)
    """The same since a country, if it failed meanwhile, works again."""
    calm: dict[str, set[str]] = field(default_factory=dict)
    """By feature: countries where people would report, and do not."""
    uneasy: dict[str, set[str]] = field(default_factory=dict)
    """By feature: countries where something is going on that does not suffice to say so."""
    changes: list[Change] = field(default_factory=list)
    announcements: list[Announcement] = field(default_factory=list)
    steadiness: dict[str, Steadiness] = field(default_factory=dict)
    """By country: whether an accusation stands."""
    client: tuple[str, float] | None = None
    """The client from which most failures come, with its share."""
    fault: ClientFault | None = None
    """The client that fails where others do not, also where no country shows it."""

    def known(self, feature: str) -> set[str]:
        """Return the countries of which something is known."""
        failing = {one.country for one in self.failing if one.feature == feature}
        return failing | self.working.get(feature, set()) | self.calm.get(feature, set())

    def announced(self, country: str, feature: str) -> Announcement | None:
        """Return what an authority has announced of a feature in a country."""
        found = (one for one in self.announcements if not one.is_own and one.covers(country, feature, self.at))
        return next(found, None)


def _named(failures: Counter[str]) -> int:
    return sum(many for reason, many in failures.items() if reason not in ("unknown", "failed"))


def is_named(failures: Counter[str]) -> bool:
    """Say whether any failure has a reason."""
    return _named(failures) > 0


def _words(reason: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", reason).lower()))


def share_of(failures: Counter[str], pattern: re.Pattern[str]) -> float:
    """Return the share of failures whose reason fits."""
    named = _named(failures)
    return sum(many for reason, many in failures.items() if pattern.search(_words(reason))) / named if named else 0.0


def onset_of(cells: list[Failing]) -> tuple[Instant, Instant]:
    """Return since when cells fail, and when that was first noticed.

    A sum may have begun to run by chance before; so of several the first quarter is left out.
    """
    begun = sorted(one.since for one in cells)
    return begun[len(begun) // 4], min(one.noticed for one in cells)


def failures_of(cells: Iterable[Failing]) -> Counter[str]:
    """Return the reasons of all failures of some cells."""
    return sum((one.failures for one in cells), Counter[str]())


def is_servers(failures: Counter[str]) -> bool:
    """Say whether most failures are answers of our own servers: then what was sent has arrived."""
    return share_of(failures, _SERVER) >= 0.5


def is_tampered(failures: Counter[str]) -> bool:
    """Say whether most failures look like interference on the way: resets, names that do not resolve, throttling."""
    return share_of(failures, _TAMPERED) >= 0.5


def is_session(failures: Counter[str]) -> bool:
    """Say whether many failures are sessions that are no longer valid."""
    return share_of(failures, _SESSION) >= 0.4


def is_enforced(failures: Counter[str]) -> bool:
    """Say whether many failures are our own sanctions."""
    return share_of(failures, _ENFORCED) >= 0.4


def is_supplied(failures: Counter[str]) -> bool:
    """Say whether many failures are of what a supplier sends, such as codes."""
    return share_of(failures, _SUPPLIED) >= 0.5


def sources_of(cells: list[Failing]) -> tuple[Evidence, ...]:
    """Return which sources say that something fails, each with the countries and features it speaks of."""
    found = []
    for source in ("telemetry", "probes", "reports"):
        places = sorted({one.country for one in cells if source in one.sources})
        features = sorted({one.feature for one in cells if source in one.sources})
        if places:
            found.append(Evidence(source, "failing", {"countries": places, "features": features}))
    told = [one for one in cells if "telemetry" in one.sources]
    if any(one.is_missing for one in told):
        found.append(Evidence("telemetry", "missing"))
    if told and not any(one.is_broad for one in told):
        found.append(Evidence("telemetry", NEWCOMERS))
    if any(one.is_borrowed for one in cells):
        found.append(Evidence("reports", "borrowed_rates"))
    return tuple(found)
