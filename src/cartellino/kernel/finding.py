"""Findings: a rule fired for an account at an event, with the evidence. A finding has no effect by itself.

The kernel finds, and only the sequencer acts (law 2): it decides on findings, and alone knows the standing of accounts.
"""

from __future__ import annotations

from dataclasses import dataclass

from cartellino.vocabulary.ids import RuleId
from cartellino.vocabulary.times import Instant


@dataclass(frozen=True)
class Evidence:
    """A comparison that was true: the signal as it is written, its interval, the threshold, and the window.

    Durations are in ms; `most` is infinite if there is no upper end.
    """

    signal: str
    least: float
    most: float
    threshold: float | str | None
    window: str | None


@dataclass(frozen=True)
class Context:
    """What was known of the account when the rule fired; `None` is unknown."""

    number: str | None = None
    device: str | None = None
    address: str | None = None
    region: str | None = None
    made: Instant | None = None


@dataclass(frozen=True)
class Finding:
    """A rule fired. `at` is the account's clock, `active` the number of accounts that were active in the last 24 h.

    `decision` is the id of its decision if account and event, from which it is derived, were erased; else it is empty.
    """

    sequence: int
    at: Instant
    event: str
    service: str
    account: str
    rule: RuleId
    evidence: tuple[Evidence, ...]
    context: Context
    active: int
    decision: str = ""
