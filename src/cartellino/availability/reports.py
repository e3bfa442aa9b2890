"""What people report, counted so that no one person, household or provider makes an outage.

Only the first report of a person counts within fifteen minutes, whatever it is about; of one prefix at most two count
in a bucket; who is sanctioned does not count. Where most of a surge comes from one network that is not usually most
of the country, what is left has to stand alone.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from cartellino.availability.baseline import BUCKET, PER_DAY, Usual
from cartellino.availability.cells import Cells
from cartellino.availability.detection import SURGES, gain
from cartellino.availability.networks import is_prefix, network_of
from cartellino.availability.rows import Problem
from cartellino.vocabulary.times import Instant

PER_PREFIX = 2
KEPT = 12
"""Buckets whose reports are kept one by one: as long as it takes to see where a surge comes from."""

_MOST, _USUALLY_MOST = 0.7, 0.4
"""A network with more of a surge than this is too much of it, unless it usually has as much of the country as that."""

_FEWEST = 3


class Report(NamedTuple):
    """A report that counted, or would have but for its prefix."""

    network: str | None
    client: str | None
    counts: bool


class Reports:
    """The reports of the present bucket, of some buckets before, and which networks and clients are usual."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self._latest: dict[tuple[str, str], Instant] = {}
        self._now: dict[int, list[Report]] = {}
        self._of_prefix: Counter[tuple[int, str]] = Counter()
        self._kept: deque[tuple[int, dict[int, list[Report]]]] = deque(maxlen=KEPT)
        self._networks: dict[str, Counter[str]] = {}
        self._clients: dict[str, Counter[str]] = {}

    def take(self, one: Problem) -> bool:
        """Take a report; say whether it counts."""
        cell = self._cells.number(one.service, one.country, one.feature)
        if one.sanctioned or self._came_before(one):
            return False
        network = network_of(one.network)
        counts = True
        if network is not None and is_prefix(network):
            self._of_prefix[cell, network] += 1
            counts = self._of_prefix[cell, network] <= PER_PREFIX
        self._now.setdefault(cell, []).append(Report(network, one.client, counts))
        return counts

    def _came_before(self, one: Problem) -> bool:
        if one.reporter is None:
            return False
        person = one.service, one.reporter
        before = self._latest.get(person)
        if before is not None and one.time < before + BUCKET:
            return True
        self._latest[person] = one.time
        return False

    def close(self, bucket: int) -> dict[int, float]:
        """End a bucket: return the counts by cell."""
        found = {cell: float(sum(one.counts for one in held)) for cell, held in self._now.items()}
        self._kept.append((bucket, self._now))
        self._now = {}
        self._of_prefix.clear()
        if bucket % PER_DAY == 0:
            self._latest = {who: at for who, at in self._latest.items() if at >= (bucket - 1) * BUCKET}
        return found

    def learn(self, suspect: Mapping[int, bool]) -> None:
        """Learn from the bucket that ended which networks and clients are usual, but for cells under suspicion."""
        for cell, held in self._kept[-1][1].items() if self._kept else ():
            if suspect.get(cell):
                continue
            country = self._cells.keys[cell].place
            self._networks.setdefault(country, Counter()).update(one.network for one in held if one.network)
            self._clients.setdefault(country, Counter()).update(one.client for one in held if one.client)

    def since(self, cell: int, bucket: int) -> list[Report]:
        """Return the kept reports of a cell from a bucket on."""
        return [one for at, held in self._kept if at >= bucket for one in held.get(cell, ())]

    def is_concentrated(self, cell: int, since: int, usual: Usual, threshold: float) -> str | None:
        """Return the network from which a surge comes, where without it there would be none; else nothing."""
        found = self.since(cell, since)
        known = Counter(one.network for one in found if one.network is not None)
        if known.total() < _FEWEST:
            return None
        network, most = known.most_common(1)[0]
        if most <= _MOST * known.total() or self._share(cell, network) >= _USUALLY_MOST:
            return None
        rest = float(sum(one.counts for one in found if one.network != network))
        buckets = max(len({at for at, _ in self._kept if at >= since}), 1)
        alone = Usual(usual.mean[[cell]] * buckets, usual.size[[cell]])
        gains = [float(gain(np.array([rest]), alone, surge)[0]) for surge in SURGES]
        return None if max(gains) > threshold else network

    def _share(self, cell: int, network: str) -> float:
        usual = self._networks.get(self._cells.keys[cell].place, Counter())
        if is_prefix(network) or usual.total() < 20:
            return 0.0
        return usual[network] / usual.total()

    def client_of(self, cells: Mapping[int, int]) -> tuple[str, float] | None:
        """Return the client from which a surge in some cells comes, with its share, where it is not usually most."""
        found = Counter(
            one.client for cell, since in cells.items() for one in self.since(cell, since) if one.client is not None
        )
        usual = sum((self._clients.get(self._cells.keys[cell].place, Counter()) for cell in cells), Counter[str]())
        if found.total() < 10 or usual.total() < 20:
            return None
        client, most = found.most_common(1)[0]
        share = most / found.total()
        return (client, share) if share >= 0.8 and usual[client] / usual.total() <= 0.5 else None
