"""The plan of a policy set: tables and their records, rows of event columns, and the source of every function.

A plan depends on the policies alone, not on salt or sizes. `kernel.engine` compiles and runs it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cartellino.events.columns import OWN_PREFIX
from cartellino.events.kinds import KINDS, TAKES_BACK
from cartellino.expressions import nodes
from cartellino.expressions.nodes import Aggregate, Node
from cartellino.kernel.account import WRITES
from cartellino.kernel.asks import asks_list, uses
from cartellino.kernel.event_columns import Rows
from cartellino.kernel.families import Family, counted_column, families
from cartellino.kernel.leaves import asked
from cartellino.kernel.lowering import Counters, Lowering, Readings, Step, latest_name
from cartellino.kernel.native import accounts
from cartellino.kernel.unkeyed import missing_key, with_unkeyed
from cartellino.policies.policyset import PolicySet
from cartellino.policies.rule import Rule
from cartellino.signals.window import Window

PEERS = ("peer made", "peer wrote unnamed", "heard unnamed", "peer wrote to")
"""Rows with facts about peer and account: see `native.accounts.note`."""

IN_DOUBT = ("last in doubt", "first in doubt", "was in doubt")
"""Rows about the latest and the first event of a kind that can be taken back."""

RECALLED = nodes.First | nodes.Last
Key = tuple[Family, int, str]
"""A counter: its family, the index of the member in it, and its name (certain, possible, ...)."""


@dataclass(frozen=True)
class Recall:
    """A recalled value: of the first or latest event of a kind, or without a column the instant of the latest."""

    kind: str
    column: str | None
    is_first: bool
    field: int
    row: str
    wanted: frozenset[str]


@dataclass(frozen=True)
class Slot:
    """A counter in the records of a table: its index, its window, and its row in the event columns."""

    at: int
    window: Window
    row: int


@dataclass
class Table:
    """The layout of the records for one kind of key."""

    by: str
    families: list[Family] = field(default_factory=list)
    counts: dict[Key, Slot] = field(default_factory=dict)
    sums: dict[Key, Slot] = field(default_factory=dict)
    repeats: dict[Family, Slot] = field(default_factory=dict)
    windows: list[Window] = field(default_factory=list)
    fields: int = 2
    needs: dict[str, set[Family]] = field(default_factory=dict)

    @property
    def has_lines(self) -> bool:
        """Whether the table needs lines of sightings."""
        paired = nodes.Distinct | nodes.Unanswered
        return any(isinstance(family.head, paired) or family.is_revocable for family in self.families)

    @property
    def longs(self) -> int:
        """64-bit words of a record: fields, totals of sums, and for each `repeat` the pane to which it was advanced."""
        return self.fields + len(self.sums) + len(self.repeats)

    @property
    def ints(self) -> int:
        """32-bit words after these: totals and blocks of counts, blocks of sums, and two for each `repeat`."""
        return 2 * len(self.counts) + len(self.sums) + 2 * len(self.repeats)

    @property
    def panes(self) -> int:
        """The number of panes of the longest window."""
        return max((window.panes for window in self.windows), default=1)


@dataclass(frozen=True)
class Function:
    """A program, the number of its registers of each type, and its arguments."""

    steps: tuple[Step, ...]
    registers: tuple[int, ...]
    params: tuple[float, ...]
    names: tuple[str, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Filter:
    """A filter of some families: the kinds of event on which it is evaluated, and the row of its result."""

    where: Node
    kinds: frozenset[str]
    row: int
    function: Function


class Plan:
    """The plan of a policy set."""

    def __init__(self, policies: PolicySet) -> None:
        """Find families, lay out the tables, and generate the functions of rules and filters."""
        self.policies = policies
        self.rows = Rows()
        self.rules = [rule for rule in policies.rules if rule.mode.kind != "off"]
        self.families = families(asked(policies))
        keys = dict.fromkeys(["account", *(family.head.by for family in self.families)])
        self.tables = {by: Table(by) for by in keys}
        counters: dict[Aggregate, Counters] = {}
        for family in self.families:
            counters |= self._place(family, self.tables[family.head.by])
        for table in self.tables.values():
            if missing_key(table.by) is not None:
                table.fields += 2 * len(table.families)
            table.counts, table.sums = _by_window(table.counts, table.windows), _by_window(table.sums, table.windows)
        self.readings = Readings(self.rows, counters)
        self.functions = [self._rule(rule) for rule in self.rules]
        self.filters = self._filters()
        self.recalls = self._recalls()
        for table in self.tables.values():
            self._needs(table)
        self._columns()

    @property
    def layout(self) -> tuple[object, ...]:
        """The layout of all records. Two plans with the same layout can share a state."""
        tables = [
            (by, table.families, list(table.counts), list(table.sums), list(table.repeats), table.windows, table.fields)
            for by, table in self.tables.items()
        ]
        recalls = [(recall.kind, recall.column, recall.is_first, recall.field) for recall in self.recalls]
        declared = sorted(self.policies.observes), self.policies.complete_history
        asks = bool(self.asks_letters), self.asks_names, bool(self.asks_peers)
        return tables, recalls, sorted(self.gaps), asks, declared

    @cached_property
    def gaps(self) -> frozenset[str]:
        """The kinds for which a rule reads the time since the account's last event of that kind."""
        return self._kinds_with("gap")

    @cached_property
    def asks_letters(self) -> frozenset[str]:
        """The kinds on which a rule reads whether the peer wrote before, or what is known of the peer."""
        return self._kinds_with("solicited", "peer_age", "peer_only")

    @cached_property
    def asks_peers(self) -> frozenset[str]:
        """The kinds on which a rule reads what is known of the peer."""
        return self._kinds_with("peer_age", "peer_only")

    @cached_property
    def asks_names(self) -> bool:
        """Whether messages and replies without the name of the peer must be tracked."""
        return bool(self.asks_letters) or any(isinstance(family.head, nodes.Unanswered) for family in self.families)

    def _kinds_with(self, *columns: str) -> frozenset[str]:
        """Return the kinds of event on which one of these derived columns is evaluated, counted or recalled."""
        kinds: set[str] = set()
        for column in columns:
            kinds |= {kind for rule in self.rules if uses(rule.when, column) for kind in rule.on}
            heads = [family.head for family in self.families]
            kinds |= {head.kind for head in heads if uses(head, column) or head.column == column}
            parts = (node for rule in self.rules for node in nodes.walk(rule.when))
            kinds |= {node.kind for node in parts if isinstance(node, RECALLED) and node.column == column}
        return frozenset(kinds)

    def wanted(self, name: str) -> NDArray[np.bool_]:
        """Return for each kind whether a look-up is used; `name` is `column list`, for photos `column list bits`."""
        evaluated = {kind for rule in self.rules if asks_list(rule.when, name) for kind in rule.on}
        counted = {family.head.kind for family in self.families if asks_list(family.head, name)}
        return np.array([kind in evaluated | counted for kind in KINDS])

    def where_row(self, family: Family) -> int | None:
        """Return the row of the filter of a family; `None` if it has none."""
        return None if family.head.where is None else self.rows.fact(_filter_name(family.head.where))

    def value_row(self, family: Family) -> int | None:
        """Return the row of the code or number that a family counts; `None` if it counts events."""
        column = counted_column(family)
        if column is None:
            return None
        if isinstance(family.head, nodes.Sum):
            return self.rows.real(f"number {column}")
        return self.rows.long(f"code {column}")

    def latest_row(self, family: Family) -> int:
        """Return the row of the latest instant that a family of events without a key has counted."""
        return self.rows.long(latest_name(family.head))

    # Layout

    def _place(self, family: Family, table: Table) -> dict[Aggregate, Counters]:
        """Add the counters of a family to its table, and their rows to the event columns."""
        table.families.append(family)
        placed = {}
        for index, (aggregate, window) in enumerate(zip(family.members, family.windows, strict=True)):
            if window not in table.windows:
                table.windows.append(window)
            rows = {}
            for sort, is_sum in _sorts(family):
                over = family.doubted(window) if sort == "doubt" else window
                if over not in table.windows:
                    table.windows.append(over)
                slots = table.sums if is_sum else table.counts
                rows[sort] = self._slot(slots, (family, index, sort), over, is_sum)
            if isinstance(aggregate, nodes.Repeat):
                rows["certain"] = self.rows.int(f"{family.name} {index} largest")
                table.repeats[family] = Slot(len(table.repeats), window, rows["certain"])
            placed[aggregate] = Counters(**rows)
        return placed

    def _slot(self, slots: dict[Key, Slot], key: Key, window: Window, is_sum: bool) -> int:
        family, index, sort = key
        name = f"{family.name} {index} {sort}"
        row = self.rows.long(name) if is_sum else self.rows.int(name)
        slots[key] = Slot(len(slots), window, row)
        return row

    def _needs(self, table: Table) -> None:
        """Determine which families are read on events of which kind."""
        for rule in self.rules:
            asked_for = set(with_unkeyed(rule.aggregates()))
            read = {family for family in table.families if set(family.members) & asked_for}
            for kind in rule.on if read else ():
                table.needs.setdefault(kind, set()).update(read)

    # Functions

    def _lowering(self) -> Lowering:
        return Lowering(self.readings, self.policies.columns)

    def _rule(self, rule: Rule) -> Function:
        lowering = self._lowering()
        lowering.rule(rule)
        return _function(lowering)

    def _filters(self) -> list[Filter]:
        filters = []
        for where in dict.fromkeys(family.head.where for family in self.families if family.head.where is not None):
            lowering = self._lowering()
            lowering.filter(where)
            kinds = frozenset(family.head.kind for family in self.families if family.head.where == where)
            filters.append(Filter(where, kinds, self.rows.fact(_filter_name(where)), _function(lowering)))
        return filters

    def _recalls(self) -> list[Recall]:
        """Find the values that `since`, `first` and `last` read, and add their fields to the records of accounts."""
        kinds_by_recall: dict[tuple[str, str | None, bool], set[str]] = {}
        for rule in self.rules:
            for node in nodes.walk(rule.when):
                asked_for = _recalled(node)
                if asked_for is not None:
                    kinds_by_recall.setdefault(asked_for, set()).update(rule.on)
        account = self.tables["account"]
        self.unnamed_at = accounts.FIELDS + len(self.gaps) if self.asks_names else -1
        account.fields = accounts.FIELDS + len(self.gaps) + (2 if self.asks_names else 0)
        self.wrote_to_at = account.fields if self.asks_peers else -1
        account.fields += bool(self.asks_peers)
        self.taken_back = self._taken_back({kind for kind, _, _ in kinds_by_recall} | self.gaps, account)
        recalls = []
        for (kind, column, is_first), on in kinds_by_recall.items():
            row = f"{'first' if is_first else 'last'} {kind} {column}" if column is not None else f"latest {kind}"
            recalls.append(Recall(kind, column, is_first, account.fields, row, frozenset({kind, *on})))
            account.fields += 1 if column is None else 2
        return recalls

    def _taken_back(self, kinds: Collection[str], account: Table) -> dict[str, tuple[str, int]]:
        """Return, by kinds that can be taken back, the kind that does so, and the first of the five fields for it."""
        revocable = {}
        for undoes, kind in TAKES_BACK.items():
            if kind in kinds:
                revocable[kind] = undoes, account.fields
                account.fields += 5
                for name in IN_DOUBT:
                    self.rows.long(f"{name} {kind}")
                self.rows.long("code peer")
        return revocable

    def _columns(self) -> None:
        """Add the rows of everything that families count, and of the keys of tables."""
        for family in self.families:
            self.value_row(family)
            self.rows.fact(f"sends {family.head.kind}")
            if counted_column(family) == "peer":
                self.rows.long("code group")
            if isinstance(family.head, nodes.Unanswered):
                self.rows.fact("sends reply_received")
            if family.is_revocable:
                self.rows.long("code peer")
        for recall in self.recalls:
            if recall.column is not None:
                self.recalled_row(recall)
        for by in self.tables:
            if by != "account":
                self.rows.long(f"key {by}")
                self.rows.long(f"clock {by}")
                self.rows.long(f"code {missing_key(by) or by}")
        if self.asks_names:
            for name in ("code peer", "code group", *PEERS):
                self.rows.long(name)
        if self.asks_letters:
            self.rows.long("peer")
            self.rows.long("letters")
            for name in ("truth solicited", *(f"sends {kind}" for kind in WRITES)):
                self.rows.fact(name)
        for name in self.rows.named("longs", "code"):
            kind = self.policies.columns.get(name)
            if kind == "number":
                self.rows.real(f"number {name}")
            elif kind == "truth":
                self.rows.fact(f"truth {name}")

    def recalled_row(self, recall: Recall) -> tuple[str, int]:
        """Return the array and the row of the column of a `first` or `last`."""
        column = recall.column or ""
        match self.policies.columns.get(column, "text"):
            case "truth":
                return "facts", self.rows.fact(f"truth {column}")
            case "number":
                return "reals", self.rows.real(f"number {column}")
            case _:
                return "longs", self.rows.long(f"code {column}")


