"""A log that is replayed: which acts belong to it, each in its place, and which policies the kernel had when.

The kernel is brought to the policies of a stretch of the log before it sees the stretch; the sequencer adopts them when
their act is carried out. Both happen in the order of the log, but not at the same moment, since findings wait for acts.
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
"""Where the policies of a version are found, and what they promise."""

Stretch = Callable[[int, int], Iterator[pa.RecordBatch]]
"""Reads the events of a log between two numbers, both included."""


def _no_versions(version: str) -> tuple[PolicySet, Promised]:
    raise KeyError(version)


def _no_events(first: int, last: int) -> Iterator[pa.RecordBatch]:
    return iter(())


class Replay:
    """What is still to be carried out while a log is replayed; empty for a log that begins."""

    def __init__(
        self, acts: Sequence[Act] = (), versions: Versions = _no_versions, events: Stretch = _no_events, begun: int = 0
    ) -> None:
        """`acts` come in their order; of the adoptions among them the kernel knows the first `begun` already."""
        self.versions = versions
        self._events = events
        self._acts = deque(acts)
        self._switches = deque([act for act in acts if isinstance(act, Adopt)][begun:])

    @property
    def has_acts(self) -> bool:
        """Whether acts are left."""
        return bool(self._acts)

    def acts_before(self, number: int | None) -> Iterator[Act]:
        """Take out the acts that came before the event of a number, or all that are left."""
        while self._acts and (number is None or self._acts[0].after < number):
            yield self._acts.popleft()

    def boundaries(self) -> list[int]:
        """After which events of the log the policies change."""
        return [adopted.after for adopted in self._switches]

    def kernel_for(self, first: int, kernel: Engine, policies: PolicySet) -> tuple[Engine, PolicySet]:
        """Return the kernel, and its policies, by which the event of a number was judged."""
        while self._switches and self._switches[0].after < first:
            adopted = self._switches.popleft()
            policies, _ = self.versions(adopted.version)
            if not kernel.adopt(policies):
                kernel = self._filled(kernel, policies, adopted.after)
        return kernel, policies

    def _filled(self, kernel: Engine, policies: PolicySet, until: int) -> Engine:
        """Return a successor of a kernel that has seen the log up to an event."""
        successor = kernel.successor(policies)
        for batch in self._events(1, until):
            successor.observe(batch.select(LOGGED.names))
        successor.succeed(kernel)
        return successor
