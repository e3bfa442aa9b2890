"""The plan of a replay: which acts are due before which event of the log, and which policies were in force when.

The kernel adopts the policies of a stretch of the log before it counts the stretch; the sequencer adopts them when the
act of their adoption is due. Both follow the order of the log, but the kernel is ahead by up to a batch.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence

import pyarrow as pa

from cartellino.enforcement.acts import Act, Adopt
from cartellino.events.logged import LOGGED
from cartellino.kernel.engine import Engine
from cartellino.policies.policyset import PolicySet

Promised = Mapping[str, float]
"""How many accounts a day each rule acted on in its backtest."""

Versions = Callable[[str], tuple[PolicySet, Promised]]
"""Returns the policies of a version, and what they promise."""

Stretch = Callable[[int, int], Iterator[pa.RecordBatch]]
"""Reads the events of a log between two numbers, both included."""


def _no_versions(version: str) -> tuple[PolicySet, Promised]:
    raise KeyError(version)


def _no_events(first: int, last: int) -> Iterator[pa.RecordBatch]:
    return iter(())


class Replay:
    """The acts and policy switches that are still due in a replay; empty for a new log."""

    def __init__(
        self, acts: Sequence[Act] = (), versions: Versions = _no_versions, events: Stretch = _no_events, begun: int = 0
    ) -> None:
        """`acts` are in their order; the kernel has made the first `begun` adoptions among them already."""
        self.versions = versions
        self._events = events
        self._acts = deque(acts)
        self._switches = deque([act for act in acts if isinstance(act, Adopt)][begun:])

    @property
    def has_acts(self) -> bool:
        """Whether acts are left."""
        return bool(self._acts)

    def acts_before(self, number: int | None) -> Iterator[Act]:
        """Remove and yield the acts that are due before the event of a number, or all with `None`."""
        while self._acts and (number is None or self._acts[0].after < number):
            yield self._acts.popleft()

    def boundaries(self) -> list[int]:
        """Return the numbers of the events after which the policies change."""
        return [adopted.after for adopted in self._switches]

    def kernel_for(self, first: int, kernel: Engine, policies: PolicySet) -> tuple[Engine, PolicySet]:
        """Return the kernel and policies for the event of a number, after the switches that are due before it."""
        while self._switches and self._switches[0].after < first:
            adopted = self._switches.popleft()
            policies, _ = self.versions(adopted.version)
            if not kernel.adopt(policies):
                kernel = self._filled(kernel, policies, adopted.after)
        return kernel, policies

    def _filled(self, kernel: Engine, policies: PolicySet, until: int) -> Engine:
        """Return a kernel for other policies that has counted the log up to the event `until`."""
        successor = kernel.successor(policies)
        for batch in self._events(1, until):
            successor.observe(batch.select(LOGGED.names))
        successor.succeed(kernel)
        return successor
