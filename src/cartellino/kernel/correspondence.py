"""Who wrote to whom in a batch, and where that is unknown; the basis of `solicited` and `unanswered`.

`account.Service.wrote` defines it event by event.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from types import SimpleNamespace

import numpy as np

from cartellino.events.kinds import KINDS
from cartellino.kernel.account import WRITES
from cartellino.kernel.arrays import Array
from cartellino.kernel.event_columns import MADE, PERSON, START, TIME, EventColumns
from cartellino.kernel.native import services
from cartellino.kernel.plan import PEERS, Plan
from cartellino.kernel.shards import rows_by_shard
from cartellino.signals.derived import REMEMBERED
from cartellino.vocabulary.times import HOUR, SECOND

WROTE = np.array([WRITES.index(kind) + 1 if kind in WRITES else 0 for kind in KINDS], np.int8)
"""For each kind whether the account (1) or the peer (2) wrote; 0 if neither."""

_REPLY = list(KINDS).index("reply_received")
_MESSAGE = list(KINDS).index("message_sent")


class Correspondence:
    """The correspondence of one batch.

    `unnamed` is 1 for events in which the account wrote to a peer without a name, 2 for replies by such a peer, else 0.
    `asked` is the code of the peer where it matters what the peer may have written that is not in the log, else 0.
    """

    def __init__(self, plan: Plan, seen: EventColumns, numbers: Array, running: Array) -> None:
        """Compute both; `numbers` are the services of the events, `running` the states of services."""
        self._plan = plan
        self._seen = seen
        self._asks, self._asks_peers = each_kind(plan.asks_letters), each_kind(plan.asks_peers)
        self.unnamed = np.zeros(seen.size, np.int8)
        self.asked = np.zeros(seen.size, np.int64)
        if plan.asks_names:
            self._find_unnamed()
        if plan.asks_letters:
            self._ask_of_peers(numbers, running)

    @property
    def addressed(self) -> Array:
        """The codes of the peers to whom messages were sent; 0 for all other events."""
        if not self._plan.asks_peers:
            return self.asked
        seen, long = self._seen, self._plan.rows.long
        to_one = (seen.kinds == _MESSAGE) & (seen.longs[long("code group")] == 0)
        return np.where(to_one, seen.longs[long("peer")], 0)

    @property
    def told(self) -> Array:
        """The rows with facts about peers; see `native.accounts.note`."""
        first = self._plan.rows.long(PEERS[0]) if self._plan.asks_names else 0
        return np.asarray(self._seen.arrays.longs[first : first + len(PEERS)])

    def pieces(self, lines: list[Array], core: SimpleNamespace) -> list[Callable[[], object]]:
        """Return pieces of work that record who wrote to whom, and write whether the peer had written before."""
        if not self._plan.asks_letters:
            return []
        seen, long = self._seen, self._plan.rows.long
        pairs, peers, groups = (seen.longs[long(name)] for name in ("letters", "peer", "code group"))
        out = self._solicited
        out[:] = 1
        return [
            partial(
                core.correspond, rows, seen.longs[PERSON], peers, pairs, seen.longs[TIME], WROTE, self._asks,
                seen.kinds, groups, shard, out,
            )
            for rows, shard in zip(rows_by_shard(pairs, len(lines), core), lines, strict=True)
        ]  # fmt: skip

    def doubt(self) -> None:
        """Make `solicited` unknown where the peer may have written without the log containing it."""
        seen, out = self._seen, self._solicited
        rows = np.flatnonzero((out == 0) & (self.asked != 0))
        peer_made, peer_wrote, heard, _ = self.told[:, rows]
        own_made, start, since = seen.longs[MADE][rows], seen.longs[START][rows], since_when(seen.longs[TIME][rows])
        saw_made = ((own_made >= 0) & (own_made >= start)) | ((peer_made >= 0) & (peer_made >= start))
        saw_all = ((since >= start) | saw_made) & (peer_wrote < since) & (heard < since)
        out[rows[~saw_all]] = 1
        sends = np.maximum(*(seen.facts[self._plan.rows.fact(f"sends {kind}")] for kind in WRITES))
        out[(out == 0) & (sends == 0)] = 1

    def tell(self) -> None:
        """Write `peer_age` and `peer_only`, where rules read them."""
        seen, reals, facts = (
            self._seen,
            self._plan.rows.named("reals", "number"),
            self._plan.rows.named("facts", "truth"),
        )
        asked, told = (self.asked != 0) & (self._asks_peers[seen.kinds] != 0), self.told[:, : seen.size]
        made = np.where(asked, told[0], -1) if self._plan.asks_peers else None
        if "peer_age" in reals and made is not None:
            hours = np.maximum(seen.longs[TIME] - made, 0) // HOUR
            seen.reals[reals["peer_age"]] = np.where(made >= 0, hours, np.nan)
        if "peer_only" in facts and made is not None:
            sends = seen.facts[self._plan.rows.fact("sends message_sent")]
            to, is_all_known = told[3], (told[1] < 0) & (sends != 0)
            only = (to == 0) | (to == seen.longs[PERSON])
            certain = np.where(only, np.where(is_all_known, 2, 1), 0)
            seen.facts[facts["peer_only"]] = np.where((made >= 0) & (made >= seen.longs[START]), certain, 1)

    @property
    def _solicited(self) -> Array:
        return np.asarray(self._seen.facts[self._plan.rows.fact("truth solicited")])

    def _find_unnamed(self) -> None:
        """Find messages to, and replies by, peers whose name is missing."""
        seen, long = self._seen, self._plan.rows.long
        peers, groups = seen.longs[long("code peer")], seen.longs[long("code group")]
        lacks_name = (peers == 0) & ((groups == 0) | (seen.kinds == _REPLY))
        self.unnamed[:] = np.where(lacks_name, WROTE[seen.kinds], 0)

    def _ask_of_peers(self, numbers: Array, running: Array) -> None:
        """Find the events that look back to before the start of the log, or to a message to a peer without a name.

        From the second week of a log with all names on there are none, and no peer needs to be looked up.
        """
        seen, times = self._seen, self._seen.longs[TIME]
        rows, since = np.flatnonzero(self.unnamed), since_when(times)
        np.maximum.at(running[:, services.UNNAMED], numbers[rows], times[rows] + 1)
        start, unnamed = running[numbers, services.START], running[numbers, services.UNNAMED]
        looks_back = (start == 0) | (since + 1 < start) | (since < unnamed)
        wanted = (looks_back & (self._asks[seen.kinds] != 0)) | (self._asks_peers[seen.kinds] != 0)
        self.asked[:] = np.where(wanted, seen.longs[self._plan.rows.long("peer")], 0)


def since_when(times: Array) -> Array:
    """Return the instants from which on it matters who wrote, in whole seconds."""
    return times // SECOND * SECOND - REMEMBERED


def each_kind(chosen: Collection[str]) -> Array:
    """Return for each kind whether it is one of `chosen`."""
    return np.array([kind in chosen for kind in KINDS], np.int8)
