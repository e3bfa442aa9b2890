"""Where everything stands for the fold of a table: places in the record, rows of the board, and parts of lines of text.

`folding` puts them together.
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
"""The number of each kind, as it stands on the board."""

SORTS = ("certain", "possible", "doubt")
"""The counters of a member of a family, in the order in which `native.counting` has their places."""


class Places:
    """Knows the table of one fold."""

    def __init__(self, plan: Plan, table: Table) -> None:
        """Look up where everything stands."""
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
        """Return what the function is handed of windows and counters: where the totals of each window begin, how many
        panes it has and how many seconds one lasts, and the counters of every member of a family."""
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
        """Return what one run of the function needs room for: it takes no memory itself."""
        most_pairs = max((len(self._paired(kind)) for kind in self.kinds), default=0)
        windows = [np.zeros(len(self.table.windows) or 1, np.int64) for _ in range(4)]
        moves = np.zeros((2 * 3 * len(self.members) + 8, 3), np.int64)
        return np.zeros(WINDOWS, np.int64), moves, np.zeros((16, most_pairs or 1), np.int64), *windows

    def _members(self) -> dict[tuple[Family, int], tuple[Window, list[int]]]:
        """Return the window of every member of a family, and the places of its counters in the record (0: none)."""
        return {
            (family, index): (window, [self._total(family, index, sort) for sort in SORTS])
            for family in self.table.families
            for index, window in enumerate(family.windows)
        }

    def _taking_back(self) -> set[str]:
        kinds = {family.head.kind for family in self.table.families if family.is_revocable or self.lacks is not None}
        return {undoes for undoes, kind in TAKES_BACK.items() if kind in kinds}

    def _taken_back(self, kind: str) -> list[Family]:
        """Return the families from which an event of a kind takes something back."""
        taken = TAKES_BACK.get(kind)
        return [family for family in self.table.families if family.is_revocable and family.head.kind == taken]

    def _taken_back_without_key(self, kind: str) -> list[Family]:
        """Return the families of events without a key from which an event of a kind may take something back."""
        families = self.table.families if self.lacks is not None and kind in TAKES_BACK else []
        return [family for family in families if family.head.kind == TAKES_BACK[kind]]

    def _replies(self) -> set[str]:
        return {"reply_received"} if self._waiting() else set()

    def _waiting(self) -> list[Family]:
        return [family for family in self.table.families if isinstance(family.head, nodes.Unanswered)]

    def _paired(self, kind: str) -> list[Family]:
        """Return the families that look a pair up on events of a kind: to count it, or to take it out."""
        counted = [family for family in self.table.families if family.head.kind == kind and _has_pairs(family)]
        return list(dict.fromkeys([*counted, *self._with_peer_removed(kind)]))

    def _with_peer_removed(self, kind: str) -> list[Family]:
        """Return the families out of which an event of a kind takes its peer, whatever their filters say of it."""
        replied = self._waiting() if kind == "reply_received" else []
        return [*replied, *(family for family in self._taken_back(kind) if family.tells_peers_apart)]

    # Parts of a line

    def _passes(self, family: Family) -> str:
        """A filter lets an event pass unless it is false; what counts peers passes over messages to groups, and what
        counts events without a key over those that have one."""
        row = self.plan.where_row(family)
        parts = [] if row is None else [f"facts[{row}, i] != 0"]
        if counted_column(family) == "peer":
            parts.append(f"({self._value(family)} != 0 or longs[{self.plan.rows.long('code group')}, i] == 0)")
        if self.lacks is not None:
            parts.append(f"longs[{self.plan.rows.long(f'code {self.lacks}')}, i] == 0")
        return " and ".join(parts) or "True"

    def _where(self, family: Family) -> str:
        """How surely an event that passes counts; of one without a key it is not known whose it is."""
        if self.lacks is not None:
            return "1"
        has_attributed = family.is_revocable and not isinstance(family.head, nodes.Unanswered)
        return "sure" if has_attributed else self._judged(family)

    def _judged(self, family: Family) -> str:
        """What the filter says of an event."""
        row = self.plan.where_row(family)
        return "2" if row is None else f"facts[{row}, i]"

    def _author(self, family: Family) -> str:
        """The pair of a key and an author in a family that can be taken back; see `Feed.author`."""
        name = f"names[{len(self.table.families) + self.table.families.index(family)}]"
        peer = f"longs[{self.plan.rows.long('code peer')}, i]"
        author = peer if family.head.by == "account" else f"author(longs[{PERSON}, i], {peer})"
        return f"joined(joined(longs[{self.key_row}, i], {name}), {author})"

    def _nobody(self, family: Family) -> str:
        """The pair of a key and those whose names are missing, in a family that can be taken back."""
        name = f"names[{len(self.table.families) + self.table.families.index(family)}]"
        return f"joined(joined(longs[{self.key_row}, i], {name}), 0)"

    def _all(self, family: Family) -> str:
        """Where the members of a family begin, and how many they are."""
        return f"{self._first(family)}, {len(family.members)}"

    def _latest(self, family: Family) -> int:
        """Return the field of the largest time that a family of events without a key has counted."""
        return 2 + self.table.families.index(family)

    def _when_taken_back(self, family: Family) -> int:
        """Return the field of the clock when something without a key last took back what a family counts."""
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
