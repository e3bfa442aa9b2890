"""Whether an accusation stands: it does not come and go with every quarter of an hour.

What is said of a country that nobody has announced anything of rests on others meanwhile: whether they are calm, and
whether enough of them have tried. That is near its bounds now and then. So a doubt of that kind takes back what was
said only when it lasts, and what was taken back is said again only after an hour without any. What speaks against it
by itself (answers of our servers, a change of ours, a failure everywhere) takes it back at once.

>>> country = Steadiness()
>>> [country.accuses(at, doubts) for at, doubts in enumerate([(), ("others_uneasy",), (), ("time",)])]
[True, True, True, False]
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

LASTING_DOUBT = 3
"""Buckets in a row of doubt that take back what was said."""

CLEAN_AGAIN = 4
"""Buckets in a row without any doubt before what was taken back is said again."""

PASSING = frozenset({"others_uneasy", "few_controls"})
"""Doubts that come and go with what others do."""


@dataclass
class Steadiness:
    """What was said of one country of late."""

    accused: bool = False
    taken_back: bool = False
    clean: int = 0
    doubtful: int = 0
    at: int | None = None

    def accuses(self, bucket: int, against: Collection[str]) -> bool:
        """Say whether an accusation stands in a bucket, by what speaks against it."""
        if self.at is not None and bucket - self.at > 1:
            self._take_back()
        self.at = bucket
        self.clean = 0 if against else self.clean + 1
        self.doubtful = self.doubtful + 1 if against else 0
        if not PASSING.issuperset(against) or self.doubtful >= LASTING_DOUBT:
            self._take_back()
        elif not against and (not self.taken_back or self.clean >= CLEAN_AGAIN):
            self.accused = True
        return self.accused

    def _take_back(self) -> None:
        self.taken_back = self.taken_back or self.accused
        self.accused, self.clean = False, 0
