"""The route of events from rows to decisions.

    rows → accept (valid? in the log? late? repeated?) → log (fsync) → judge (the kernel) → decide (the sequencer)

A row that is refused is recorded as a rejection, and the rest goes on. Decisions depend only on the rows in their
order, the policies, the salt and the size of the tables.

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
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from cartellino.enforcement.acts import Act, Adopt, ReleaseNumber
from cartellino.enforcement.brakes import Brakes
from cartellino.enforcement.decision import Decision
from cartellino.enforcement.sequencer import Sequencer
from cartellino.events.batches import Chunk
from cartellino.events.rejection import Rejection
from cartellino.kernel.arrays import Array
from cartellino.kernel.engine import Engine
from cartellino.kernel.event_columns import EventColumns
from cartellino.kernel.geometry import Geometry
from cartellino.pipeline.intake import Arrivals, Taken
from cartellino.pipeline.order import Wish, grouped, in_order, released
from cartellino.pipeline.ports import EventStore
from cartellino.pipeline.replay import Replay
from cartellino.pipeline.run_statistics import RunStatistics
from cartellino.policies.policyset import PolicySet
from cartellino.vocabulary.times import Instant


class Step(NamedTuple):
    """The result for a chunk: the refused rows, how many were accepted (`taken`) or in the log already (`in_log`), and
    the decisions.

    When a past is imported, `older` counts the events before the latest of an earlier part.
    """

    rejections: Sequence[Rejection] = ()
    taken: int = 0
    decisions: Sequence[Decision] = ()
    in_log: int = 0
    older: int = 0


Listener = Callable[[pa.RecordBatch, SimpleNamespace], object]
"""Is told of events once they are on the disk, with the kernel's functions. It must not fail, nor take long."""


def unheard(batch: pa.RecordBatch, core: SimpleNamespace) -> None:
    """Tell nobody."""


