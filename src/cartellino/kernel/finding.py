"""Findings: a rule fired for an account at an event, with the evidence. A finding has no effect by itself.

The kernel finds, and only the sequencer acts (law 2): it decides on findings, and alone knows the standing of accounts.

What is made for every finding and decision, here and in `enforcement`, is a msgspec structure: one takes 40 ns to make,
where a frozen dataclass takes up to 2,000. With `gc=False` the garbage collector does not look through them either,
which is safe where no cycle is possible: their fields only contain texts, numbers and other such values.
"""

from __future__ import annotations

import msgspec

from cartellino.vocabulary.ids import RuleId
from cartellino.vocabulary.times import Instant


class Evidence(msgspec.Struct, frozen=True, gc=False):
    """A comparison that was true: the signal as it is written, its interval, the threshold, and the window.

    Durations are in ms; `most` is infinite if there is no upper end.
    """

    signal: str
    least: float
    most: float
    threshold: float | str | None
    window: str | None


class Context(msgspec.Struct, frozen=True, gc=False):
    """What was known of the account when the rule fired; `None` is unknown."""

    number: str | None = None
    device: str | None = None
    address: str | None = None
    region: str | None = None
    made: Instant | None = None


class Finding(msgspec.Struct, frozen=True, gc=False):
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
