"""Families: aggregates that differ only in their windows and share their sightings.

One entry records when a value was last seen, and each window determines whether that is within it. Only `distinct` can
share sightings; what `unanswered` counts depends on its own window.

>>> from cartellino.expressions.parse import parse_text
>>> day, week = (parse_text(f'distinct(read.peer, over="{over}")') for over in ("24h", "7d"))
>>> [len(family.members) for family in families([day, week])]
[2]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from cartellino.events.columns import COLUMNS, LARGEST, OWN_PREFIX
from cartellino.events.kinds import TAKES_BACK
from cartellino.expressions import nodes
from cartellino.expressions.nodes import Aggregate
from cartellino.kernel.geometry import WINDOWS
from cartellino.kernel.unkeyed import missing_key
from cartellino.signals.window import Window, window

THOUSANDTHS = 1_000
"""Sums are stored as integers, in thousandths, so that the result does not depend on the order of addition."""


@dataclass(frozen=True)
class Family:
    """Aggregates that differ only in their windows, the shortest first. `number` distinguishes equal families."""

    members: tuple[Aggregate, ...]
    number: int = 0

    @property
    def head(self) -> Aggregate:
        """The first member; it represents all where windows do not matter."""
        return self.members[0]

    @property
    def windows(self) -> tuple[Window, ...]:
        """The window of each member."""
        return tuple(window(member.over or 0) for member in self.members)

    @property
    def is_revocable(self) -> bool:
        """Whether the events can be taken back. Events without a key are never certain, so that it does not matter."""
        return self.head.kind in TAKES_BACK.values() and missing_key(self.head.by) is None

    @property
    def counts_peers(self) -> bool:
        """Whether peers are the counted values, so that each of them counts at most once."""
        return isinstance(self.head, nodes.Distinct | nodes.Unanswered) and counted_column(self) == "peer"

    @property
    def tells_peers_apart(self) -> bool:
        """Whether each peer can be removed exactly when they take back what they did.

        In a series of many accounts they cannot: a peer may have done the same to another account.
        """
        return self.counts_peers and self.head.by == "account"

    @property
    def most_taken_back(self) -> int | None:
        """The largest value of an event of a sum, in thousandths; `None` if it is not bounded."""
        column = COLUMNS.get(self.head.column or "")
        is_bounded = column is not None and column.most is not None and column.most < LARGEST
        return column.most * THOUSANDTHS if is_bounded and column is not None and column.most is not None else None

    def doubted(self, over: Window) -> Window:
        """Return how long events are in doubt: for the window, and for `unanswered` for twice as long.

        After a reply without a name, a peer may be written to within the window, and count for another one.
        """
        return Window(2 * over.pane, over.panes) if isinstance(self.head, nodes.Unanswered) else over

    @property
    def name(self) -> str:
        """The name of the family in the tables; it does not depend on other rules."""
        return f"{self.number} {' '.join(repr(member) for member in self.members)}"


def may_be_negative(node: Aggregate) -> bool:
    """Return whether an aggregate sums one of the operator's own columns, which may be negative."""
    return isinstance(node, nodes.Sum) and (node.column or "").startswith(OWN_PREFIX)


def counted_column(family: Family) -> str | None:
    """Return the column whose values are counted or summed; `None` if events are counted."""
    return "peer" if isinstance(family.head, nodes.Unanswered) else family.head.column


def families(aggregates: Iterable[Aggregate]) -> list[Family]:
    """Group aggregates into families, in the order of their first members."""
    groups: dict[Aggregate, list[Aggregate]] = {}
    for aggregate in dict.fromkeys(aggregates):
        alike = replace(aggregate, over=None) if isinstance(aggregate, nodes.Distinct) else aggregate
        groups.setdefault(alike, []).append(aggregate)
    return [family for group in groups.values() for family in _cut(sorted(group, key=lambda member: member.over or 0))]


def members(families_of_rules: Iterable[Family]) -> Mapping[Aggregate, tuple[int, int]]:
    """Return for each aggregate the index of its family, and its own index within it."""
    return {
        member: (at, index)
        for at, family in enumerate(families_of_rules)
        for index, member in enumerate(family.members)
    }


def _cut(group: list[Aggregate]) -> list[Family]:
    return [
        Family(tuple(group[first : first + WINDOWS]), number)
        for number, first in enumerate(range(0, len(group), WINDOWS))
    ]
