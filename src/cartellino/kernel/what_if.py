"""Evaluates hypothetical events on a copy of the relevant parts of the state, which does not change.

The copy is a state of the same geometry that contains only what the events may read: the records of their keys with the
blocks in use, the lines of their pairs, the services, and when the rules last fired. It needs little memory, since
pages of zeros are not allocated until they are written.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np

from cartellino.kernel.arrays import Array
from cartellino.kernel.codes import as_code, bucket_of, joined, mix
from cartellino.kernel.event_columns import PERSON, EventColumns
from cartellino.kernel.folding import Folding
from cartellino.kernel.geometry import Geometry
from cartellino.kernel.names import Names
from cartellino.kernel.native.repeats import BLOCK, NEXT, TOTAL
from cartellino.kernel.plan import Plan
from cartellino.kernel.state import State
from cartellino.kernel.table import TableShard


class WhatIf:
    """A copy of the parts of a state that some events may read."""

    def __init__(self, plan: Plan, geometry: Geometry, core: SimpleNamespace, real: State) -> None:
        """Copy what is small: the services."""
        self._plan = plan
        self._geometry = geometry
        self._core = core
        self._real = real
        self.state = State(plan, geometry, core)
        self.state.services = dict(real.services)
        self.state.running, self.state.sends = real.running.copy(), real.sends.copy()
        self.state.names = _Borrowed(core, real.names)

    def copy_records(self, codes: Array, by: str) -> None:
        """Copy the records of these keys of a table, if they exist."""
        for code in np.unique(codes[codes != 0]):
            shard = bucket_of(int(code), self._geometry.shards)
            _copy_record(self._real.tables[by][shard], self.state.tables[by][shard], code, self._core)

    def copy_letters(self, pairs: Array) -> None:
        """Copy the lines of these pairs of accounts."""
        for pair in np.unique(pairs[pairs != 0]):
            shard = bucket_of(int(pair), self._geometry.shards)
            line = bucket_of(as_code(mix(int(pair) & (1 << 64) - 1)), self.state.letters[shard].shape[0])
            self.state.letters[shard][line] = self._real.letters[shard][line]

    def copy_pairs(self, seen: EventColumns, folds: dict[str, Folding], names: dict[str, Array]) -> None:
        """Copy the lines of all pairs that the events may look up."""
        for by, fold in folds.items():
            keys = seen.longs[PERSON if by == "account" else self._plan.rows.long(f"key {by}")]
            for number, family in enumerate(fold.table.families):
                row = self._plan.value_row(family)
                if row is not None and fold.table.has_lines and family in fold.paired:
                    self._copy_lines(by, keys, int(names[by][number]), seen.longs[row])
                if family.is_revocable:
                    table_name = int(names[by][len(fold.table.families) + number])
                    self._copy_lines(by, keys, table_name, self._authors(by, seen))
                    for key in filter(None, keys.tolist()):
                        self._copy_line(by, key, joined(joined(key, table_name), 0))  # authors without a name

    def _authors(self, by: str, seen: EventColumns) -> Array:
        """Return the code of the author of each event (see `Feed.author`); 0 if there is none."""
        peers: Array = seen.longs[self._plan.rows.long("code peer")]
        if by == "account":
            return peers
        pairs = zip(seen.longs[PERSON].tolist(), peers.tolist(), strict=True)
        return np.array([joined(person, peer) if peer else 0 for person, peer in pairs], np.int64)

    def copy_firings(self, persons: Array, rules: Array) -> None:
        """Copy when these rules last fired for these accounts."""
        self.state.make_room_for_firings(len(persons) * len(rules))
        for person in np.unique(persons):
            for rule in rules:
                code = np.int64(joined(int(person), int(rule)))
                slot = self._core.find(code, self._real.cells)
                if slot >= 0:
                    own = self._core.find_or_add(code, self.state.cells, self.state.counts)
                    self.state.fired[own] = self._real.fired[slot]

    def _copy_lines(self, by: str, keys: Array, family: int, values: Array) -> None:
        for key, value in _known_pairs(keys, values):
            self._copy_line(by, key, joined(joined(key, family), value))

    def _copy_line(self, by: str, key: int, pair: int) -> None:
        shard = bucket_of(key, self._geometry.shards)
        own = self.state.tables[by][shard].lines
        line = bucket_of(pair, own.shape[0])
        own[line] = self._real.tables[by][shard].lines[line]


class _Borrowed(Names):
    """Texts behind codes: new ones, and those of another instance, to which nothing is added."""

    def __init__(self, core: SimpleNamespace, others: Names) -> None:
        super().__init__(core)
        self._others = others

    def texts(self, codes: Array) -> list[str | None]:
        return [new or old for new, old in zip(super().texts(codes), self._others.texts(codes), strict=True)]


def _known_pairs(keys: Array, values: Array) -> Iterator[tuple[int, int]]:
    for key, value in zip(keys.tolist(), values.tolist(), strict=True):
        if key != 0 and value != 0:
            yield key, value


def _copy_record(real: TableShard, own: TableShard, code: np.int64, core: SimpleNamespace) -> None:
    slot = core.find(code, real.cells)
    if slot < 0:
        return
    own.make_room_for_keys(1, core)
    own.make_room_for_counts(1)
    own_slot = core.find_or_add(code, own.cells, own.counts[0])
    own.records[own_slot] = real.records[slot]
    table = real.table
    totals, count = 2 * table.longs, len(table.counts)
    for at in range(totals, totals + count):
        if own.ints[own_slot, at] != 0:
            own.ints[own_slot, at + count] = _copy_block(
                real.pool, own.pool, own.counts[1], own.ints[own_slot, at + count]
            )
    for number in range(len(table.sums)):
        at = totals + 2 * count + number
        if own.longs[own_slot, table.fields + number] != 0:
            own.ints[own_slot, at] = _copy_block(real.sums, own.sums, own.counts[2], own.ints[own_slot, at])
    for number in range(len(table.repeats)):
        own.make_room_for_counts(64)
        _copy_list(real, own, int(own_slot), totals + 2 * count + len(table.sums) + 2 * number)


def _copy_block(real: Array, own: Array, counts: Array, block: int) -> int:
    """Copy a block, and return its new number; a word that lists its counts has no block (see `native.panes`)."""
    if block < 0:
        return int(block)
    counts[0] += 1
    own[counts[0]] = real[block]
    return int(counts[0])


def _copy_list(real: TableShard, own: TableShard, slot: int, head: int) -> None:
    entry, before = int(own.ints[slot, head]), 0
    own.ints[slot, head] = 0
    while entry != 0:
        own.counts[3, 0] += 1
        own_entry = int(own.counts[3, 0])
        own.values[own_entry], own.entries[own_entry] = real.values[entry], real.entries[entry]
        own.entries[own_entry, NEXT] = 0
        if own.entries[own_entry, TOTAL] != 0:
            own.entries[own_entry, BLOCK] = _copy_block(real.pool, own.pool, own.counts[1], real.entries[entry, BLOCK])
        if before:
            own.entries[before, NEXT] = own_entry
        else:
            own.ints[slot, head] = own_entry
        before, entry = own_entry, int(real.entries[entry, NEXT])
