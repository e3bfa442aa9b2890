"""The kernel: a batch of events becomes findings, at the speed of the machine and with the meaning of `reference`.

    read      the events' own columns become rows of the board
    note      by account: clock, age, names; by pair: who wrote to whom
    serve     by service: since when its log runs, what it sends, how many are active
    filter    what lists say, and the filters of what is counted
    fold      by device, address, content, ...: their clocks and counters; then by account
    judge     every rule, on the events that it is judged on
    settle    has the rule rested since it last fired for the account?

Each pass goes through the events in the order of the log, so it does not matter where a batch ends. `reference` with
`sightings.Bounded` of the same geometry and salt is what this must equal, event for event.

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

from collections.abc import Callable
from concurrent.futures import Future
from copy import copy
from functools import partial
from threading import Thread

import numpy as np
import pyarrow as pa

from cartellino.events.arrow import SCHEMA
from cartellino.events.kinds import BY_OTHERS, KINDS
from cartellino.kernel.account import ACTIVE
from cartellino.kernel.arrays import Array
from cartellino.kernel.codes import Coder
from cartellino.kernel.columns import Columns
from cartellino.kernel.correspondence import Correspondence, each_kind
from cartellino.kernel.event_columns import (
    CLOCK,
    GAP,
    GIVEN,
    HELD,
    MOVED,
    PERSON,
    SINCE,
    START,
    TIME,
    EventColumns,
    board,
    spoil,
)
from cartellino.kernel.finding import Finding
from cartellino.kernel.folding import NAMES, Fold
from cartellino.kernel.forgetting import forget
from cartellino.kernel.geometry import Geometry
from cartellino.kernel.judging import Judge
from cartellino.kernel.machine import Machine
from cartellino.kernel.native import accounts
from cartellino.kernel.places import KIND
from cartellino.kernel.plan import Plan
from cartellino.kernel.recalling import Recalling
from cartellino.kernel.sample import sample
from cartellino.kernel.shards import Workers, rows_by_shard
from cartellino.kernel.state import FIGURES, State
from cartellino.kernel.table import TableShard
from cartellino.kernel.trial import Trial
from cartellino.kernel.unkeyed import missing_key
from cartellino.policies.policyset import PolicySet

_NAMED = ("number", "device", "address", "region")
_BY_OTHERS = np.array([kind in BY_OTHERS for kind in KINDS], np.int8)

PATIENCE = 3_000
"""Events that Python itself judges before the functions are compiled: fewer are done sooner without."""

Pieces = list[Callable[[], object]]


class Engine:
    """Judges batches in the order of the log. Its whole state follows from the events it was given."""

    def __init__(
        self,
        policies: PolicySet,
        salt: str = "",
        workers: int = 1,
        geometry: Geometry | None = None,
        *,
        native: bool | None = True,
        beside: bool = False,
    ) -> None:
        """`workers` is how many threads share the work. Without `native` Python itself runs it, every index checked;
        `None` begins so and compiles after a while, unless that was done before: then at once. With `beside`, it is
        compiled in a thread of its own, and Python goes on until that is done.
        """
        self._salt, self._native, self._beside = salt, native, beside
        self._making: Future[Machine] | None = None
        self.geometry = geometry if geometry is not None else Geometry()
        self.coder = Coder(salt)
        self.workers = Workers(workers)
        self._patience = PATIENCE if native is None else 0
        plan = Plan(policies)
        is_native = native or (native is None and Machine(plan).is_at_hand())
        self._plan(plan, is_native)
        self.state = State(self.plan, self.geometry, self.core)

    def _plan(self, plan: Plan, is_native: bool) -> None:
        """Look up and compile everything that follows from a plan."""
        self.plan = plan
        dropped = self._making is not None
        self._making = None
        self._patience = 0 if is_native else 1 if dropped else self._patience
        self.machine = Machine(plan, is_native)
        self.core = self.machine.core
        self.columns = Columns(plan, self.coder, self.core)
        self.judge_of = Judge(plan, self.machine, self.coder)
        self._board: EventColumns | None = None
        self._recalling = Recalling(plan)
        self._folds = {by: Fold(plan, table) for by, table in plan.tables.items()}
        self._relevant = {by: each_kind(fold.kinds) for by, fold in self._folds.items()}
        self._given = {by: fold.given() for by, fold in self._folds.items()}
        self._family_names = {
            by: np.array([self.coder.text(name(one)) for name in NAMES for one in table.families] or [0], np.int64)
            for by, table in plan.tables.items()
        }

    @property
    def is_compiling(self) -> bool:
        """Whether it is being compiled beside."""
        return self._making is not None

    @property
    def policies(self) -> PolicySet:
        """The policies that judge."""
        return self.plan.policies

    def sees_with(self, other: Engine) -> bool:
        """Say whether another engine counts the very same, so that what one of them observed both can judge."""
        return self.plan.layout == other.plan.layout and self.plan.rows == other.plan.rows

    def judge_seen(self, seen: EventColumns, batch: pa.RecordBatch, first_sequence: int) -> list[Finding]:
        """Judge what an engine that sees with this one has observed of a batch."""
        return self.judge_of.findings(seen, complete(batch), first_sequence, self.state, self.workers)

    def forget(self, service: str, account: str) -> None:
        """Forget an account: who comes back under its name is somebody new."""
        forget(self.state, self.coder.person(service, account))

    def observe(self, batch: pa.RecordBatch) -> EventColumns:
        """Take events without judging them: what is known of each, until the next batch comes."""
        self._compile_in_time(batch.num_rows)
        return self._observe(complete(batch))

    def judge(self, batch: pa.RecordBatch, first_sequence: int) -> list[Finding]:
        """Take events, and return what the rules find, in the order of the log and of the rules.

        `batch` has the columns of `events.batches.LOGGED`; its first event has the number `first_sequence`.
        """
        if batch.num_rows == 0:
            return []
        self._compile_in_time(batch.num_rows)
        seen = self._observe(complete(batch))
        return self.judge_of.findings(seen, complete(batch), first_sequence, self.state, self.workers)

    def check(self, batch: pa.RecordBatch) -> list[Finding]:
        """Say what rules would find if these events came now. Nothing that is known changes."""
        batch = complete(batch)
        twin = copy(self)
        trial = Trial(self.plan, self.geometry, self.core, self.state)
        twin.state, twin._board = trial.state, None
        with np.errstate(over="ignore", invalid="ignore"):
            seen = twin._clean_board(batch.num_rows)
            twin._read(batch, seen)
            trial.copy_records(self._people(seen), "account")
            if self.plan.asks_letters:
                trial.copy_letters(seen.longs[self.plan.rows.long("letters")])
            for by in self.plan.tables:
                if by != "account":
                    trial.copy_records(seen.longs[self.plan.rows.long(f"key {by}")], by)
            twin._note(batch, seen)
            twin._serve(seen)
            twin._derive(seen)
            twin._filter(batch, seen)
            trial.copy_pairs(seen, self._folds, self._family_names)
            twin._fold(seen)
            trial.copy_firings(seen.longs[PERSON], self.judge_of.rule_names)
        return self.judge_of.findings(seen, batch, 0, trial.state, self.workers)

    def adopt(self, policies: PolicySet) -> bool:
        """Go on with other policies at once, if they count what is counted already: other thresholds, texts, modes,
        rules. Return whether that could be done; if not, nothing has changed, and `fill` makes a successor.
        """
        plan = Plan(policies)
        if plan.layout != self.plan.layout:
            return False
        none = (0,) * FIGURES
        fired = {rule.id: self.state.stats[at] for at, rule in enumerate(self.plan.rules)}
        self._plan(plan, self.machine.native)
        self.state.stats = np.array([fired.get(rule.id, none) for rule in plan.rules] or [none], np.int64)
        return True

    def successor(self, policies: PolicySet) -> Engine:
        """Return an engine like this one for other policies; it has seen no events yet."""
        return Engine(
            policies, self._salt, self.workers.number, self.geometry, native=self._native, beside=self._beside
        )

    def succeed(self, before: Engine) -> None:
        """Take over from an engine with other policies after the same events: what fired for it rests here, too."""
        self.state.cells, self.state.counts = before.state.cells.copy(), before.state.counts.copy()
        self.state.fired = before.state.fired.copy()
        self.state.stats[:] = 0

    def _compile_in_time(self, events: int) -> None:
        """The same text on the same arrays: what Python began the compiled functions go on with."""
        if self._making is not None and self._making.done():
            self.run_on(self._making.result())
        if self._patience and not self.machine.native:
            self._patience -= min(events, self._patience)
            if not self._patience and self._beside:
                self._making = _beside(self.plan)
            elif not self._patience:
                self.run_on(Machine(self.plan))

    def run_on(self, machine: Machine) -> None:
        """Go on with another machine of the same plan, between two batches."""
        self._making = None
        self.machine = machine
        self.core = self.columns.core = machine.core
        self.judge_of.machine = machine
        self.state.run_on(machine.core)

    def _observe(self, batch: pa.RecordBatch) -> EventColumns:
        with np.errstate(over="ignore", invalid="ignore"):
            seen = self._clean_board(batch.num_rows)
            self._read(batch, seen)
            self._note(batch, seen)
            self._serve(seen)
            self._derive(seen)
            self._filter(batch, seen)
            self._fold(seen)
        return seen

    def _clean_board(self, size: int) -> EventColumns:
        """Return a board of that size, the last one again if it fits: to get memory anew costs more than to use it."""
        if self._board is None or self._board.size != size:
            self._board = board(self.plan.rows, size)
        return self._board if self.machine.native else spoil(self._board)

    # Read

    def _read(self, batch: pa.RecordBatch, seen: EventColumns) -> None:
        size, long = seen.size, self.plan.rows.long
        services = batch.column("service").dictionary_encode()
        names = services.dictionary.to_pylist()
        codes = np.array([self.coder.text(one) for one in names], np.int64)[services.indices.to_numpy()]
        self.columns.read(batch, seen, self.workers)
        self._numbers = np.array([self.state.service(one) for one in names], np.int32)[services.indices.to_numpy()]
        self.core.join_codes(codes, self._codes(batch, "account", seen), 0, size, seen.longs[PERSON])
        for field, name in enumerate(_NAMED):
            seen.longs[GIVEN + field] = self._codes(batch, name, seen)
        for by in self.plan.tables:
            if missing_key(by) is not None:
                seen.longs[long(f"key {by}")] = codes
            elif by != "account":
                self.core.join_codes(codes, seen.longs[long(f"code {by}")], 0, size, seen.longs[long(f"key {by}")])
        if self.plan.asks_letters:
            self.core.join_codes(codes, seen.longs[long("code peer")], 0, size, seen.longs[long("peer")])
            persons, peers = seen.longs[PERSON], seen.longs[long("peer")]
            self.core.pair_letters(persons, peers, 0, size, seen.longs[long("letters")])

    def _codes(self, batch: pa.RecordBatch, name: str, seen: EventColumns) -> Array:
        """Return the codes of a column, which may be on the board already."""
        row = self.plan.rows.named("longs", "code").get(name)
        if row is not None:
            return np.asarray(seen.longs[row])
        out = np.zeros(seen.size, np.int64)
        self.columns.codes(batch, name, out)
        return out

    # Note

    def _note(self, batch: pa.RecordBatch, seen: EventColumns) -> None:
        """Note accounts, and who wrote to whom."""
        self._rows = rows_by_shard(seen.longs[PERSON], self.geometry.shards, self.core)
        self._slots = np.empty(seen.size, np.int64)
        self._letters = Correspondence(self.plan, seen, self._numbers, self.state.running)
        asks = rows_by_shard(self._letters.asked, self.geometry.shards, self.core)
        changed: list[Array] = []
        pieces: Pieces = [
            partial(self._note_shard, seen, shard, rows, own, changed)
            for shard, rows, own in zip(self.state.tables["account"], self._rows, asks, strict=True)
        ]
        self.workers.do(pieces + self._letters.pieces(self.state.letters, self.core))
        for news in changed:
            self._learn(batch, seen, news)

    def _people(self, seen: EventColumns) -> Array:
        """Return the codes of all accounts of which something may be asked."""
        peers = [seen.longs[self.plan.rows.long("peer")]] if self.plan.asks_letters else []
        return np.concatenate([seen.longs[PERSON], *peers])

    def _note_shard(
        self, seen: EventColumns, shard: TableShard, rows: Array, asks: Array, changed: list[Array]
    ) -> None:
        if not len(rows) and not len(asks):
            return
        shard.make_room_for_keys(len(rows), self.core)
        self.core.find_all(rows, seen.longs[PERSON], shard.cells, shard.counts[0], self._slots)
        news = np.empty((4 * len(rows), 2), np.int64)
        found = self.core.note(
            rows, self._slots, shard.longs, seen.longs[TIME], seen.kinds, seen.longs[SINCE],
            seen.longs[GIVEN : GIVEN + 4], seen.longs[HELD : HELD + 4], _BY_OTHERS, self._latest_of, KIND["registered"],
            KIND["number_released"], ACTIVE.pane, self._letters.unnamed, self.plan.unnamed_at, asks,
            self._letters.asked, shard.cells, self._letters.told, news, seen.longs[CLOCK : GAP + 1],
        )  # fmt: skip
        changed.append(news[:found])

    @property
    def _latest_of(self) -> Array:
        """The field of each kind whose gaps are asked for, -1 of others."""
        at = np.full(len(KINDS), -1, np.int32)
        for number, kind in enumerate(sorted(self.plan.gaps)):
            at[KIND[kind]] = accounts.FIELDS + number
        return at

    def _learn(self, batch: pa.RecordBatch, seen: EventColumns, news: Array) -> None:
        """Learn the names that are new to their accounts."""
        for field, name in enumerate(_NAMED):
            rows = news[news[:, 1] == field, 0]
            if len(rows):
                self.state.names.learn(seen.longs[GIVEN + field][rows], batch.column(name).take(pa.array(rows)))

    def _derive(self, seen: EventColumns) -> None:
        """Write the columns that follow from accounts, pairs and services, and what is recalled of them."""
        if self.plan.asks_letters:
            self._letters.doubt()
        self._of_accounts(seen, self._recalling.take_back)
        gaps = self.plan.rows.named("reals", "number").get("gap")
        if gaps is not None:
            seen.reals[gaps] = np.where(self._recalling.lacks_gap(seen), np.nan, seen.longs[GAP])
        self.columns.code_derived(seen)
        self._of_accounts(seen, self._recalling.recall)

    def _of_accounts(self, seen: EventColumns, write: Callable[..., None]) -> None:
        """Let something be written for the events of each shard of accounts."""
        shards = zip(self._rows, self.state.tables["account"], strict=True)
        self.workers.do([partial(write, seen, rows, self._slots, one.longs, self.core) for rows, one in shards])

    # Serve and filter

    def _serve(self, seen: EventColumns) -> None:
        asked = self.plan.rows.named("facts", "sends").items()
        rows = np.array([(KIND[kind], row) for kind, row in asked] or np.zeros((0, 2)), np.int32)
        self.core.serve(
            self._numbers, seen.longs[TIME], seen.kinds, seen.longs[MOVED], ACTIVE.pane, ACTIVE.panes,
            self.state.running, self.state.sends, rows, seen.facts, seen.longs[START : START + 2],
        )  # fmt: skip

    def _filter(self, batch: pa.RecordBatch, seen: EventColumns) -> None:
        self.columns.lists(batch, seen)
        self.workers.do([partial(self._filter_part, seen, *part) for part in self.workers.parts(seen.size)])

    def _filter_part(self, seen: EventColumns, begin: int, end: int) -> None:
        for one, passes in zip(self.plan.filters, self.machine.filters, strict=True):
            rows = begin + np.flatnonzero(each_kind(one.kinds)[seen.kinds[begin:end]])
            passes(rows, *seen.arrays, *self.judge_of.given(one.function), seen.facts[one.row])

    # Fold

    def _fold(self, seen: EventColumns) -> None:
        pieces: Pieces = []
        for by, shards in self.state.tables.items():
            if by != "account":
                keys = seen.longs[self.plan.rows.long(f"key {by}")]
                rows, slots = rows_by_shard(keys, self.geometry.shards, self.core), np.empty(seen.size, np.int64)
                pieces += [
                    partial(self._fold_keys, seen, by, shard, own, keys, slots)
                    for shard, own in zip(shards, rows, strict=True)
                ]
        self.workers.do(pieces)
        shards = self.state.tables["account"]
        self.workers.do(
            [
                partial(self._fold_shard, seen, "account", shard, rows, self._slots)
                for shard, rows in zip(shards, self._rows, strict=True)
            ]
        )

    def _fold_keys(
        self, seen: EventColumns, by: str, shard: TableShard, rows: Array, keys: Array, slots: Array
    ) -> None:
        if len(rows):
            shard.make_room_for_keys(len(rows), self.core)
            self.core.find_all(rows, keys, shard.cells, shard.counts[0], slots)
            self._fold_shard(seen, by, shard, rows, slots)

    def _fold_shard(self, seen: EventColumns, by: str, shard: TableShard, rows: Array, slots: Array) -> None:
        if not len(rows):
            return
        shard.make_room_for_counts(len(rows))
        geometry = self.geometry
        self.machine.folds[by](
            rows, slots, *shard.arguments(), seen.longs, seen.ints, seen.reals, seen.facts, seen.kinds,
            self._family_names[by], self._relevant[by], *self._given[by], geometry.cap_of(by), geometry.cap_of_sums,
            geometry.values, *self._folds[by].scratch(),
        )  # fmt: skip


def complete(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch with every column of the contract, those that are missing unknown."""
    if batch.schema.names[: len(SCHEMA)] == SCHEMA.names and "own" in batch.schema.names:
        return batch
    held = dict(zip(batch.schema.names, batch.columns, strict=True))
    size = batch.num_rows
    columns = {field.name: held.get(field.name, pa.nulls(size, field.type)) for field in SCHEMA}
    return pa.RecordBatch.from_pydict({**columns, "own": held.get("own", pa.nulls(size, pa.string()))})


def compiled(policies: PolicySet) -> Machine:
    """Compile everything that a policy set needs, and return it.

    Functions are compiled when they are called for the first time, so a small engine is let judge a sample.
    """
    small = Engine(policies, geometry=Geometry(lines=_FEW_LINES))
    small.judge(sample(), 1)
    return small.machine


_FEW_LINES = 64


def _beside(plan: Plan) -> Future[Machine]:
    """Compile in a thread of its own, which does not keep the process from ending."""
    made: Future[Machine] = Future()

    def make() -> None:
        try:
            compiled(plan.policies)
            made.set_result(Machine(plan))
        except BaseException as error:
            made.set_exception(error)

    Thread(target=make, name="compiling", daemon=True).start()
    return made
