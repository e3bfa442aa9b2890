"""What our own events say: who tried, who failed, and who has fallen silent, by country, network, client and reason.

Accounts are counted, not events: one client that tries again and again is one failure. Of accounts that nobody knows
so many count as are usual (`regulars`). The network with most failures is left out for the country's figure; what
remains only with it is that network's fault. Where a service never sends what succeeded, failures are counted against
what is usual, like reports.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from dataclasses import dataclass, field

import numpy as np

from cartellino.availability.baseline import Baseline
from cartellino.availability.cells import Cells, Floats, Mask, either
from cartellino.availability.clients import Clients
from cartellino.availability.detection import SURGES, Detection, Limits
from cartellino.availability.features import ARRIVALS, FAILURES, SUCCESSES, feature_of
from cartellino.availability.feed import Feed
from cartellino.availability.networks import network_of
from cartellino.availability.places import is_country
from cartellino.availability.regulars import BROAD, Regulars
from cartellino.availability.shares import ACCOUNTS, ShareTest
from cartellino.availability.silence import Silence
from cartellino.events.event import Event

FEWEST_FINE = 10.0
"""Accounts that have to try within an hour before we say that it works."""

FEWEST_FAILING = 4
"""Accounts that have to try before it can be said to fail."""

_ESTABLISHED = 5
"""Accounts that have succeeded from a network before its failures are its own."""

_SEEN_TO_SUCCEED = 20
_REST = 0.15
"""The least part of the accounts that a country without its worst network has to have to speak for the country."""


@dataclass
class Tried:
    """Who tried a feature in a country in one bucket."""

    ok: dict[str, set[str]] = field(default_factory=dict)
    failed: dict[str, set[str]] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)
    """Who has sent a message."""
    reasons: set[tuple[str, str]] = field(default_factory=set)
    """Reasons of failures, each with the account."""
    clients: set[tuple[str, str]] = field(default_factory=set)
    """Clients of those who failed, each with the account."""
    clients_ok: set[tuple[str, str]] = field(default_factory=set)


class Telemetry:
    """The events of the present bucket, and what became of those before."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self._now: dict[int, Tried] = {}
        self._succeeded: Counter[tuple[str, str]] = Counter()
        self.whole, self.rest = ShareTest(ACCOUNTS), ShareTest(ACCOUNTS)
        self.failures = Baseline(cells)
        self.silence = Silence(cells)
        self.by_client = Clients(cells)
        self.feed = Feed()
        self._surge = Detection(SURGES)
        self._regulars = Regulars()
        self._arrived: dict[tuple[str, str, str | None], set[str]] = {}
        self._arrives: Counter[tuple[str, str]] = Counter()
        self._known_failing: dict[int, set[str]] = {}
        self._by_network: dict[int, dict[str, list[float]]] = {}
        self._worked: Counter[tuple[str, str, str]] = Counter()
        self.reasons: dict[int, Counter[str]] = {}
        self.clients: dict[int, Counter[str]] = {}
        self.clients_ok: dict[int, Counter[str]] = {}
        self.cells: set[int] = set()
        self.shares: dict[str, float] = {}
        """By country the share of accounts whose events are taken, where it is not all of them."""

    def take(self, one: Event) -> None:
        """Take an event; those without a country, and of kinds that say nothing of a feature, are passed over."""
        if one.region is None or not is_country(one.region):
            return
        if one.kind == ARRIVALS:
            self.feed.take(one.time)
            feature = None if one.media is None else feature_of("message_sent", one.media)
            self._arrived.setdefault((one.service, one.region, feature), set()).add(one.account)
            return
        failed = one.kind in FAILURES
        feature = feature_of(one.kind, one.media, one.reason) if failed or one.kind in SUCCESSES else None
        if feature is None:
            return
        self.feed.take(one.time)
        self._regulars.says(one)
        cell = self._cells.number(one.service, one.region, feature)
        held = self._now.get(cell)
        if held is None:
            held = self._now[cell] = Tried()
        side = held.failed if failed else held.ok
        side.setdefault(network_of(one.address) or "?", set()).add(one.account)
        if failed:
            held.reasons.add((one.reason or "unknown", one.account))
            held.clients.add((one.client or "?", one.account))
            return
        held.clients_ok.add((one.client or "?", one.account))
        self._succeeded[one.service, feature] += 1
        if one.kind == "message_sent":
            held.sent.add(one.account)

    def close(self, bucket: int, suspect: Mask, troubled: Set[tuple[str, str]] = frozenset()) -> None:
        """End a bucket; `troubled` are services and countries of which reports or probes say that something fails."""
        many = len(self._cells)
        tried, failed, rest_tried, rest_failed = (np.zeros(many) for _ in range(4))
        succeeded: dict[int, float] = {}
        self._regulars.begin(bucket)
        for cell, held in self._now.items():
            self.cells.add(cell)
            counting = self._counting(cell, held, bucket)
            self._note(cell, held, counting)
            failed_by = {one for one in held.clients if one[1] in counting}
            self.by_client.take(cell, held.clients_ok, failed_by, self._known_failing.get(cell, set()))
            tried[cell], failed[cell], rest_tried[cell], rest_failed[cell] = self._counted(cell, held, counting)
            succeeded[cell] = float(sum(map(len, held.ok.values())))
        self.by_client.close(bucket)
        self.whole.step(bucket, tried, failed, suspect)
        self.rest.step(bucket, rest_tried, rest_failed, suspect)
        if self.feed.close(bucket):
            self._count(bucket, failed, succeeded, suspect)
            self._deliver(bucket, suspect)
        elif self.cells:
            self.silence.close(bucket, {}, suspect, self._known(troubled if self.feed.is_stalled else frozenset()))
        self._learn(bucket)
        self._now, self._arrived = {}, {}

    def _counting(self, cell: int, held: Tried, bucket: int) -> set[str]:
        """Return the accounts whose failures count: those that are known, and of the others so many as are usual."""
        service, _, feature = self._cells.keys[cell]
        known, new = self._regulars.split(service, set[str]().union(*held.failed.values()), bucket)
        if known or new:
            self._known_failing.setdefault(cell, set()).update(sorted(known)[:BROAD])
        _, some = self._regulars.counted(service, feature, len(known), len(new))
        return known | (new if some >= len(new) else set(sorted(new)[:some]))

    def _learn(self, bucket: int) -> None:
        """Remember who got through; forget who failed where nothing fails any more."""
        for cell, held in self._now.items():
            service, _, feature = self._cells.keys[cell]
            self._regulars.learn(service, feature, set[str]().union(*held.ok.values()), bucket)
        self._regulars.fade()
        sums = self.whole.sums
        self._known_failing = {cell: known for cell, known in self._known_failing.items() if sums[cell] > 0}

    def _deliver(self, bucket: int, suspect: Mask) -> None:
        """Count of whose messages nothing has arrived, once the service says what arrives."""
        for service, _, feature in self._arrived:
            self._arrives[service, feature or ""] += 1
        many = len(self._cells)
        sent, lost = np.zeros(many), np.zeros(many)
        for cell, held in self._now.items():
            service, country, feature = self._cells.keys[cell]
            if not held.sent or not (self._arrives[service, feature] or self._arrives[service, ""]):
                continue
            arrived = self._arrived.get((service, country, feature), set())
            arrived = arrived | self._arrived.get((service, country, None), set())
            known, new = self._regulars.split(service, held.sent - arrived, bucket)
            sent[cell] = len(held.sent)
            lost[cell] = sum(self._regulars.counted(service, feature, len(known), len(new)))
        self.silence.deliver(bucket, sent, lost, suspect)

    def is_broad(self, cell: int) -> bool:
        """Say whether enough accounts fail that have been here for a while: newcomers cannot fake that."""
        return len(self._known_failing.get(cell, ())) >= BROAD

    def _counted(self, cell: int, held: Tried, counting: set[str]) -> tuple[float, float, float, float]:
        """Return how many accounts tried and failed, and the same without the network with most failures."""
        bad = {network: len(accounts & counting) for network, accounts in held.failed.items()}
        good = {name: len(accounts - held.failed.get(name, set())) for name, accounts in held.ok.items()}
        failed, tried = sum(bad.values()), sum(bad.values()) + sum(good.values())
        self._remember(cell, bad, good)
        worst = self._worst(cell)
        rest_failed = failed - bad.get(worst, 0)
        rest_tried = tried - bad.get(worst, 0) - good.get(worst, 0)
        return float(tried), float(failed), float(rest_tried), float(rest_failed)

    def _remember(self, cell: int, bad: dict[str, int], good: dict[str, int]) -> None:
        """Keep failures and successes of each network, fading within an hour or two."""
        held = self._by_network.setdefault(cell, {})
        for name in list(held):
            held[name] = [one * 0.7 for one in held[name]]
            if sum(held[name]) < 0.05:
                del held[name]
        service, country, _ = self._cells.keys[cell]
        for name in bad.keys() | good.keys():
            self._worked[service, country, name] += good.get(name, 0)
            counts = held.setdefault(name, [0.0, 0.0])
            counts[0] += bad.get(name, 0)
            counts[1] += good.get(name, 0)

    def _worst(self, cell: int) -> str:
        return max(self._by_network[cell].items(), key=lambda one: (one[1][0], one[0]), default=("", []))[0]

    def _note(self, cell: int, held: Tried, counting: set[str]) -> None:
        """Keep reasons and clients by the accounts that count, fading."""
        reasons = Counter(reason for reason, account in held.reasons if account in counting)
        clients = Counter(client for client, account in held.clients if account in counting)
        clients_ok = Counter(client for client, _ in held.clients_ok)
        for kept, new in ((self.reasons, reasons), (self.clients, clients), (self.clients_ok, clients_ok)):
            before = kept.get(cell, Counter())
            kept[cell] = Counter({name: many // 2 for name, many in before.items() if many > 1}) + new

    def _count(self, bucket: int, failed: Floats, succeeded: dict[int, float], suspect: Mask) -> None:
        """Count failures and successes against what is usual, once the service has sent events at all."""
        if not self.cells:
            return
        of_cells = {int(cell): float(failed[cell]) / self._share(int(cell)) for cell in np.flatnonzero(failed)}
        summed, usual = self._cells.summed(of_cells), self.failures.expect(bucket)
        if self.failures.is_known:
            self._surge.step(bucket, summed, usual)
        self.failures.learn(bucket, summed, usual, suspect)
        self.silence.close(bucket, {cell: many / self._share(cell) for cell, many in succeeded.items()}, suspect)

    def _known(self, troubled: Set[tuple[str, str]]) -> Mask:
        """Mark the series of which nobody came, although nothing came at all: others say that something fails there."""
        return np.array([(key.service, key.place) in troubled for key in self._cells.keys], np.bool_)

    def _share(self, cell: int) -> float:
        return self.shares.get(self._cells.keys[cell].place, 1.0)

    def is_observed(self, cell: int) -> bool:
        """Say whether the service sends what succeeds of a feature; if not, a share says nothing."""
        key = self._cells.keys[cell]
        return self._succeeded[key.service, key.feature] >= _SEEN_TO_SUCCEED

    def failing(self, limits: Limits) -> Mask:
        """Say in which cells more fail than usual, whatever network they are behind."""
        return _wide(self.whole.sums > limits.total, len(self._cells))

    def failing_widely(self, limits: Limits) -> Mask:
        """Say in which cells more fail than usual, also without the network with most failures."""
        found = self.failing(limits)
        for cell in np.flatnonzero(found):
            alone = self.rest.tried[cell] < max(_REST * self.whole.tried[cell], 3)
            single = len(self._by_network.get(int(cell), ())) <= 1
            found[cell] = (alone and single) or self.rest.sums[cell] > limits.total
        return found

    def surging(self, limits: Limits) -> Mask:
        """Say where failures surge against what is usual."""
        return self._passing(self._surge, self.failures, limits)

    def dropping(self, limits: Limits) -> Mask:
        """Say where those who usually succeed are missing, or what they send does not arrive."""
        return self.silence.missing(limits) | self.silence.undelivered(limits)

    def is_bad(self, cell: int, bucket: int, *, missing: bool) -> bool:
        """Say whether more failed in a cell in a bucket than usual, by itself; `missing` asks who did not come."""
        many = len(self._cells)
        test = self.whole.is_bad(bucket) if self.is_observed(cell) else self._surge.is_bad()
        return bool(either(many, test, self.silence.is_bad(bucket) if missing else np.zeros(0, np.bool_))[cell])

    def _passing(self, detection: Detection, baseline: Baseline, limits: Limits) -> Mask:
        if not baseline.is_known:
            return np.zeros(len(self._cells), np.bool_)
        return _wide(detection.passes(limits), len(self._cells))

    def _is_established(self, cell: int, network: str) -> bool:
        """Say whether people have succeeded from a network: one from which only failures come is somebody trying."""
        service, country, _ = self._cells.keys[cell]
        return self._worked[service, country, network] >= _ESTABLISHED

    def failing_narrowly(self, limits: Limits) -> Mask:
        """Say in which cells more fail than usual, though only from one network from which it used to work."""
        found = self.failing(limits) & ~self.failing_widely(limits)
        for cell in np.flatnonzero(found):
            found[cell] = len(self.networks(int(cell))[0]) > 0
        return found

    def networks(self, cell: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the networks of a cell that fail, and those that work, each with enough accounts of late."""
        failing, working = list[str](), list[str]()
        usual = float(self.whole.usual[cell]) if cell < len(self.whole.usual) else 0.0
        for name, (bad, good) in sorted(self._by_network.get(cell, {}).items()):
            if bad + good < 2 or name == "?" or not self._is_established(cell, name):
                continue
            (failing if bad / (bad + good) > 2 * usual + 0.15 else working).append(name)
        return tuple(failing), tuple(working)


def _wide(held: Mask, many: int) -> Mask:
    """Return an array of so many series."""
    found = np.zeros(many, np.bool_)
    found[: min(many, len(held))] = held[:many]
    return found
