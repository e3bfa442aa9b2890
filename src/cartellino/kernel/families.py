"""Families: aggregates that differ in nothing but their window share what they know of the values they have seen.

One entry says when a value was last seen; each window works out by itself whether that is still within it. Only
`distinct` can share so: what `unanswered` counts depends on its own window.

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
"""Sums are kept in thousandths, as whole numbers: the same in whatever order they are added."""


@dataclass(frozen=True)
class Family:
    """Aggregates alike but for their windows, the shortest first. `number` tells families alike apart."""

    members: tuple[Aggregate, ...]
    number: int = 0

    @property
    def head(self) -> Aggregate:
        """The member that stands for all where windows do not matter."""
        return self.members[0]

    @property
    def windows(self) -> tuple[Window, ...]:
        """The window of each member."""
        return tuple(window(member.over or 0) for member in self.members)

    @property
    def is_revocable(self) -> bool:
        """Whether what is counted can be taken back. What may belong to any key is never certain in the first place."""
        return self.head.kind in TAKES_BACK.values() and missing_key(self.head.by) is None

    @property
    def counts_peers(self) -> bool:
        """Whether peers are what is counted, so that each of them adds at most one."""
        return isinstance(self.head, nodes.Distinct | nodes.Unanswered) and counted_column(self) == "peer"

    @property
    def tells_peers_apart(self) -> bool:
        """Whether it is known of each peer what they add, so that who takes it back can be taken out.

        Among events of many accounts it is not: who takes back what they did to one may have done it to another, too.
        """
        return self.counts_peers and self.head.by == "account"

    @property
    def most_taken_back(self) -> int | None:
        """The most that one event can add to a sum, in thousandths; `None` where there is no saying."""
        column = COLUMNS.get(self.head.column or "")
        is_bounded = column is not None and column.most is not None and column.most < LARGEST
        return column.most * THOUSANDTHS if is_bounded and column is not None and column.most is not None else None

    def doubted(self, over: Window) -> Window:
        """Return for how long there is doubt: as long as the window; of a reply without a name twice as long, since
        somebody may be written to within the window after it, and count for another."""
        return Window(2 * over.pane, over.panes) if isinstance(self.head, nodes.Unanswered) else over

    @property
    def name(self) -> str:
        """What the family is known by in the tables: it stays the same when other rules come and go."""
        return f"{self.number} {' '.join(repr(member) for member in self.members)}"


def may_be_negative(node: Aggregate) -> bool:
    """Say whether a signal adds up the operator's own numbers."""
    return isinstance(node, nodes.Sum) and (node.column or "").startswith(OWN_PREFIX)


def counted_column(family: Family) -> str | None:
    """Return the column of which values are counted, summed up or told apart; `None` where events are counted."""
    return "peer" if isinstance(family.head, nodes.Unanswered) else family.head.column


def families(aggregates: Iterable[Aggregate]) -> list[Family]:
    """Group aggregates into families, in the order of their first members."""
    groups: dict[Aggregate, list[Aggregate]] = {}
    for aggregate in dict.fromkeys(aggregates):
        alike = replace(aggregate, over=None) if isinstance(aggregate, nodes.Distinct) else aggregate
        groups.setdefault(alike, []).append(aggregate)
    return [family for group in groups.values() for family in _cut(sorted(group, key=lambda member: member.over or 0))]


def members(families_of_rules: Iterable[Family]) -> Mapping[Aggregate, tuple[int, int]]:
    """Return where each aggregate is: the place of its family, and its own within it."""
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