class Route:
    """Joins an intake, a log, a kernel and a sequencer, and counts what passes."""

    def __init__(
        self,
        policies: PolicySet,
        salt: str = "",
        *,
        now: Instant = 0,
        geometry: Geometry | None = None,
        workers: int = 1,
        brakes: Brakes | None = None,
        store: EventStore | None = None,
        knows: bool = False,
        native: bool | None = None,
        sequencer: Sequencer | None = None,
        stamp: Callable[[pa.RecordBatch], pa.RecordBatch] | None = None,
        replay: Replay | None = None,
    ) -> None:
        """`salt` keys codes, canaries and pseudonyms; `now` is the caller's clock; `store` stores accepted events. With
        a store, or with `knows`, an event that is in the log already is passed over, from whichever source it comes.

        `native` is passed to the kernel; `stamp` completes events before they are stored. To replay a
        log, give its plan as `replay`, and a `sequencer` that knows earlier decisions, if there are any.
        """
        self.policies = policies
        self.salt = salt
        self.kernel = Engine(policies, salt, workers, geometry, native=native)
        self.sequencer = sequencer if sequencer is not None else Sequencer(policies, salt, brakes)
        self.arrivals = Arrivals(self.kernel.coder, now, knows=knows or store is not None, core=self.kernel.core)
        self.statistics = RunStatistics()
        self.sequence = 0
        self.store = store
        self.listener: Listener = unheard
        self._stamp = stamp if stamp is not None else _as_it_came
        self._replay = replay if replay is not None else Replay()
        self._writing = ThreadPoolExecutor(1, "log")

    def take(self, chunk: Chunk, source: str) -> Step:
        """Take a chunk of rows of a source."""
        steps, decisions = self.take_together([(chunk, source)])
        return steps[0]._replace(decisions=decisions)

    def take_together(
        self, chunks: Sequence[tuple[Chunk, str]], durable: Callable[[Sequence[Step]], object] = len
    ) -> tuple[list[Step], Sequence[Decision]]:
        """Take chunks of several sources at once.

        `durable` is called with the result of each chunk as soon as the events are on the disk.
        """
        steps, taken, arrivals = [], [], self.admits()
        for chunk, source in chunks:
            accepted = arrivals.accept(chunk.batch, chunk.numbers, source)
            accepted = accepted._replace(batch=self._stamp(accepted.batch))
            rejections = sorted([*chunk.rejections, *accepted.rejections], key=lambda each: each.line)
            self.statistics.refuse(rejections, accepted.in_log)
            steps.append(Step(rejections, accepted.batch.num_rows, in_log=accepted.in_log))
            taken.append((accepted, source))
        kept = [pair for pair in taken if pair[0].batch.num_rows]
        if not kept or self.store is None:
            durable(steps)
        if not kept:
            return steps, []
        batch = pa.concat_batches([accepted.batch for accepted, _ in kept]) if len(kept) > 1 else kept[0][0].batch
        wait = self._keep(batch, kept, lambda: durable(steps))
        try:
            wishes = self.wishes(batch)
        finally:
            wait()  # even after an error: a recovery must not begin while the log is being written
        return steps, self._decide(wishes, batch.num_rows)

    def _keep(
        self, batch: pa.RecordBatch, taken: Sequence[tuple[Taken, str]], durable: Callable[[], object]
    ) -> Callable[[], object]:
        """Start storing events in another thread, and return a function that waits until they are durable.

        `durable` is called as soon as they are. The kernel judges them meanwhile, but nothing is decided before, and
        the wait raises an error if they cannot be stored.
        """
        store = self.store
        if store is None:
            return int
        numbers = np.concatenate([accepted.numbers for accepted, _ in taken])
        sources = pa.chunked_array(
            [pa.repeat(source, accepted.batch.num_rows) for accepted, source in taken], pa.string()
        ).combine_chunks()
        first = self.sequence + 1

        def keep() -> None:
            store.keep(batch, numbers, sources, first)
            durable()
            self.arrivals.logged([(source, accepted.batch, accepted.codes) for accepted, source in taken], first)
            self.listener(batch, self.kernel.core)

        return self._writing.submit(keep).result

    def learn(self, batch: pa.RecordBatch) -> None:
        """Let the kernel count events that were decided on already, and remember which rules fired."""
        if batch.num_rows:
            self.kernel.judge(batch, self.sequence + 1)
            self.sequence += batch.num_rows

    def admits(self) -> Arrivals:
        """Return the intake, with the kernel's compiled functions as soon as there are any."""
        self.arrivals.core = self.kernel.core
        return self.arrivals

    def append(
        self, batch: pa.RecordBatch, numbers: Array, sources: pa.Array, *, decides: bool = True
    ) -> list[Decision]:
        """Store events that were accepted and sorted already, and decide on them, or only let the kernel count them."""
        batch = self._stamp(batch)
        if self.store is not None:
            self.store.keep(batch, numbers, sources, self.sequence + 1)
            self.arrivals.logged_together(batch, sources, self.sequence + 1)
        if decides:
            return self.judge(batch)
        self.observe(batch)
        self.statistics.count([], batch.num_rows)
        return []

    def observe(self, batch: pa.RecordBatch) -> None:
        """Number events and let the kernel count them: they feed signals, and no rule is evaluated."""
        if batch.num_rows:
            self.kernel.observe(batch)
            self.sequence += batch.num_rows

    def judge(self, batch: pa.RecordBatch, seen: EventColumns | None = None) -> list[Decision]:
        """Number events and decide on them.

        `seen` are their signals, where another kernel that counts the same series has computed them already.
        """
        if not batch.num_rows:
            return []
        return self._decide(self.wishes(batch, seen), batch.num_rows)

    def _decide(self, wishes: Sequence[Wish], events: int) -> list[Decision]:
        if self.store is not None:
            self.store.note(self.sequence, wishes)
        return self.decide(wishes, events)

    def adopt(self, policies: PolicySet) -> bool:
        """Adopt other policies at once if they need no new series, else return false: it takes a `PolicySwitch`."""
        if not self.kernel.adopt(policies):
            return False
        self.sequencer.adopt(policies)
        self.policies = policies
        return True

    def switch(self, kernel: Engine, policies: PolicySet) -> None:
        """Adopt other policies with a kernel that was filled for them."""
        kernel.succeed(self.kernel)
        self.kernel = kernel
        self.sequencer.adopt(policies)
        self.policies = policies

    # What comes from outside

    def act(self, act: Act) -> list[Decision]:
        """Carry out an act now, after the last event of the log."""
        return self.sequencer.act(act)

    # A log that is replayed

    def resume_at(self, sequence: int) -> None:
        """Set the number of the last event that the kernel has counted."""
        self.sequence = sequence

    def boundaries(self) -> list[int]:
        """Return the numbers of the events after which the policies change."""
        return self._replay.boundaries()

    def use_policies_of(self, first: int) -> None:
        """Switch the kernel to the policies under which the event of a number was judged."""
        self.kernel, self.policies = self._replay.kernel_for(first, self.kernel, self.policies)

    def apply_due_acts(self, before: int | None = None) -> list[Decision]:
        """Carry out the acts that are due before an event of the log, or all that are left."""
        decisions: list[Decision] = []
        for act in self._replay.acts_before(before):
            if isinstance(act, Adopt):
                policies, promised = self._replay.versions(act.version)
                self.sequencer.adopt(policies)
                self.sequencer.brakes.promise(promised)
            decisions += self.act(act)
        if before is None:
            self.use_policies_of(self.sequence + 1)
        return decisions

    def wishes(self, batch: pa.RecordBatch, seen: EventColumns | None = None) -> list[Wish]:
        """Let the kernel judge the next events of the log, and return the wishes that follow, in their order."""
        first = self.sequence + 1
        kernel = self.kernel
        findings = kernel.judge(batch, first) if seen is None else kernel.judge_seen(seen, batch, first)
        self.sequence += batch.num_rows
        return in_order([*released(batch, first), *findings])

    def decide(self, wishes: Sequence[Wish], events: int = 0) -> list[Decision]:
        """Let the sequencer decide on wishes, and count them with the number of events."""
        decisions: list[Decision] = []
        for group in grouped(wishes):
            if self._replay.has_acts:
                decisions += self.apply_due_acts(group.after if isinstance(group, ReleaseNumber) else group[0].sequence)
            if isinstance(group, ReleaseNumber):
                self.sequencer.act(group)
            else:
                decisions += self.sequencer.decide(group)
        self.statistics.count(decisions, events)
        return decisions


def _as_it_came(batch: pa.RecordBatch) -> pa.RecordBatch:
    return batch
