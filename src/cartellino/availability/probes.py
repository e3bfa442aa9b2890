"""What probes measured, of every feature, country and network; they need no history to speak.

A feature works from a network where any port of its targets takes it: one port that is refused is a fault of that
port, whoever refuses it (January 2026: 5222, everywhere). A country fails where its networks do, not one of them.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from cartellino.availability.baseline import PER_DAY, PER_HOUR
from cartellino.availability.cells import Cells
from cartellino.availability.detection import Limits
from cartellino.availability.networks import network_of
from cartellino.availability.rows import Probe
from cartellino.availability.shares import PROBES, ShareTest

UNKNOWN_NETWORK = "?"
_PORT = re.compile(r":(\d{1,5})(?:/|$)")
_WEB = frozenset({80, 443})
_TWICE = 4.5
"""More than one failure adds to a sum: a network that failed once does not fail with others."""


def port_of(target: str) -> int:
    """Return the port of a target; 443 where it names none.

    >>> port_of("e1.chat.example:5222"), port_of("https://media.example/x")
    (5222, 443)
    """
    found = _PORT.search(target)
    return int(found[1]) if found else 443


@dataclass
class Measured:
    """What one network measured of one feature: of this bucket, and how it failed of late."""

    cell: int
    network: str
    now: dict[int, list[bool]] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)
    ports: set[int] = field(default_factory=set)
    steps: float = PER_HOUR
    """The usual number of buckets between measurements."""


@dataclass(frozen=True)
class Seen:
    """What probes say of a cell at present."""

    failing: tuple[str, ...]
    working: tuple[str, ...]
    since: int
    worked_at: int
    failures: Counter[str]
    is_one_port: bool

    @property
    def state(self) -> str:
        """Whether it is `failing`, in `part` (one network of several), `fine` or `unknown`."""
        if not self.failing:
            return "fine" if self.working else "unknown"
        return "failing" if len(self.failing) > 1 or not self.working else "part"


class Probes:
    """All measurements by cell and network."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self._test = ShareTest(PROBES)
        self._measured: list[Measured] = []
        self._numbers: dict[tuple[int, str], int] = {}
        self._of_cell: dict[int, list[int]] = {}
        self._worked: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._measured)

    @property
    def cells(self) -> list[int]:
        """The cells that were ever measured."""
        return list(self._of_cell)

    def take(self, one: Probe) -> None:
        """Take a measurement."""
        cell = self._cells.number(one.service, one.country, one.feature)
        network = network_of(one.network) or UNKNOWN_NETWORK
        number = self._numbers.get((cell, network))
        if number is None:
            number = self._numbers[cell, network] = len(self._measured)
            self._measured.append(Measured(cell, network))
            self._of_cell.setdefault(cell, []).append(number)
        held = self._measured[number]
        held.now.setdefault(port_of(one.target), []).append(one.ok)
        if not one.ok:
            held.failures[one.failure or "failed"] += 1
            held.ports.add(port_of(one.target))

    def close(self, bucket: int) -> None:
        """End a bucket."""
        many = len(self._measured)
        tried, failed = np.zeros(many), np.zeros(many)
        for number, held in enumerate(self._measured):
            if held.now:
                tried[number], failed[number] = _counted(held.now)
        if not many:
            return
        before = np.zeros(many)
        before[: min(many, len(self._test.last))] = self._test.last[:many]
        self._test.step(bucket, tried, failed, np.zeros(many, np.bool_))
        for number in np.flatnonzero(tried).tolist():
            self._note(number, bucket, before[number], failed[number])

    def _note(self, number: int, bucket: int, before: float, failed: float) -> None:
        held = self._measured[number]
        held.now.clear()
        if before:
            held.steps += 0.2 * (bucket - before - held.steps)
        if not failed:
            self._worked[held.cell] = bucket
        if self._test.sums[number] < 1:
            held.failures.clear()
            held.ports.clear()

    def seen(self, cell: int, bucket: int, limits: Limits) -> Seen:
        """Say what probes say of a cell."""
        test, failing, working = self._test, list[int](), list[int]()
        for number in self._of_cell.get(cell, ()):
            if number >= len(test.last) or bucket - test.last[number] > _fresh_for(self._measured[number].steps):
                continue
            if test.sums[number] > limits.total or self._fails_with_others(cell, number, limits):
                failing.append(number)
            elif test.sums[number] < 1:
                working.append(number)
        failures, ports = Counter[str](), set[int]()
        for number in failing:
            failures += self._measured[number].failures
            ports |= self._measured[number].ports
        return Seen(
            tuple(sorted(self._measured[one].network for one in failing)),
            tuple(sorted(self._measured[one].network for one in working)),
            int(min((test.since[one] for one in failing), default=bucket)),
            self._worked.get(cell, -1),
            failures,
            len(ports) == 1 and not ports & _WEB,
        )

    def is_bad(self, cell: int, bucket: int) -> bool:
        """Say whether measurements of a cell failed in a bucket."""
        bad = self._test.is_bad(bucket)
        return any(bool(bad[one]) for one in self._of_cell.get(cell, ()) if one < len(bad))

    def counts(self, cell: int, buckets: int) -> tuple[float, float]:
        """Return how many measurements of a cell there were in the last so many buckets, and how many failed."""
        found = [self._test.counts(number, buckets) for number in self._of_cell.get(cell, ())]
        return sum(tried for tried, _ in found), sum(failed for _, failed in found)

    def _fails_with_others(self, cell: int, number: int, limits: Limits) -> bool:
        """Say whether networks of a country that fail together pass the threshold that each alone does not."""
        sums = self._test.sums
        others = [one for one in self._of_cell[cell] if sums[one] > _TWICE]
        return sums[number] > _TWICE and len(others) > 1 and sum(sums[one] for one in others) > limits.total


def _counted(now: dict[int, list[bool]]) -> tuple[float, float]:
    """Return how many measurements of a bucket there were, and how many failed, by the port that did best."""
    best = min(now.values(), key=lambda results: (sum(not ok for ok in results) / len(results), -len(results)))
    return float(len(best)), float(sum(not ok for ok in best))


def _fresh_for(steps: float) -> float:
    """Return for how many buckets a measurement stands, by how often one is made."""
    return min(max(2.5 * steps, PER_HOUR), PER_DAY)
