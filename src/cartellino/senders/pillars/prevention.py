"""What would have prevented this? One sentence for what the rules refused most."""

from __future__ import annotations

from collections import Counter

import msgspec

from cartellino.senders.accounts import Number
from cartellino.senders.pillars.saying import Saying
from cartellino.vocabulary.times import Instant

OVER_DAYS = 7


class Prevention(msgspec.Struct, frozen=True, kw_only=True):
    """The rule that refused most lately, how often, and what would have prevented it."""

    rule: str
    refused: int

    @property
    def saying(self) -> Saying:
        """What would have prevented it."""
        return Saying(self.rule, {"refusals": self.refused})

    @property
    def said(self) -> str:
        """The same in English."""
        return self.saying.said


def prevention_of(number: Number, now: Instant) -> Prevention | None:
    """Return what would have prevented most refusals of the last seven days; `None` where nothing was refused."""
    refused: Counter[str] = Counter()
    for _, day in number.days.last(OVER_DAYS, now):
        refused.update(day.refused)
    if not refused:
        return None
    rule, many = refused.most_common(1)[0]
    return Prevention(rule=rule, refused=many)
