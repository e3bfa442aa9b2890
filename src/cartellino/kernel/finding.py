"""What the kernel finds: this rule fired for this account at this event, on this evidence. It is a wish, not an act.

Rules wish, one place acts (law 2): a finding is handed to the sequencer, which alone knows standing.
"""

from __future__ import annotations

from dataclasses import dataclass

from cartellino.vocabulary.ids import RuleId
from cartellino.vocabulary.times import Instant


@dataclass(frozen=True)
class Evidence:
    """One comparison that was true: the signal as written, its interval, the threshold, and the window.

    Durations are in milliseconds; `most` is infinite when there is no upper end.
    """

    signal: str
    least: float
    most: float
    threshold: float | str | None
    window: str | None


@dataclass(frozen=True)
class Context:
    """What was last known of the account when the rule fired; `None` is unknown."""

    number: str | None = None
    device: str | None = None
    address: str | None = None
    region: str | None = None
    made: Instant | None = None


@dataclass(frozen=True)
class Finding:
    """A rule fired. `at` is the account's clock, `active` how many accounts were active in the last 24 h.

    `decision` names the decision that it led to where the account and event that name it were erased.
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
