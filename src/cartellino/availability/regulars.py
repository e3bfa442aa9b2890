"""Who has been here for a while: failures of accounts that nobody knows count as far as such accounts are usual.

Throwaway accounts are cheap, so sixty that fail together prove little. An account is known once it has got something
through before: a day ago, or half of what is known of the service, and an hour ago at least; or its service says that
it is older than a week. Newcomers count among those who fail at the rate at which they are seen among those who get
through, so that a new installation, in which everybody is new, sees what fails. What excuses takes known accounts.

>>> regulars = Regulars()
>>> regulars.counted("main", "sending", known=4, new=60)
(4, 60)
"""

from __future__ import annotations

from collections.abc import Iterable

from cartellino.availability.baseline import BUCKET, PER_DAY, PER_HOUR
from cartellino.events.event import Event
from cartellino.vocabulary.times import DAY, Duration

BROAD = 5
"""Known accounts that have to fail before that may excuse anything."""

OLD: Duration = 7 * DAY
"""The age of an account that is known by what its service says; a younger one is new, whatever it has done."""

MOST = 200_000
"""Accounts that are remembered of a day: about 30 MB. Further ones are as new."""

_SPARE = 2
"""Newcomers that may always fail."""

_LENIENT = 1.5
_FADES, _ENOUGH = 0.9, 20.0
_EVERYBODY = 0.8
"""The share of newcomers among those who get through from which on newcomers are who uses the service."""

Name = tuple[str, str]
"""Service and account."""


class Regulars:
    """When accounts first got something through, of those who did today or the day before."""

    def __init__(self) -> None:
        self._today: dict[Name, int] = {}
        self._before: dict[Name, int] = {}
        self._begun: dict[str, int] = {}
        self._young: set[Name] = set()
        self._shares: dict[Name, list[float]] = {}
        self._day = 0

    def begin(self, bucket: int) -> None:
        """Begin a bucket: at the beginning of a day, forget who was not there for a day."""
        day = bucket // PER_DAY
        if day != self._day:
            self._day, self._before, self._today, self._young = day, self._today, {}, set()

    def says(self, one: Event) -> None:
        """Take what an event says of the age of its account."""
        if one.account_since is None and one.kind != "registered":
            return
        name, age = (one.service, one.account), one.time - (one.account_since or one.time)
        if age < OLD:
            if len(self._young) < MOST:
                self._young.add(name)
        elif len(self._today) < MOST:
            self._today.setdefault(name, self._before.get(name, (one.account_since or 0) // BUCKET))

    def is_known(self, name: Name, bucket: int) -> bool:
        """Say whether an account has been here for a while."""
        first = self._today.get(name, self._before.get(name))
        if first is None or name in self._young:
            return False
        history = bucket - self._begun.get(name[0], bucket)
        return bucket - first >= min(max(history // 2, PER_HOUR), PER_DAY)

    def split(self, service: str, accounts: Iterable[str], bucket: int) -> tuple[set[str], set[str]]:
        """Return those of some accounts that are known, and those that are new."""
        named = set(accounts)
        known = {one for one in named if self.is_known((service, one), bucket)}
        return known, named - known

    def learn(self, service: str, feature: str, succeeded: Iterable[str], bucket: int) -> None:
        """Take who has got a feature through in a bucket."""
        self._begun.setdefault(service, bucket)
        known, new = self.split(service, succeeded, bucket)
        seen = self._shares.setdefault((service, feature), [0.0, 0.0])
        seen[0] += len(new)
        seen[1] += len(known) + len(new)
        for account in (*known, *new):
            name = service, account
            if len(self._today) < MOST or name in self._today:
                self._today.setdefault(name, self._before.get(name, bucket))

    def fade(self) -> None:
        """End a bucket: what was seen of shares counts for less."""
        for seen in self._shares.values():
            seen[:] = [one * _FADES for one in seen]

    def counted(self, service: str, feature: str, known: int, new: int) -> tuple[int, int]:
        """Return how many of the known and the new accounts that fail count."""
        newcomers, everybody = self._shares.get((service, feature), (0.0, 0.0))
        share = newcomers / everybody if everybody >= _ENOUGH else 1.0
        if share >= _EVERYBODY:
            return known, new
        usual = _LENIENT * share / (1 - share)
        return known, min(new, _SPARE + int(usual * known))
