"""How events reach a series: one feed per aggregate, with everything looked up beforehand that can be.

A message to a group has no peer by the contract; that is no unknown peer, it is beside the point of whoever counts
peers.
"""

from __future__ import annotations

from collections.abc import Callable

from cartellino.events.event import Event, Scalar, value
from cartellino.expressions import nodes
from cartellino.expressions.nodes import Aggregate
from cartellino.kernel.account import Account, Entity
from cartellino.kernel.leaves import Leaves, Moment
from cartellino.kernel.series import Series, UnansweredSeries, series
from cartellino.kernel.sightings import Memory
from cartellino.signals.derived import DERIVED
from cartellino.signals.window import window
from cartellino.vocabulary.truth import Truth


class Feed:
    """One aggregate, fed event by event; its state lies with its keys, in the slot of its number."""

    def __init__(self, aggregate: Aggregate, leaves: Leaves, memory: Memory) -> None:
        """Look up slot, window, filter and column."""
        self.aggregate = aggregate
        self.by = aggregate.by
        self.waits = isinstance(aggregate, nodes.Unanswered)
        self._slot = leaves.slots[aggregate]
        self._window = window(aggregate.over or 0)
        self._memory = memory
        self._passes = leaves.meaning(aggregate.where) if aggregate.where is not None else None
        self._of_peers = self.waits or aggregate.column == "peer"
        self._counted = reader("peer" if self.waits else aggregate.column)

    def passes(self, moment: Moment) -> Truth:
        """Say whether an event counts: true, false, or unknown."""
        event = moment.event
        if self._of_peers and event.peer is None and event.group is not None:
            return False
        sure: Truth = self._passes(moment) if self._passes is not None else True
        return sure

    def series(self, key: Account | Entity, service: str, name: str) -> Series:
        """Return the series of one key, made when it is first needed."""
        held = key.series.get(self._slot)
        if held is None:
            fresh = series(self.aggregate, self._window, self._memory, self.aggregate, f"{service}\x00{name}")
            held = key.series[self._slot] = fresh
        return held

    def counted(self, moment: Moment) -> Scalar | None:
        """Return the value that counts: the peer for `unanswered`, else the column."""
        return self._counted(moment)

    def answer(self, event: Event, account: Account) -> None:
        """Take the peer out who has replied."""
        held = self.series(account, event.service, event.account)
        if isinstance(held, UnansweredSeries) and event.peer is not None:
            held.answer(event.time, event.peer, account.clock)


def reader(column: str | None) -> Callable[[Moment], Scalar | None]:
    """Return a function that reads a column, derived or sent, of a moment."""
    if column is None:
        return lambda _: None
    if column in DERIVED:
        return lambda moment: moment.derived(column)
    return lambda moment: value(moment.event, column)
