"""Does one client fail where others do not? Accounts by client, in all countries and features together.

What a client of a tenth of all people cannot do is hardly seen in any country, and plainly seen in the client. It is
said only where others, in the same countries and with the same features, would surely fail by now if it were not the
client: so a country in which everybody has the same client proves nothing.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from math import log
from typing import NamedTuple

import numpy as np

from cartellino.availability.cells import Cells, Floats
from cartellino.availability.detection import Limits
from cartellino.availability.features import FEATURES
from cartellino.availability.regulars import BROAD
from cartellino.availability.shares import ACCOUNTS, ShareTest

MOST = 64
"""Clients of a service that are watched; of more, those that were met first: who makes names up shuts out only others
who do.
"""

_KEPT = 8
"""Buckets over which the failing client is compared with others."""

_USUAL = 0.05
"""The share of attempts that fails, at most, when nothing is wrong."""

_SURE = 6.0
"""How much evidence it takes that others do not fail: four hundred to one."""

_LEAST = 0.2
"""The least share of a feature's attempts that fails where it is said of it."""

_WORLDWIDE = 3
"""Countries in which it has to fail, and half of those in which it is used, before it does everywhere."""

Counts = tuple[float, float]
"""How many got through, and how many failed."""


class ClientFault(NamedTuple):
    """A client that fails: of which features, where, since which bucket, and the share of its attempts."""

    client: str
    share: float
    countries: frozenset[str]
    features: tuple[str, ...]
    since: int
    is_worldwide: bool
    is_broad: bool
    """Whether enough of those who fail have been here for a while."""


class Clients:
    """What the accounts of each client did of late."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self._numbers: dict[tuple[str, str], int] = {}
        self._many: Counter[str] = Counter()
        self._test = ShareTest(ACCOUNTS)
        self._now: dict[int, dict[str, Counts]] = {}
        self._known: dict[int, set[str]] = {}
        self._kept: deque[dict[int, dict[str, Counts]]] = deque(maxlen=_KEPT)

    def __len__(self) -> int:
        return len(self._numbers)

    def take(self, cell: int, ok: Iterable[tuple[str, str]], failed: Iterable[tuple[str, str]],
             known: set[str]) -> None:  # fmt: skip
        """Take who got through in a cell and who did not, each with the client; `known` are no newcomers."""
        service, bad = self._cells.keys[cell].service, set(failed)
        good = Counter(client for client, _ in set(ok) - bad)
        worse = Counter(client for client, _ in bad)
        self._now[cell] = {one: (float(good[one]), float(worse[one])) for one in good.keys() | worse.keys()}
        for client in sorted(self._now[cell]):
            if client != "?" and (service, client) not in self._numbers and self._many[service] < MOST:
                self._numbers[service, client] = len(self._numbers)
                self._many[service] += 1
        for client, account in sorted(bad):
            number = self._numbers.get((service, client))
            if number is not None and account in known and len(self._known.setdefault(number, set())) < BROAD:
                self._known[number].add(account)

    def close(self, bucket: int) -> None:
        """End a bucket."""
        many = len(self._numbers)
        tried, failed = np.zeros(many), np.zeros(many)
        for cell, counts in self._now.items():
            service = self._cells.keys[cell].service
            for client, (good, bad) in counts.items():
                if (number := self._numbers.get((service, client))) is not None:
                    tried[number] += good + bad
                    failed[number] += bad
        self._test.step(bucket, tried, failed, np.zeros(many, np.bool_))
        self._kept.appendleft(self._now)
        self._now = {}
        self._known = {number: known for number, known in self._known.items() if self._test.sums[number] > 0}

    def faults(self, limits: Limits, bucket: int) -> dict[str, ClientFault]:
        """Return by service the client that fails where others do not, as of the end of a bucket."""
        sums = self._test.sums
        passing = [name for name, number in self._numbers.items() if number < len(sums) and sums[number] > limits.total]
        found: dict[str, ClientFault] = {}
        for service, client in sorted(passing, key=lambda name: (-sums[self._numbers[name]], name)):
            others = {name for of, name in passing if of == service}
            if service not in found and (fault := self._fault(service, client, others, bucket)):
                found[service] = fault
        return found

    def _fault(self, service: str, client: str, passing: set[str], bucket: int) -> ClientFault | None:
        number = self._numbers[service, client]
        since = int(self._test.since[number])
        counts = self._counts(service, bucket - since + 1)
        own = {cell: of[client] for cell, of in counts.items() if client in of}
        features = _failing((self._cells.keys[cell].feature, one) for cell, one in own.items())
        own = {cell: one for cell, one in own.items() if self._cells.keys[cell].feature in features}
        failing = {cell for cell, (_, bad) in own.items() if bad}
        share = _share(own[cell] for cell in failing)
        others = [
            (own[cell], one) for cell in failing for name, one in counts[cell].items() if name not in passing | {"?"}
        ]
        if not features or not _others_work(others, share):
            return None
        countries = frozenset(self._cells.keys[cell].place for cell in failing)
        used = {self._cells.keys[cell].place for cell in own}
        is_worldwide = len(countries) >= _WORLDWIDE and 2 * len(countries) >= len(used)
        return ClientFault(client, share, countries, features, since, is_worldwide,
                           len(self._known.get(number, ())) >= BROAD)  # fmt: skip

    def _counts(self, service: str, buckets: int) -> dict[int, dict[str, Counts]]:
        """Return by cell and client how many got through and failed in the last so many buckets."""
        found: dict[int, dict[str, Counts]] = {}
        for held in list(self._kept)[: max(buckets, 1)]:
            for cell, counts in held.items():
                if self._cells.keys[cell].service == service:
                    kept = found.setdefault(cell, {})
                    for client, (good, bad) in counts.items():
                        before = kept.get(client, (0.0, 0.0))
                        kept[client] = before[0] + good, before[1] + bad
        return found


def _failing(counts: Iterable[tuple[str, Counts]]) -> tuple[str, ...]:
    """Return the features of which a client fails: of each a fifth at least, and half of the share of the worst."""
    held: dict[str, list[Counts]] = {}
    for name, one in counts:
        held.setdefault(name, []).append(one)
    shares = {name: _share(of) for name, of in held.items() if sum(bad for _, bad in of) > 1}
    least = max(_LEAST, max(shares.values(), default=0.0) / 2)
    return tuple(name for name in FEATURES if shares.get(name, 0.0) >= least)


def _share(counts: Iterable[Counts]) -> float:
    summed: Floats = np.array(list(counts) or [(0.0, 0.0)]).sum(0)
    return float(summed[1] / max(summed.sum(), 1))


def _others_work(others: Iterable[tuple[Counts, Counts]], share: float) -> bool:
    """Say whether others would surely fail by now if it were not the client, and do not.

    Each is held against the client in the same country and feature: where the client fails by far most, others must
    work there, too. `share` is that of all attempts of the client, towards which that of a few is drawn.
    """
    ratio = 0.0
    for (good, bad), (works, fails) in others:
        here = (bad + share) / (good + bad + 1)
        if here >= 3 * _USUAL:  # elsewhere it fails by chance, which tells the client from nobody
            there = min(max(here * 2 / 3, 3 * _USUAL), 0.9)
            ratio += fails * log(_USUAL / there) + works * log((1 - _USUAL) / (1 - there))
    return ratio >= _SURE