def _function(lowering: Lowering) -> Function:
    return Function(
        tuple(lowering.steps), tuple(lowering.registers), tuple(lowering.params), tuple(lowering.names),
        tuple(lowering.texts),
    )  # fmt: skip


def _sorts(family: Family) -> Sequence[tuple[str, bool]]:
    """Return the names of the counters of a member, and whether they are sums."""
    match family.head:
        case nodes.Count(where=None, by=by) if missing_key(by) is None and not family.is_revocable:
            return [("certain", False)]
        case nodes.Sum(column=column):
            less = ["lost", "negative"] if (column or "").startswith(OWN_PREFIX) else []
            if not less and family.is_revocable and family.most_taken_back is not None:
                less = ["negative"]
            return [*((counter, True) for counter in ("certain", "possible", *less)), ("unknown", False)]
        case nodes.Repeat():
            sorts = ["possible"]
        case _:
            sorts = ["certain", "possible"]
    has_doubts = family.is_revocable or isinstance(family.head, nodes.Unanswered)
    return [(counter, False) for counter in (*sorts, *(["doubt"] if has_doubts else []))]


def _by_window(slots: dict[Key, Slot], windows: list[Window]) -> dict[Key, Slot]:
    """Renumber counters so that those of one window are adjacent, since they are advanced together."""
    ordered = sorted(slots.items(), key=lambda item: windows.index(item[1].window))
    return {key: replace(slot, at=at) for at, (key, slot) in enumerate(ordered)}


def _recalled(node: Node) -> tuple[str, str | None, bool] | None:
    match node:
        case nodes.Since(kind):
            return kind, None, False
        case nodes.First(kind, column):
            return kind, column, True
        case nodes.Last(kind, column):
            return kind, column, False
        case _:
            return None


def _filter_name(where: Node) -> str:
    return f"where {where!r}"
