"""Feeds: pass events to the series of a family, with everything prepared that is the same for all events.

A message to a group has no peer. This is not an unknown peer: aggregates that count peers ignore such messages.
"""

from __future__ import annotations

from cartellino.events.event import Event, Scalar
from cartellino.expressions import nodes
from cartellino.kernel.account import Account, Entity
from cartellino.kernel.codes import Author
from cartellino.kernel.families import Family, counted_column
from cartellino.kernel.leaves import Leaves, Moment, key
from cartellino.kernel.series import Series, UnansweredSeries, series
from cartellino.kernel.sightings import Memory
from cartellino.kernel.unkeyed import missing_key
from cartellino.vocabulary.truth import Truth


class Feed:
    """Passes events to one family. The series are stored with their keys, under the number `slot`."""

    def __init__(self, family: Family, slot: int, leaves: Leaves, memory: Memory) -> None:
        """Prepare the filter and the counted column."""
        head = family.head
        self.family = family
        self.by = head.by
        self.waits = isinstance(head, nodes.Unanswered)
        self.slot = slot
        self.lacks = missing_key(head.by)
        self._memory = memory
        self._passes = leaves.meaning(head.where) if head.where is not None else None
        self._column = counted_column(family)
        self._counted = leaves.reader(self._column) if self._column is not None else _nothing

    def passes(self, moment: Moment) -> Truth:
        """Return whether an event counts: true, false, or unknown. An event without the key may count for any."""
        event = moment.event
        if self.lacks is not None and key(event, self.lacks) is not None:
            return False
        if self._column == "peer" and event.peer is None and event.group is not None:
            return False
        sure: Truth = self._passes(moment) if self._passes is not None else True
        return None if sure and self.lacks is not None else sure

    def series(self, entity: Account | Entity, service: str, name: str) -> Series:
        """Return the series of one key; it is added if it is new."""
        known = entity.series.get(self.slot)
        if known is None:
            known = entity.series[self.slot] = series(self.family, self._memory, service, name)
        return known

    def author(self, event: Event) -> str | Author | None:
        """Return the author of an event that can be taken back.

        This is its peer. For keys other than the account it is the peer towards the account, since only what the peer
        did to this account is taken back.
        """
        if event.peer is None or self.by == "account":
            return event.peer
        return Author(event.service, event.account, event.peer)

    def take_back(self, event: Event, entity: Account | Entity, name: str) -> None:
        """Take back what the author of an event caused before."""
        self.series(entity, event.service, name).take_back(self.author(event), event.time, entity.clock)

    def counted(self, moment: Moment) -> Scalar | None:
        """Return the counted value: the peer for `unanswered`, else the value of the column."""
        return self._counted(moment)

    def record_reply(self, event: Event, account: Account) -> None:
        """Record a reply: its peer no longer counts as unanswered."""
        unanswered = self.series(account, event.service, event.account)
        assert isinstance(unanswered, UnansweredSeries), "only series of unanswered peers get replies"
        if event.peer is not None:
            unanswered.record_reply(event.time, event.peer, account.clock)
        else:
            unanswered.record_unnamed_reply(event.time, account.clock)


def _nothing(_: Moment) -> None:
    return None
