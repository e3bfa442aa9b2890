"""Derives from a plan the tables that tell `native.fold` what to do, so that one fold fits any policies."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from cartellino.events.kinds import KINDS, TAKES_BACK
from cartellino.expressions import nodes
from cartellino.kernel.arrays import Array
from cartellino.kernel.codes import Coder
from cartellino.kernel.event_columns import CLOCK, PERSON
from cartellino.kernel.families import Family, counted_column
from cartellino.kernel.geometry import WINDOWS, Geometry
from cartellino.kernel.lowering import taken_back_name
from cartellino.kernel.native import steps as act
from cartellino.kernel.native.types import Layout, Scratch
from cartellino.kernel.plan import PEERS, Plan, Slot, Table
from cartellino.kernel.series import authors_table, sightings_table
from cartellino.kernel.unkeyed import missing_key
from cartellino.signals.window import Window
from cartellino.vocabulary.times import SECOND

KIND = {kind: number for number, kind in enumerate(KINDS)}
"""The number of each kind, as in the event columns."""

SORTS = ("certain", "possible", "doubt")
"""The counters of a member of a family, in the order of the columns in `native.counting`."""

NAMES = (sightings_table, authors_table)
"""The functions that name the tables of a family. A fold gets the codes of all names by the first, then the second."""

COUNTED_BY = {
    nodes.Count: act.COUNT,
    nodes.Sum: act.SUM,
    nodes.Distinct: act.DISTINCT,
    nodes.Unanswered: act.UNANSWERED,
    nodes.Repeat: act.REPEAT,
}

Rows = dict[str, list[list[int]]]
"""Rows of a table, by kind."""


class Folding:
    """What the fold of one table does."""

    def __init__(self, plan: Plan, table: Table) -> None:
        """Derive it from a plan."""
        self.plan = plan
        self.table = table
        self._lacks = missing_key(table.by)
        self._totals = 2 * table.longs
        self._sum_blocks = self._totals + 2 * len(table.counts)
        self._heads = self._sum_blocks + len(table.sums)
        self.kinds = sorted(
            {family.head.kind for family in table.families} | set(table.needs) | self._replies() | self._taking_back(),
            key=KIND.__getitem__,
        )
        self._members = self._all_members()
        self._first_of = {family: at for at, (family, index) in enumerate(self._members) if index == 0}
        self.paired = {family for kind in self.kinds for family in self._paired(kind)}

    def layout(self, coder: Coder, geometry: Geometry) -> Layout:
        """Return the tables for `native.fold`."""
        windows = self.table.windows
        counted = [sum(slot.window == window for slot in self.table.counts.values()) for window in windows]
        steps, first_step = _by_kind({kind: self._steps(kind) for kind in self.kinds}, _STEP)
        lists, first_list = _by_kind({kind: self._lists(kind) for kind in self.kinds}, 3)
        shows, first_show = _by_kind({kind: self._shows(kind) for kind in self.table.needs}, 4)
        sums = [[self._sum_at(slot), windows.index(slot.window)] for slot in self.table.sums.values()]
        members = [
            [windows.index(window), *places, windows.index(family.doubted(window) if places[-1] else window)]
            for (family, _), (window, places) in self._members.items()
        ]
        names = [coder.text(name(family)) for name in NAMES for family in self.table.families]
        return Layout(
            self._places(geometry), np.array([kind in self.kinds for kind in KINDS], np.int8),
            steps, first_step, lists, first_list, shows, first_show, _rows(sums, 2), _rows(members, len(SORTS) + 2),
            self._totals + np.cumsum([0, *counted]), np.array([window.panes for window in windows], np.int64),
            np.array([window.pane // SECOND for window in windows], np.int64), np.array(names, np.int64),
        )  # fmt: skip

    @cached_property
    def _most_pairs(self) -> int:
        return max((len(self._paired(kind)) for kind in self.kinds), default=0)

    def scratch(self) -> Scratch:
        """Return scratch arrays for one call of the fold."""
        windows = [np.zeros(len(self.table.windows), np.int64) for _ in range(4)]
        moves = np.zeros((2 * 3 * len(self._members) + 8, 3), np.int64)
        return Scratch(np.zeros(WINDOWS, np.int64), moves, np.zeros((16, self._most_pairs or 1), np.int64), *windows)

    def _places(self, geometry: Geometry) -> Array:
        long = self.plan.rows.named("longs", "code").get
        places = {
            act.FIRST_TOTAL: self._totals,
            act.COUNTERS: len(self.table.counts),
            act.SUMS_AT: self._sum_blocks - self.table.fields,
            act.KEY_ROW: PERSON if self.table.by == "account" else self.plan.rows.long(f"key {self.table.by}"),
            act.CLOCK_ROW: CLOCK if self.table.by == "account" else self.plan.rows.long(f"clock {self.table.by}"),
            act.OF_ACCOUNT: self.table.by == "account",
            act.LACKS_ROW: -1 if self._lacks is None else self.plan.rows.long(f"code {self._lacks}"),
            act.GROUP_ROW: long("group", -1),
            act.PEER_ROW: long("peer", -1),
            act.UNNAMED_ROW: self.plan.rows.long(PEERS[2]) if self.plan.asks_names else -1,
            act.FAMILIES: len(self.table.families),
            act.CAP: geometry.cap_of(self.table.by),
            act.CAP_SUMS: geometry.cap_of_sums,
            act.MOST_VALUES: geometry.values,
            act.WORDS: 1 if self.table.by == "account" else 2,
        }
        return np.array([places[at] for at in range(len(places))], np.int64)

    # Steps

    def _steps(self, kind: str) -> list[list[int]]:
        """Return what is done on an event of a kind, in this order."""
        waiting = self._waiting() if kind == "reply_received" else []
        steps = [self._step(family, act.REPLY, kind) for family in waiting]
        for family in self._taken_back(kind):
            if isinstance(family.head, nodes.Unanswered):
                action = act.UNASK
            else:
                action = act.TAKE_OUT if family.tells_peers_apart else act.TAKE_BACK
            steps.append(self._step(family, action, kind))
        unkeyed = self.table.families if self._lacks is not None else ()
        taken = [family for family in unkeyed if family.head.kind == TAKES_BACK.get(kind)]
        steps += [self._step(family, act.TAKEN_UNKEYED, kind) for family in taken]
        counted = [family for family in self.table.families if family.head.kind == kind]
        return steps + [self._step(family, COUNTED_BY[type(family.head)], kind) for family in counted]

    def _step(self, family: Family, action: int, kind: str) -> list[int]:
        """Return the row of `steps` for a family."""
        head, number = family.head, self.table.families.index(family)
        paired = self._paired(kind)
        sums = {sort: self._sum_at(slot) for (of, _, sort), slot in self.table.sums.items() if of == family}
        unsure = "unknown" if isinstance(head, nodes.Sum) else "possible"
        repeats = self.table.repeats.get(family)
        is_unanswered = isinstance(head, nodes.Unanswered)
        where, value = self.plan.where_row(family), self.plan.value_row(family)
        step = {
            act.ACTION: action,
            act.WHERE: -1 if where is None else where,
            act.VALUE: -1 if value is None else value,
            act.OF_PEERS: counted_column(family) == "peer",
            act.PAIR: paired.index(family) if family in paired else -1,
            act.NAME: number,
            act.MEMBER: self._first_of[family],
            act.MEMBERS: len(family.members),
            act.SENDS: self.plan.rows.fact(f"sends {head.kind}"),
            act.SPAN: head.over or 0,
            act.OVER: self.table.windows.index(family.windows[0]),
            act.UNSURE: self._total(family, 0, unsure),
            act.SURE_SUM: sums.get("certain", -1),
            act.UNSURE_SUM: sums.get("possible", -1),
            act.LOST: sums.get("lost", -1),
            act.NEGATIVE: sums.get("negative", -1),
            act.ATTRIBUTED: family.is_revocable and not is_unanswered,
            act.APART: family.tells_peers_apart,
            act.EACH_ONCE: family.counts_peers,
            act.MOST_LOST: -1 if family.most_taken_back is None else family.most_taken_back,
            act.HEAD: -1 if repeats is None else self._heads + 2 * repeats.at,
            act.LATEST: 2 + number,
            act.TAKEN: 2 + len(self.table.families) + number,
            act.COUNTED_BY: COUNTED_BY[type(head)],
        }
        return [int(step[column]) for column in range(_STEP)]

    def _lists(self, kind: str) -> list[list[int]]:
        """Return the lists of `repeat` that are counted or read on a kind: head, field of its clock, window."""
        needed = self.table.needs.get(kind, set())
        settled = self.table.fields + len(self.table.sums)
        return [
            [self._heads + 2 * slot.at, settled + slot.at, self.table.windows.index(slot.window)]
            for family, slot in self.table.repeats.items()
            if family.head.kind == kind or family in needed
        ]

    def _shows(self, kind: str) -> list[list[int]]:
        """Return what rules read on events of a kind."""
        needed, table, long = self.table.needs[kind], self.table, self.plan.rows.long
        shows: list[list[int]] = []
        for number, family in enumerate(table.families if self._lacks is not None else ()):
            if family in needed:
                shows.append([1, self.plan.latest_row(family), 2 + number, -1])
                if family.head.kind in TAKES_BACK.values():
                    taken = 2 + len(table.families) + number
                    shows.append([1, long(taken_back_name(family.head)), taken, -1])
        counts = [[0, slot.row, self._totals + slot.at, 0] for key, slot in table.counts.items() if key[0] in needed]
        sums = [[1, slot.row, self._sum_at(slot), 0] for key, slot in table.sums.items() if key[0] in needed]
        heads = self._heads + 1
        repeats = [[0, slot.row, heads + 2 * slot.at, 0] for of, slot in table.repeats.items() if of in needed]
        return [*shows, *counts, *sums, *repeats]

    # Families

    def _all_members(self) -> dict[tuple[Family, int], tuple[Window, list[int]]]:
        """Return the window of every member of a family, and the indexes of its counters in the record (0: none)."""
        return {
            (family, index): (window, [self._total(family, index, sort) for sort in SORTS])
            for family in self.table.families
            for index, window in enumerate(family.windows)
        }

    def _taking_back(self) -> set[str]:
        kinds = {family.head.kind for family in self.table.families if family.is_revocable or self._lacks is not None}
        return {undoes for undoes, kind in TAKES_BACK.items() if kind in kinds}

    def _taken_back(self, kind: str) -> list[Family]:
        """Return the families whose events are taken back by an event of a kind."""
        taken = TAKES_BACK.get(kind)
        return [family for family in self.table.families if family.is_revocable and family.head.kind == taken]

    def _replies(self) -> set[str]:
        return {"reply_received"} if self._waiting() else set()

    def _waiting(self) -> list[Family]:
        return [family for family in self.table.families if isinstance(family.head, nodes.Unanswered)]

    def _paired(self, kind: str) -> list[Family]:
        """Return the families that look up a pair on events of a kind: to count it, or to remove it."""
        counted = [family for family in self.table.families if family.head.kind == kind and _has_pairs(family)]
        return list(dict.fromkeys([*counted, *self._with_peer_removed(kind)]))

    def _with_peer_removed(self, kind: str) -> list[Family]:
        """Return the families from which an event of a kind removes its peer, whatever their filters."""
        replied = self._waiting() if kind == "reply_received" else []
        return [*replied, *(family for family in self._taken_back(kind) if family.tells_peers_apart)]

    def _total(self, family: Family, index: int, sort: str) -> int:
        slot = self.table.counts.get((family, index, sort))
        return self._totals + slot.at if slot is not None else 0

    def _sum_at(self, slot: Slot) -> int:
        return self.table.fields + slot.at


_STEP = act.COUNTED_BY + 1
"""The number of columns of a step."""


def _has_pairs(family: Family) -> bool:
    return isinstance(family.head, nodes.Distinct | nodes.Unanswered)


def _rows(rows: list[list[int]], columns: int) -> Array:
    """Return rows as an array, also if there are none."""
    return np.array(rows, np.int64).reshape(-1, columns)


def _by_kind(rows: Rows, columns: int) -> tuple[Array, Array]:
    """Return the rows of all kinds one after another, and the first of each kind."""
    each = [rows.get(kind, []) for kind in KINDS]
    return _rows([row for rows in each for row in rows], columns), np.cumsum([0, *map(len, each)])
