"""The engine turns batches of events into findings. It computes in compiled code what `reference` defines.

    observe   the passes of `passes` compute the event columns: what is known at each event
    judge     evaluates every rule on the events of its kinds, unless it is cooling down for the account

Each pass processes the events in the order of the log, so that the results do not depend on the sizes of batches. They
are equal, event for event, to those of `reference` with `sightings.Bounded` of the same geometry and salt.

>>> from cartellino.events.arrow import to_batch
>>> from cartellino.events.event import Event
>>> from cartellino.policies.load import Text, load
>>> policies = load([Text("p.yaml", '''
... policy: p
... rules:
...   busy: {when: 'count(message_sent, over="1h") > 2', code: 1, action: review, reason: {en: "Busy."}}
... ''')])
>>> engine = Engine(policies, geometry=Geometry(shards=1, lines=1), native=False)
>>> log = [Event(id=f"e{n}", time=n * 1000, kind="message_sent", account="a") for n in range(4)]
>>> [(finding.rule, finding.sequence) for finding in engine.judge(to_batch(log), first_sequence=1)]
[('p/busy', 3)]
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from cartellino.events.arrow import SCHEMA
from cartellino.kernel.codes import Coder
from cartellino.kernel.columns import Columns
from cartellino.kernel.event_columns import PERSON, EventColumns, allocate, poison
from cartellino.kernel.finding import Finding
from cartellino.kernel.forgetting import forget
from cartellino.kernel.geometry import Geometry
from cartellino.kernel.judging import Judge
from cartellino.kernel.machine import Machine
from cartellino.kernel.passes import Passes
from cartellino.kernel.plan import Plan
from cartellino.kernel.shards import Workers
from cartellino.kernel.state import FIGURES, State
from cartellino.kernel.what_if import WhatIf
from cartellino.policies.policyset import PolicySet


class Engine:
    """Evaluates rules on batches, in the order of the log. Its state is a function of the events."""

    def __init__(
        self,
        policies: PolicySet,
        salt: str = "",
        workers: int = 1,
        geometry: Geometry | None = None,
        *,
        native: bool | None = True,
    ) -> None:
        """`workers` is the number of threads.

        If `native` is false, Python executes the functions, with bounds checks. With `None`, it does so until they are
        in the cache, and nothing is compiled here: that is for another process (`cli.compiling`).
        """
        self._salt, self._native = salt, native
        self.geometry = geometry if geometry is not None else Geometry()
        self.coder = Coder(salt)
        self.workers = Workers(workers)
        self._plan(Plan(policies), is_native=Machine().is_cached() if native is None else native)
        self.state = State(self.plan, self.geometry, self.core)

    def _plan(self, plan: Plan, *, is_native: bool) -> None:
        """Derive everything that depends on a plan."""
        self.plan = plan
        self.machine = Machine(is_native)
        self.core = self.machine.core
        self.columns = Columns(plan, self.coder, self.core)
        self.judge_of = Judge(plan, self.machine, self.coder)
        self._buffer: EventColumns | None = None
        self._passes = self._over(self.machine)

    def _over(self, machine: Machine) -> Passes:
        return Passes(self.plan, machine, self.columns, self.judge_of, self.coder, self.workers, self.geometry)

    @property
    def policies(self) -> PolicySet:
        """The current policies."""
        return self.plan.policies

    def sees_with(self, engine: Engine) -> bool:
        """Return whether another engine counts the same, so that both can judge what one of them has observed."""
        return self.plan.layout == engine.plan.layout and self.plan.rows == engine.plan.rows

    def judge_seen(self, seen: EventColumns, batch: pa.RecordBatch, first_sequence: int) -> list[Finding]:
        """Evaluate the rules on a batch that another engine has observed (see `sees_with`)."""
        return self.judge_of.findings(seen, complete(batch), first_sequence, self.state, self.workers)

    def forget(self, service: str, account: str) -> None:
        """Delete the record of an account; its next event is the first of a new account."""
        forget(self.state, self.coder.person(service, account))

    def observe(self, batch: pa.RecordBatch) -> EventColumns:
        """Process events without evaluating rules; the result is valid until the next batch."""
        self._use_what_is_compiled()
        return self._observe(complete(batch))

    def judge(self, batch: pa.RecordBatch, first_sequence: int) -> list[Finding]:
        """Process events, and return the findings, in the order of the log and of the rules.

        `batch` has the columns of `events.batches.LOGGED`; its first event has the number `first_sequence`.
        """
        if batch.num_rows == 0:
            return []
        self._use_what_is_compiled()
        seen = self._observe(complete(batch))
        return self.judge_of.findings(seen, complete(batch), first_sequence, self.state, self.workers)

    def check(self, batch: pa.RecordBatch) -> list[Finding]:
        """Return what rules would find if these events came now; the state does not change."""
        batch, passes = complete(batch), self._passes
        what_if = WhatIf(self.plan, self.geometry, self.core, self.state)
        with np.errstate(over="ignore", invalid="ignore"):
            read = passes.read(batch, self._prepared(allocate(self.plan.rows, batch.num_rows)), what_if.state)
            seen = read.seen
            self._copy_asked(what_if, seen)
            noted = passes.note(read, what_if.state)
            passes.serve(noted, what_if.state)
            passes.derive(noted, what_if.state)
            passes.filter(noted)
            what_if.copy_pairs(seen, passes.folds, {by: layout.names for by, layout in passes.layouts.items()})
            passes.fold(noted, what_if.state)
            what_if.copy_firings(seen.longs[PERSON], self.judge_of.rule_names)
        return self.judge_of.findings(seen, batch, 0, what_if.state, self.workers)

    def _copy_asked(self, what_if: WhatIf, seen: EventColumns) -> None:
        """Copy the parts of the state that the events may read."""
        what_if.copy_records(self._passes.people(seen), "account")
        if self.plan.asks_letters:
            what_if.copy_letters(seen.longs[self.plan.rows.long("letters")])
        for by in self.plan.tables:
            if by != "account":
                what_if.copy_records(seen.longs[self.plan.rows.long(f"key {by}")], by)

    def adopt(self, policies: PolicySet) -> bool:
        """Replace the policies, if the new ones count the same: only thresholds, texts, modes or rules differ.

        Return whether that was possible. If not, nothing has changed, and a `successor` has to process the log again.
        """
        plan = Plan(policies)
        if plan.layout != self.plan.layout:
            return False
        none = (0,) * FIGURES
        fired = {rule.id: self.state.stats[at] for at, rule in enumerate(self.plan.rules)}
        self._plan(plan, is_native=self.machine.native)
        self.state.stats = np.array([fired.get(rule.id, none) for rule in plan.rules] or [none], np.int64)
        return True

    def successor(self, policies: PolicySet) -> Engine:
        """Return an empty engine like this one for other policies."""
        return Engine(policies, self._salt, self.workers.number, self.geometry, native=self._native)

    def succeed(self, before: Engine) -> None:
        """Take over the firings of an engine with other policies after the same events, so that cool-downs continue."""
        self.state.cells, self.state.counts = before.state.cells.copy(), before.state.counts.copy()
        self.state.fired = before.state.fired.copy()
        self.state.stats[:] = 0

    def _use_what_is_compiled(self) -> None:
        """Switch to compiled functions as soon as they are in the cache; they continue on the same arrays."""
        if self._native is None and not self.machine.native and Machine().is_cached():
            self.run_on(Machine())

    def run_on(self, machine: Machine) -> None:
        """Use another machine from the next batch on."""
        self.machine = machine
        self.core = self.columns.core = machine.core
        self.judge_of.machine = machine
        self._passes = self._over(machine)
        self.state.run_on(machine.core)

    def _observe(self, batch: pa.RecordBatch) -> EventColumns:
        return self._passes.observe(batch, self._buffer_for(batch.num_rows), self.state)

    def _buffer_for(self, size: int) -> EventColumns:
        """Return event columns of a size. The last ones are reused if they fit, since allocating memory is slow."""
        if self._buffer is None or self._buffer.size != size:
            self._buffer = allocate(self.plan.rows, size)
        return self._prepared(self._buffer)

    def _prepared(self, fresh: EventColumns) -> EventColumns:
        """Return event columns; poisoned if Python executes the functions, which is for tests (see `poison`)."""
        return fresh if self.machine.native else poison(fresh)


def complete(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch with all columns of the event format; missing ones are null."""
    if batch.schema.names[: len(SCHEMA)] == SCHEMA.names and "own" in batch.schema.names:
        return batch
    given = dict(zip(batch.schema.names, batch.columns, strict=True))
    size = batch.num_rows
    columns = {field.name: given.get(field.name, pa.nulls(size, field.type)) for field in SCHEMA}
    return pa.RecordBatch.from_pydict({**columns, "own": given.get("own", pa.nulls(size, pa.string()))})
