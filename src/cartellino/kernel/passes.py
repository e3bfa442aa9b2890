"""The passes over a batch, in their order; the result of each is the argument of the next.

    read      the events' own columns, as codes and numbers
    note      for each account: clock, age, names; for each pair: who wrote to whom
    serve     for each service: the start of its log, the kinds it sends, the number of active accounts
    derive    columns that follow from these, and values that are recalled of the account
    filter    look-ups in lists, and the filters of aggregates
    fold      clocks and counters of devices, addresses, content and so on; then of accounts

A pass writes to the event columns of the batch and to the state, and to nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa

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
)
from cartellino.kernel.folding import KIND, Folding
from cartellino.kernel.geometry import Geometry
from cartellino.kernel.judging import Judge
from cartellino.kernel.machine import Machine
from cartellino.kernel.native import accounts
from cartellino.kernel.plan import Plan
from cartellino.kernel.recalling import Recalling
from cartellino.kernel.shards import Workers, rows_by_shard
from cartellino.kernel.state import State
from cartellino.kernel.table import TableShard
from cartellino.kernel.unkeyed import missing_key

_NAMED = ("number", "device", "address", "region")
_BY_OTHERS = np.array([kind in BY_OTHERS for kind in KINDS], np.int8)

Pieces = list[Callable[[], object]]


@dataclass(frozen=True)
class Pass:
    """A batch between two passes, after `read`."""

    batch: pa.RecordBatch
    seen: EventColumns
    services: Array
    """The number of the service of each event."""


@dataclass(frozen=True)
class Noted(Pass):
    """A batch after `note`."""

    rows: list[Array]
    """The events (their numbers in the batch) of each shard of accounts."""
    slots: Array
    """The slot of the account of each event, in its shard."""
    letters: Correspondence
    """Who wrote to whom."""


class Passes:
    """The passes of one plan on one machine; they hold nothing of batches or states."""

    def __init__(
        self, plan: Plan, machine: Machine, columns: Columns, judge: Judge, coder: Coder, workers: Workers,
        geometry: Geometry,
    ) -> None:  # fmt: skip
        """Derive everything that is the same for all batches."""
        self._plan, self._machine, self._core = plan, machine, machine.core
        self._columns, self._judge, self._coder = columns, judge, coder
        self._workers, self._geometry = workers, geometry
        self._recalling = Recalling(plan)
        self.folds = {by: Folding(plan, table) for by, table in plan.tables.items()}
        self.layouts = {by: fold.layout(coder, geometry) for by, fold in self.folds.items()}
        self._latest_of = _latest_of(plan)

    def observe(self, batch: pa.RecordBatch, seen: EventColumns, state: State) -> EventColumns:
        """Run all passes over a batch, and return its event columns."""
        with np.errstate(over="ignore", invalid="ignore"):
            noted = self.note(self.read(batch, seen, state), state)
            self.serve(noted, state)
            self.derive(noted, state)
            self.filter(noted)
            self.fold(noted, state)
        return seen

    # Read

    def read(self, batch: pa.RecordBatch, seen: EventColumns, state: State) -> Pass:
        """Write the events' own columns, as codes and numbers."""
        size, long = seen.size, self._plan.rows.long
        services = batch.column("service").dictionary_encode()
        names = services.dictionary.to_pylist()
        codes = np.array([self._coder.text(name) for name in names], np.int64)[services.indices.to_numpy()]
        self._columns.read(batch, seen, self._workers)
        numbers = np.array([state.service(name) for name in names], np.int32)[services.indices.to_numpy()]
        self._core.join_codes(codes, self._codes(batch, "account", seen), 0, size, seen.longs[PERSON])
        for field, name in enumerate(_NAMED):
            seen.longs[GIVEN + field] = self._codes(batch, name, seen)
        for by in self._plan.tables:
            if missing_key(by) is not None:
                seen.longs[long(f"key {by}")] = codes
            elif by != "account":
                self._core.join_codes(codes, seen.longs[long(f"code {by}")], 0, size, seen.longs[long(f"key {by}")])
        if self._plan.asks_letters:
            self._core.join_codes(codes, seen.longs[long("code peer")], 0, size, seen.longs[long("peer")])
            persons, peers = seen.longs[PERSON], seen.longs[long("peer")]
            self._core.pair_letters(persons, peers, 0, size, seen.longs[long("letters")])
        return Pass(batch, seen, numbers)

    def _codes(self, batch: pa.RecordBatch, name: str, seen: EventColumns) -> Array:
        """Return the codes of a column, which may be among the event columns already."""
        row = self._plan.rows.named("longs", "code").get(name)
        if row is not None:
            return np.asarray(seen.longs[row])
        out = np.zeros(seen.size, np.int64)
        self._columns.codes(batch, name, out)
        return out

    # Note

    def note(self, read: Pass, state: State) -> Noted:
        """Update the records of accounts, and who wrote to whom."""
        seen, shards = read.seen, self._geometry.shards
        letters = Correspondence(self._plan, seen, read.services, state.running)
        rows, slots = rows_by_shard(seen.longs[PERSON], shards, self._core), np.empty(seen.size, np.int64)
        noted = Noted(read.batch, seen, read.services, rows, slots, letters)
        asks = rows_by_shard(letters.asked, shards, self._core)
        changed = np.zeros(seen.size, np.uint8)
        pieces: Pieces = [
            partial(self._note_shard, noted, shard, rows_of_shard, own, changed)
            for shard, rows_of_shard, own in zip(state.tables["account"], rows, asks, strict=True)
        ]
        self._workers.do(pieces + letters.pieces(state.letters, self._core))
        _remember_names(noted, state, changed)
        return noted

    def people(self, seen: EventColumns) -> Array:
        """Return the codes of all accounts whose records may be read."""
        peers = [seen.longs[self._plan.rows.long("peer")]] if self._plan.asks_letters else []
        return np.concatenate([seen.longs[PERSON], *peers])

    def _note_shard(self, noted: Noted, shard: TableShard, rows: Array, asks: Array, changed: Array) -> None:
        seen, letters = noted.seen, noted.letters
        if not len(rows) and not len(asks):
            return
        shard.make_room_for_keys(len(rows), self._core)
        self._core.find_all(rows, seen.longs[PERSON], shard.cells, shard.counts[0], noted.slots)
        longs = seen.arrays.longs
        self._core.note(
            rows, noted.slots, shard.longs, seen.longs[TIME], seen.kinds, seen.longs[SINCE],
            longs[GIVEN : GIVEN + 4], longs[HELD : HELD + 4], _BY_OTHERS, self._latest_of, KIND["registered"],
            KIND["number_released"], ACTIVE.pane, letters.unnamed, self._plan.unnamed_at, asks,
            letters.asked, shard.cells, letters.told, changed, longs[CLOCK : GAP + 1],
            self._plan.wrote_to_at, letters.addressed,
        )  # fmt: skip

    def derive(self, noted: Noted, state: State) -> None:
        """Write the columns that follow from accounts, pairs and services, and the recalled values."""
        seen = noted.seen
        if self._plan.asks_letters:
            noted.letters.doubt()
            noted.letters.tell()
        self._of_accounts(noted, state, self._recalling.take_back)
        gaps = self._plan.rows.named("reals", "number").get("gap")
        if gaps is not None:
            seen.reals[gaps] = np.where(self._recalling.lacks_gap(seen), np.nan, seen.longs[GAP])
        self._columns.code_derived(seen)
        self._of_accounts(noted, state, self._recalling.recall)

    def _of_accounts(self, noted: Noted, state: State, write: Callable[..., None]) -> None:
        """Run a function for the events of each shard of accounts."""
        shards = zip(noted.rows, state.tables["account"], strict=True)
        self._workers.do(
            [partial(write, noted.seen, rows, noted.slots, shard.longs, self._core) for rows, shard in shards]
        )

    # Serve and filter

    def serve(self, read: Pass, state: State) -> None:
        """Update the start of the log, the kinds that are sent, and the number of active accounts of each service."""
        seen = read.seen
        sent = self._plan.rows.named("facts", "sends").items()
        rows = np.array([(KIND[kind], row) for kind, row in sent] or np.zeros((0, 2)), np.int32)
        self._core.serve(
            read.services, seen.longs[TIME], seen.kinds, seen.longs[MOVED], ACTIVE.pane, ACTIVE.panes,
            state.running, state.sends, rows, seen.arrays.facts, seen.arrays.longs[START : START + 2],
        )  # fmt: skip

    def filter(self, read: Pass) -> None:
        """Write the results of look-ups in lists and of filters."""
        seen = read.seen
        self._columns.lists(read.batch, seen)
        self._workers.do([partial(self._filter_part, seen, *part) for part in self._workers.parts(seen.size)])

    def _filter_part(self, seen: EventColumns, begin: int, end: int) -> None:
        for wanted in self._plan.filters:
            rows = begin + np.flatnonzero(each_kind(wanted.kinds)[seen.kinds[begin:end]])
            self._judge.execute(rows, seen, *self._judge.given(wanted.function), wanted.row)

    # Fold

    def fold(self, noted: Noted, state: State) -> None:
        """Count each event for its keys, and then for its account."""
        seen = noted.seen
        pieces: Pieces = []
        for by, shards in state.tables.items():
            if by != "account":
                keys = seen.longs[self._plan.rows.long(f"key {by}")]
                rows, slots = rows_by_shard(keys, self._geometry.shards, self._core), np.empty(seen.size, np.int64)
                pieces += [
                    partial(self._fold_keys, seen, by, shard, own, keys, slots)
                    for shard, own in zip(shards, rows, strict=True)
                ]
        self._workers.do(pieces)
        of_accounts = zip(state.tables["account"], noted.rows, strict=True)
        self._workers.do(
            [partial(self._fold_shard, seen, "account", shard, rows, noted.slots) for shard, rows in of_accounts]
        )

    def _fold_keys(
        self, seen: EventColumns, by: str, shard: TableShard, rows: Array, keys: Array, slots: Array
    ) -> None:
        if len(rows):
            shard.make_room_for_keys(len(rows), self._core)
            self._core.find_all(rows, keys, shard.cells, shard.counts[0], slots)
            self._fold_shard(seen, by, shard, rows, slots)

    def _fold_shard(self, seen: EventColumns, by: str, shard: TableShard, rows: Array, slots: Array) -> None:
        if not len(rows):
            return
        shard.make_room_for_counts(len(rows))
        self._machine.fold(rows, slots, shard.arguments(), seen.arrays, self.layouts[by], self.folds[by].scratch())


def _latest_of(plan: Plan) -> Array:
    """Return for each kind the field of a record with its latest instant; -1 if no gap is read for it."""
    at = np.full(len(KINDS), -1, np.int32)
    for number, kind in enumerate(sorted(plan.gaps)):
        at[KIND[kind]] = accounts.FIELDS + number
    return at


def _remember_names(noted: Noted, state: State, changed: Array) -> None:
    """Store the texts that are new to their accounts: `changed` has a bit for each field."""
    for field, name in enumerate(_NAMED):
        rows = np.flatnonzero(changed & 1 << field)
        if len(rows):
            codes = noted.seen.longs[GIVEN + field][rows]
            state.names.learn(codes, noted.batch.column(name).take(pa.array(rows)))
