"""The state of the kernel, as arrays. It is a function of the events alone.

It consists of the tables by shard, who wrote to whom, services, firings, texts behind codes, and statistics of rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from types import SimpleNamespace

import numpy as np
import pyarrow as pa

from cartellino.events.kinds import KINDS
from cartellino.kernel.account import ACTIVE, ALWAYS
from cartellino.kernel.arrays import Array, grown, zeros
from cartellino.kernel.geometry import Geometry
from cartellino.kernel.names import Names
from cartellino.kernel.native import services
from cartellino.kernel.plan import Plan
from cartellino.kernel.table import TableShard

FIGURES = 3
"""The statistics of a rule: on how many events it was evaluated, on how many of these it was unknown, and on how many
of the latter the log was younger than what the rule looks back on."""


@dataclass(frozen=True)
class Snapshot:
    """A copy of the state: arrays by name, the texts behind codes, and the names of services.

    `version` is the version of the policies.
    """

    arrays: dict[str, Array]
    names: tuple[str, ...]
    services: tuple[str, ...]
    version: str = ""


class State:
    """The state of one kernel."""

    def __init__(self, plan: Plan, geometry: Geometry, core: SimpleNamespace) -> None:
        """Start empty."""
        self.core = core
        self.tables = {
            by: [TableShard(table, geometry) for _ in range(geometry.shards)] for by, table in plan.tables.items()
        }
        lines = geometry.lines if plan.asks_letters else 1
        self.letters = [zeros(lines, 16, np.uint32) for _ in range(geometry.shards)]
        self.services: dict[str, int] = {}
        self.running = zeros(4, services.HOURS + ACTIVE.panes, np.int64)
        self.sends = zeros(4, len(KINDS), np.int8)
        self.cells = zeros(64, 2, np.int64)
        self.counts = np.zeros(2, np.int64)
        self.fired = zeros(32, 1, np.int64)
        self.names = Names(core)
        self.stats = np.zeros((max(len(plan.rules), 1), FIGURES), np.int64)
        self._declared = [kind in plan.policies.observes for kind in KINDS]
        self._has_all = plan.policies.complete_history

    def run_on(self, core: SimpleNamespace) -> None:
        """Use other functions on the same arrays, such as compiled ones."""
        self.core = core
        self.names.run_on(core)

    @property
    def accounts(self) -> int:
        """The number of accounts."""
        return sum(shard.size for shard in self.tables["account"])

    @property
    def looked(self) -> tuple[int, int]:
        """The number of lookups of sightings, and how many of them were undecided."""
        looked = sum((shard.looked for shards in self.tables.values() for shard in shards), np.zeros(2, np.int64))
        return int(looked[0]), int(looked[1])

    @property
    def nbytes(self) -> int:
        """The size of all arrays in bytes, including pages that were never written."""
        tables = sum(shard.nbytes for shards in self.tables.values() for shard in shards)
        return tables + sum(lines.nbytes for lines in self.letters) + self.cells.nbytes + self.fired.nbytes

    def service(self, name: str) -> int:
        """Return the number of a service, which is added if it is new."""
        if name not in self.services:
            number = self.services[name] = len(self.services)
            self.running, self.sends = grown(self.running, number + 1), grown(self.sends, number + 1)
            self.sends[number] = self._declared
            self.running[number, services.START] = ALWAYS + 1 if self._has_all else 0
        return self.services[name]

    def begins_at(self, instant: int) -> None:
        """Make unknown what happened before an instant: windows that reach back further have no upper end."""
        for number in self.services.values():
            start = max(int(self.running[number, services.START]), instant + 1)
            self.running[number, services.START] = start

    def make_room_for_firings(self, more: int) -> None:
        """Make room for `more` firings."""
        firings = int(self.counts[0]) + more
        if 2 * firings > self.cells.shape[0]:
            larger = zeros(1 << (2 * firings).bit_length(), 2, np.int64)
            self.core.rehash(self.cells, larger)
            self.cells = larger
        self.fired = grown(self.fired, firings)

    def snapshot(self) -> Snapshot:
        """Return a copy of the state."""
        codes, texts = self.names.all()
        arrays = {name: array.copy() for name, array in self.arrays()}
        return Snapshot(arrays | {"names": codes}, tuple(texts.to_pylist()), tuple(self.services))

    def restore(self, snapshot: Snapshot) -> None:
        """Load a snapshot of the same plan, geometry and salt; this state must be empty."""
        for name in snapshot.services:
            self.service(name)
        self.names.learn(snapshot.arrays["names"], pa.array(snapshot.names, pa.string()))
        for name, array in snapshot.arrays.items():
            self._restore(name, array)

    def digest(self) -> str:
        """Return a digest of the state, without the positions of blocks, which depend on the sizes of batches."""
        hasher = sha256()
        for name, array in sorted(self._known()):
            hasher.update(name.encode() + b"\0" + np.ascontiguousarray(array).tobytes())
        return hasher.hexdigest()

    def _known(self) -> Iterator[tuple[str, Array]]:
        for by, shards in self.tables.items():
            for number, shard in enumerate(shards):
                yield from ((f"{by}.{number}.{name}", array) for name, array in shard.known())
        yield from ((f"letters.{number}", array) for number, array in enumerate(self.letters))
        yield from (("running", self.running[: len(self.services)]), ("sends", self.sends[: len(self.services)]))
        codes = self.cells[self.cells[:, 0] != 0]
        yield "fired", np.sort(np.stack([codes[:, 0], self.fired[codes[:, 1], 0]], axis=1), axis=0)
        yield "stats", self.stats

    def _restore(self, name: str, stored: Array) -> None:
        head, _, rest = name.partition(".")
        if head in self.tables:
            number, _, array = rest.partition(".")
            self.tables[head][int(number)].restore(array, stored)
        elif head == "letters":
            self.letters[int(rest)][...] = stored
        elif head != "names":
            own: Array = getattr(self, head)
            setattr(self, head, _taken(own, stored))

    def arrays(self) -> Iterator[tuple[str, Array]]:
        """Yield all arrays by name."""
        for by, shards in self.tables.items():
            for number, shard in enumerate(shards):
                yield from ((f"{by}.{number}.{name}", array) for name, array in shard.arrays())
        yield from ((f"letters.{number}", array) for number, array in enumerate(self.letters))
        yield from (("running", self.running), ("sends", self.sends), ("stats", self.stats))
        yield from (("cells", self.cells), ("counts", self.counts), ("fired", self.fired[: int(self.counts[0])]))


def _taken(own: Array, stored: Array) -> Array:
    """Return a copy of a stored array, aligned like `own`."""
    if own.ndim == 1:
        return stored.copy()
    taken = zeros(max(stored.shape[0], 1), own.shape[1], own.dtype.type)
    taken[: stored.shape[0]] = stored
    return taken
