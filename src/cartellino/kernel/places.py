"""The layout that the fold of a table needs: indexes in the record, rows of event columns, and fragments of source.

`folding` composes them.
"""

from __future__ import annotations

import numpy as np

from cartellino.events.kinds import KINDS, TAKES_BACK
from cartellino.expressions import nodes
from cartellino.kernel.arrays import Array
from cartellino.kernel.event_columns import PERSON
from cartellino.kernel.families import Family, counted_column
from cartellino.kernel.geometry import WINDOWS
from cartellino.kernel.plan import Plan, Slot, Table
from cartellino.kernel.unkeyed import missing_key
from cartellino.signals.window import Window
from cartellino.vocabulary.times import SECOND

KIND = {kind: number for number, kind in enumerate(KINDS)}
"""The number of each kind, as in the event columns."""

SORTS = ("certain", "possible", "doubt")
"""The counters of a member of a family, in the order of the columns in `native.counting`."""


class Places:
    """The layout of the table of one fold."""

    def __init__(self, plan: Plan, table: Table) -> None:
        """Derive the layout from a plan."""
        self.plan = plan
        self.table = table
        self.lacks = missing_key(table.by)
        self.key_row = PERSON if table.by == "account" else plan.rows.long(f"key {table.by}")
        self.totals = 2 * table.longs
        self.blocks = self.totals + len(table.counts)
        self.sum_blocks = self.blocks + len(table.counts)
        self.heads = self.sum_blocks + len(table.sums)
        self.kinds = sorted(
            {family.head.kind for family in table.families} | set(table.needs) | self._replies() | self._taking_back(),
            key=KIND.__getitem__,
        )
        self.members = self._members()
        self.paired = {family for kind in self.kinds for family in self._paired(kind)}

    def given(self) -> tuple[Array, Array, Array, Array]:
        """Return the arguments of the fold about windows and counters.

        They are the first total of each window; its number of panes; the seconds of a pane; and the rows of `members`
        (see `native.counting`).
        """
        windows = self.table.windows
        counted = [sum(slot.window == window for slot in self.table.counts.values()) for window in windows]
        firsts = [self.totals + sum(counted[:number]) for number in range(len(counted) + 1)]
        rows = [
            [windows.index(window), *places, windows.index(family.doubted(window) if places[-1] else window)]
            for (family, _), (window, places) in self.members.items()
        ]
        return (
            np.array(firsts, np.int64),
            np.array([window.panes for window in windows] or [1], np.int64),
            np.array([window.pane // SECOND for window in windows] or [1], np.int64),
            np.array(rows or [[0] * (len(SORTS) + 2)], np.int64),
        )

    def scratch(self) -> tuple[Array, ...]:
        """Return scratch arrays for one call of the fold, which allocates no memory itself."""
        most_pairs = max((len(self._paired(kind)) for kind in self.kinds), default=0)
        windows = [np.zeros(len(self.table.windows) or 1, np.int64) for _ in range(4)]
        moves = np.zeros((2 * 3 * len(self.members) + 8, 3), np.int64)
        return np.zeros(WINDOWS, np.int64), moves, np.zeros((16, most_pairs or 1), np.int64), *windows

    def _members(self) -> dict[tuple[Family, int], tuple[Window, list[int]]]:
        """Return the window of every member of a family, and the indexes of its counters in the record (0: none)."""
        return {
            (family, index): (window, [self._total(family, index, sort) for sort in SORTS])
            for family in self.table.families
            for index, window in enumerate(family.windows)
        }

    def _taking_back(self) -> set[str]:
        kinds = {family.head.kind for family in self.table.families if family.is_revocable or self.lacks is not None}
        return {undoes for undoes, kind in TAKES_BACK.items() if kind in kinds}

    def _taken_back(self, kind: str) -> list[Family]:
        """Return the families whose events are taken back by an event of a kind."""
        taken = TAKES_BACK.get(kind)
        return [family for family in self.table.families if family.is_revocable and family.head.kind == taken]

    def _taken_back_without_key(self, kind: str) -> list[Family]:
        """Return the families of events without a key that an event of a kind may take back."""
        families = self.table.families if self.lacks is not None and kind in TAKES_BACK else []
        return [family for family in families if family.head.kind == TAKES_BACK[kind]]

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

    # Fragments of source

    def _passes(self, family: Family) -> str:
        """Return the condition that an event may count.

        Its filter must not be false. Families that count peers ignore messages to groups, and families of events
        without a key those that have one.
        """
        row = self.plan.where_row(family)
        parts = [] if row is None else [f"facts[{row}, i] != 0"]
        if counted_column(family) == "peer":
            parts.append(f"({self._value(family)} != 0 or longs[{self.plan.rows.long('code group')}, i] == 0)")
        if self.lacks is not None:
            parts.append(f"longs[{self.plan.rows.long(f'code {self.lacks}')}, i] == 0")
        return " and ".join(parts) or "True"

    def _where(self, family: Family) -> str:
        """Return how surely an event that may count does (1 or 2). Without a key, it may belong to any."""
        if self.lacks is not None:
            return "1"
        has_attributed = family.is_revocable and not isinstance(family.head, nodes.Unanswered)
        return "sure" if has_attributed else self._judged(family)

    def _judged(self, family: Family) -> str:
        """Return the truth value of the filter for an event."""
        row = self.plan.where_row(family)
        return "2" if row is None else f"facts[{row}, i]"

    def _author(self, family: Family) -> str:
        """Return the code of key and author, for a family whose events can be taken back; see `Feed.author`."""
        name = f"names[{len(self.table.families) + self.table.families.index(family)}]"
        peer = f"longs[{self.plan.rows.long('code peer')}, i]"
        author = peer if family.head.by == "account" else f"author(longs[{PERSON}, i], {peer})"
        return f"joined(joined(longs[{self.key_row}, i], {name}), {author})"

    def _nobody(self, family: Family) -> str:
        """Return the code of key and no author, for a family whose events can be taken back."""
        name = f"names[{len(self.table.families) + self.table.families.index(family)}]"
        return f"joined(joined(longs[{self.key_row}, i], {name}), 0)"

    def _all(self, family: Family) -> str:
        """Return the first member of a family, and their number."""
        return f"{self._first(family)}, {len(family.members)}"

    def _latest(self, family: Family) -> int:
        """Return the field with the latest instant that a family of events without a key has counted."""
        return 2 + self.table.families.index(family)

    def _when_taken_back(self, family: Family) -> int:
        """Return the field with the clock at the last event without a key that took back events of a family."""
        return 2 + len(self.table.families) + self.table.families.index(family)

    def _value(self, family: Family) -> str:
        return f"longs[{self.plan.value_row(family)}, i]"

    def _pair(self, family: Family, kind: str | None = None) -> str:
        return f"pairs[number & 15, {self._paired(kind or family.head.kind).index(family)}]"

    def _first(self, family: Family) -> int:
        return list(self.members).index((family, 0))

    def _block(self) -> str:
        return f"at + {len(self.table.counts)}"

    def _lists(self, slot: Slot) -> str:
        return f"r4, s, {self.heads + 2 * slot.at}, values, entries, spare, kept, pool, free, counts"

    def _total(self, family: Family, index: int, sort: str) -> int:
        slot = self.table.counts.get((family, index, sort))
        return self.totals + slot.at if slot is not None else 0

    def _sum_at(self, family: Family, sort: str) -> int:
        return self.table.fields + self.table.sums[family, 0, sort].at

    def _settled(self, family: Family) -> int:
        return self.table.fields + len(self.table.sums) + self.table.repeats[family].at


def _has_pairs(family: Family) -> bool:
    return isinstance(family.head, nodes.Distinct | nodes.Unanswered)
