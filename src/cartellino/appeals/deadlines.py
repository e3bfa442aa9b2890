"""Deadlines, in one table: their trigger, regions, length and legal basis, and the time in which each is in force.

Sources: Regulation (EU) 2022/2065 (DSA), articles 17 and 20; Regulation (EU) 2019/1150 (P2B), article 4(2); India's IT
Rules 2021, rule 3(2), as amended by G.S.R. 120(E) of 10 February 2026 (one gazette changed limits by a factor of
twelve, hence `since`). Where no law sets a deadline, it is our own promise.

>>> deadline("appeal", "IN", instant("2026-03-01T00:00:00Z")).show()
'7d (India, IT Rules 2021, rule 3(2)(a)(i))'
>>> deadline("appeal", "IN", instant("2026-01-01T00:00:00Z")).show()
'15d (India, IT Rules 2021, rule 3(2)(a)(i))'
>>> deadline("appeal", None, 0).show()
'3d (our own promise)'
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cartellino.vocabulary.times import DAY, HOUR, LATEST, Duration, Instant, instant, show_duration

Trigger = Literal["appeal", "grievance", "review", "window", "termination"]

EU = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())  # noqa: SIM905


@dataclass(frozen=True)
class Deadline:
    """A time limit and its legal basis, in force from `since` until before `until`."""

    trigger: Trigger
    regions: frozenset[str]
    limit: Duration
    basis: str
    since: Instant = 0
    until: Instant = LATEST

    def show(self) -> str:
        """Return limit and basis as text."""
        return f"{show_duration(self.limit)} ({self.basis})"


_INDIA = frozenset({"IN"})
_CHANGED = instant("2026-02-20T00:00:00Z")
ANYWHERE: frozenset[str] = frozenset()

TABLE: tuple[Deadline, ...] = (
    Deadline("appeal", _INDIA, 7 * DAY, "India, IT Rules 2021, rule 3(2)(a)(i)", _CHANGED),
    Deadline("appeal", _INDIA, 15 * DAY, "India, IT Rules 2021, rule 3(2)(a)(i)", 0, _CHANGED),
    Deadline("grievance", _INDIA, 7 * DAY, "India, IT Rules 2021, rule 3(2)(a)(i)", _CHANGED),
    Deadline("grievance", _INDIA, 15 * DAY, "India, IT Rules 2021, rule 3(2)(a)(i)", 0, _CHANGED),
    Deadline("window", EU, 183 * DAY, "EU, DSA article 20(1): at least six months"),
    Deadline("termination", EU, 30 * DAY, "EU 2019/1150, article 4(2)"),
    Deadline("appeal", ANYWHERE, 3 * DAY, "our own promise"),
    Deadline("grievance", ANYWHERE, 15 * DAY, "our own promise"),
    Deadline("review", ANYWHERE, DAY, "our own promise"),
    Deadline("window", ANYWHERE, 183 * DAY, "our own promise: six months everywhere"),
    Deadline("termination", ANYWHERE, 7 * DAY, "our own promise"),
)
"""The first entry that matches applies. India also requires acknowledgement within 24 hours, which the response to the
filing is."""

REMIND: Duration = 12 * HOUR
"""How long before the deadline of a case the reviewers are reminded, in ms."""


def deadline(trigger: Trigger, region: str | None, at: Instant) -> Deadline:
    """Return the deadline for a trigger at the time `at` in a region (ISO 3166-1 alpha-2; `None` if unknown)."""
    for candidate in TABLE:
        here = not candidate.regions or region in candidate.regions
        if candidate.trigger == trigger and here and candidate.since <= at < candidate.until:
            return candidate
    raise AssertionError(f"no deadline for {trigger}")
