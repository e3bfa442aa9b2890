"""People who keep filing manifestly unfounded complaints: a warning, then a suspension (DSA, article 23).

Only the handling of complaints is suspended, never an account, and never that of complaints about a threat to life or
the safety of a child. A person decides both, each for a case at hand. What has to be weighed is the number, the share,
the gravity and the intention (article 23(3)); the first two are bounds here, the other two are for the reason that the
person writes.

>>> may_warn(Record(decided=4, unfounded=3)), may_suspend(Record(decided=4, unfounded=3), DAY, 0) is None
(None, False)
"""

from __future__ import annotations

from typing import NamedTuple

from cartellino.appeals.hearing import NotNow
from cartellino.vocabulary.refusals import BadArgument, Refusal
from cartellino.vocabulary.times import DAY, Duration, Instant, show_duration, show_instant

WITHIN: Duration = 180 * DAY
"""How far back complaints count, and how long a warning does."""

FEWEST = 3
LEAST_SHARE = 0.5
"""At least so many complaints, and so much of what was decided, must have been manifestly unfounded."""

FIRST: Duration = 30 * DAY
LONGEST: Duration = 90 * DAY
"""The longest first suspension, and the longest of all."""


class Record(NamedTuple):
    """What is known of somebody who files complaints, within `WITHIN`."""

    decided: int = 0
    unfounded: int = 0
    warned_at: Instant | None = None
    since_warning: int = 0
    """Complaints filed after the warning that were manifestly unfounded as well."""
    suspensions: int = 0
    suspended_until: Instant | None = None

    @property
    def share(self) -> float | None:
        """The share of what was decided that was manifestly unfounded."""
        return self.unfounded / self.decided if self.decided else None

    def is_suspended(self, now: Instant) -> bool:
        """Say whether complaints are not handled at the moment."""
        return self.suspended_until is not None and now < self.suspended_until


def may_warn(record: Record) -> Refusal | None:
    """Return why nobody may be warned, `None` if they may."""
    if record.unfounded < FEWEST:
        return NotNow(f"{record.unfounded} were manifestly unfounded; a warning needs at least {FEWEST}")
    if record.share is None or record.share < LEAST_SHARE:
        return NotNow(f"{record.unfounded} of {record.decided} were manifestly unfounded; a warning needs half of them")
    return None


def may_suspend(record: Record, span: Duration, now: Instant) -> Refusal | None:
    """Return why the handling may not be suspended for a time, `None` if it may."""
    if record.is_suspended(now):
        return NotNow(f"it is suspended already, until {show_instant(record.suspended_until or 0)[:10]}")
    if record.warned_at is None or record.warned_at < now - WITHIN:
        return NotNow(f"there was no warning within {show_duration(WITHIN)}; warn first")
    if not record.since_warning:
        return NotNow("nothing that was filed after the warning was manifestly unfounded")
    if refusal := may_warn(record):
        return refusal
    most = LONGEST if record.suspensions else FIRST
    if not DAY <= span <= most:
        return BadArgument(f"the handling is suspended for 24h to {show_duration(most)}")
    return None
