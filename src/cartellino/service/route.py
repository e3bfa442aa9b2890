"""The route of events, on one page.

    rows → receive (valid? held? late? twice?) → keep (log, fsync) → judge (the kernel) → decide (the sequencer)

A row that cannot be taken is recorded as a rejection and the rest goes on. What is decided depends on nothing but the
rows in their order, the policies, the salt and the size of the tables.

>>> import numpy as np
>>> from cartellino.events.event import Event
>>> from cartellino.events.logged import to_logged
>>> from cartellino.policies.load import Text, load
>>> route = Route(load([Text("p.yaml", '''
... policy: p
... rules:
...   busy: {when: 'count(message_sent, over="1h") > 1', code: 1, action: review, reason: {en: "Busy."}}
... ''')]), now=10_000, native=False)
>>> log = [Event(id=str(n), time=n, kind="message_sent", account="a") for n in (1, 2, 2)]
>>> step = route.take(Chunk(to_logged(log), np.arange(3), []), "sent.ndjson")
>>> [one.code for one in step.rejections], [one.rule for one in step.decisions]
(['duplicate'], ['p/busy'])
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pyarrow as pa

from cartellino.enforcement.acts import ReleaseNumber
from cartellino.enforcement.brakes import Brakes
from cartellino.enforcement.decision import Decision
from cartellino.enforcement.sequencer import Sequencer
from cartellino.events.batches import Chunk
from cartellino.events.rejection import Rejection
from cartellino.kernel.board import Board
from cartellino.kernel.engine import Engine
from cartellino.kernel.geometry import Geometry
from cartellino.policies.policyset import PolicySet
from cartellino.service.arrivals import Arrivals, Taken
from cartellino.service.keeping import Keeper
from cartellino.service.tally import Tally
from cartellino.service.wishes import Wish, grouped, in_order, released
from cartellino.vocabulary.times import Instant


class Step(NamedTuple):
    """What became of a chunk: the rows that were refused, how many were taken, and what was decided."""

    rejections: Sequence[Rejection] = ()
    taken: int = 0
    decisions: Sequence[Decision] = ()


class Route:
    """One kernel, one sequencer, and the count of what passed."""

    def __init__(
        self,
        policies: PolicySet,
        salt: str = "",
        *,
        now: Instant = 0,
        geometry: Geometry | None = None,
        workers: int = 1,
        brakes: Brakes | None = None,
        keeper: Keeper | None = None,
        native: bool | None = None,
    ) -> None:
        """`salt` keys codes, canaries and pseudonyms; `now` is the caller's clock; `keeper` keeps what is taken."""
        self.policies = policies
        self.salt = salt
        self.kernel = Engine(policies, salt, workers, geometry, native=native)
        self.sequencer = Sequencer(policies, salt, brakes)
        self.arrivals = Arrivals(self.kernel.coder, now, knows=keeper is not None, core=self.kernel.core)
        self.tally = Tally()
        self.sequence = 0
        self.keeper = keeper
        self._writing = ThreadPoolExecutor(1, "log")

    def take(self, chunk: Chunk, source: str) -> Step:
        """Take a chunk of rows of a source."""
        taken = self.arrivals.take(chunk.batch, chunk.numbers, source)
        rejections = sorted([*chunk.rejections, *taken.rejections], key=lambda one: one.line)
        self.tally.refuse(rejections, taken.held)
        if not taken.batch.num_rows:
            return Step(rejections)
        durable = self._keep(taken, source)
        wishes = self.wishes(taken.batch)
        durable()
        return Step(rejections, taken.batch.num_rows, self._decide(wishes, taken.batch.num_rows))

    def _keep(self, taken: Taken, source: str) -> Callable[[], object]:
        """Begin to keep events, and return what waits until they are durable.

        Meanwhile they are judged: nothing is decided before, and where they cannot be kept, the run ends.
        """
        if self.keeper is None:
            return int
        first = self.sequence + 1
        return self._writing.submit(self.keeper.keep, taken.batch, taken.numbers, source, first).result

    def judge(self, batch: pa.RecordBatch, seen: Board | None = None) -> list[Decision]:
        """Give events their place in the log, and decide; `seen` is what a kernel that counts the same saw of them."""
        if not batch.num_rows:
            return []
        return self._decide(self.wishes(batch, seen), batch.num_rows)

    def _decide(self, wishes: Sequence[Wish], events: int) -> list[Decision]:
        if self.keeper is not None:
            self.keeper.note(self.sequence, wishes)
        return self.decide(wishes, events)

    def adopt(self, policies: PolicySet) -> bool:
        """Go on with other policies at once, if they count what is counted already; else it takes a `Succession`."""
        if not self.kernel.adopt(policies):
            return False
        self.sequencer.adopt(policies)
        self.policies = policies
        return True

    def wishes(self, batch: pa.RecordBatch, seen: Board | None = None) -> list[Wish]:
        """Let the kernel judge the next events of the log, and return what reaches the sequencer, in their order."""
        first = self.sequence + 1
        kernel = self.kernel
        findings = kernel.judge(batch, first) if seen is None else kernel.judge_seen(seen, batch, first)
        self.sequence += batch.num_rows
        return in_order([*released(batch, first), *findings])

    def decide(self, wishes: Sequence[Wish], events: int = 0) -> list[Decision]:
        """Let the sequencer decide on the wishes of some events."""
        decisions: list[Decision] = []
        for one in grouped(wishes):
            if isinstance(one, ReleaseNumber):
                self.sequencer.act(one)
            else:
                decisions += self.sequencer.take(one)
        self.tally.count(decisions, events)
        return decisions
