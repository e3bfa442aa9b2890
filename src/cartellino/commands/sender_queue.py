"""Writes messages that wait until they may be sent, and what becomes of each.

That an item leaves is on disk before it is forwarded, and what left is never forwarded again: an item that was leaving
when the process ended is lost.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from cartellino.queries.sender_queue import ENDS, LEAVING, LOST, WAITING, Item
from cartellino.storage import tables
from cartellino.storage.database import Rows, add_new
from cartellino.vocabulary.times import DAY, Duration, Instant

KEPT: Duration = 7 * DAY
"""How long it is known what became of an item, and its key of the client is taken."""

_TABLE = tables.sender_queue


def add(rows: Rows, item: Item) -> None:
    """Add an item unless it is there, and forget those that ended long ago."""
    add_new(rows, _TABLE, [msgspec.structs.asdict(item)])
    rows.execute(sa.delete(_TABLE).where(_TABLE.c.state.in_(ENDS), _TABLE.c.next_at < item.at - KEPT))


def leave(rows: Rows, item: Item) -> bool:
    """Note that an item is about to be forwarded; false if it does not wait any more."""
    changed = rows.execute(_of(item).where(_TABLE.c.state == WAITING).values(state=LEAVING, said=""))
    return changed.rowcount == 1


def put_off(rows: Rows, puts_off: Sequence[tuple[Item, Instant, str]]) -> None:
    """Let items wait, each until an instant, with what is said about why."""
    for item, until, said in puts_off:
        rows.execute(_of(item).where(_TABLE.c.state.in_((WAITING, LEAVING)))
                     .values(state=WAITING, next_at=until, said=said))  # fmt: skip


def end(rows: Rows, item: Item, state: str, now: Instant, *, said: str = "", message_id: str = "") -> bool:
    """End an item and delete what it says; false if it had ended before."""
    ends = {"state": state, "next_at": now, "message_id": message_id, "body": b""} | ({"said": said} if said else {})
    return rows.execute(_of(item).where(_TABLE.c.state.in_((WAITING, LEAVING))).values(**ends)).rowcount == 1


def cancel(rows: Rows, item: Item, state: str, now: Instant) -> bool:
    """End an item that waits; false if it left."""
    ends = {"state": state, "next_at": now, "body": b""}
    return rows.execute(_of(item).where(_TABLE.c.state == WAITING).values(**ends)).rowcount == 1


def lose(rows: Rows, now: Instant) -> int:
    """End what was leaving when the process ended, and return how many it were: nobody knows what became of it."""
    ends = {"state": LOST, "next_at": now, "body": b""}
    return rows.execute(sa.update(_TABLE).where(_TABLE.c.state == LEAVING).values(**ends)).rowcount


def _of(item: Item) -> sa.Update:
    return sa.update(_TABLE).where(_TABLE.c.item_id == item.item_id)
