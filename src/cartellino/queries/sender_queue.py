"""Messages of business senders that wait until they may be sent, and what became of them."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa

from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.times import Instant

WAITING, LEAVING = "waiting", "leaving"
SENT, REJECTED, LOST, EXPIRED, CANCELLED = ENDS = ("sent", "rejected", "lost", "expired", "cancelled")
STATES = (WAITING, LEAVING, *ENDS)

_TABLE = tables.sender_queue


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A message that waits, or waited. `body` is a `Wanted` as JSON, and empty once it has ended."""

    item_id: str
    phone_number_id: str
    idempotency_key: str
    digest: str
    at: Instant
    expires_at: Instant
    next_at: Instant
    """When it is looked at again; once it has ended, when it did."""
    state: str = WAITING
    body: bytes = b""
    said: str = ""
    """Why it waits, or what the platform said, as JSON; empty: nothing."""
    message_id: str = ""
    """The platform's name of the message, once it took it."""


def item(rows: Rows, number: str, name: str) -> Item | None:
    """Return an item of a number; `None` if there is none of this name."""
    row = rows.execute(sa.select(_TABLE).where(_TABLE.c.phone_number_id == number, _TABLE.c.item_id == name)).first()
    return None if row is None else _item(row)


def items(rows: Rows, number: str, state: str, after: str, most: int) -> list[Item]:
    """Return items of a number by name, in one state or in all (empty)."""
    query = sa.select(_TABLE).where(_TABLE.c.phone_number_id == number, _TABLE.c.item_id > after)
    if state:
        query = query.where(_TABLE.c.state == state)
    return [_item(row) for row in rows.execute(query.order_by(_TABLE.c.item_id).limit(most))]


def counts(rows: Rows, number: str) -> dict[str, int]:
    """Return how many items of a number are in which state."""
    query = sa.select(_TABLE.c.state, sa.func.count().label("many")).where(_TABLE.c.phone_number_id == number)
    found = {row.state: row.many for row in rows.execute(query.group_by(_TABLE.c.state))}
    return {state: found.get(state, 0) for state in STATES}


def waiting(rows: Rows) -> int:
    """Return how many wait, of all numbers."""
    return rows.scalar(sa.select(sa.func.count()).where(_TABLE.c.state == WAITING)) or 0


def due(rows: Rows, now: Instant, most: int) -> list[Item]:
    """Return those that may be looked at or have expired, the earliest first."""
    query = sa.select(_TABLE).where(_TABLE.c.state == WAITING, _TABLE.c.next_at <= now)
    return [_item(row) for row in rows.execute(query.order_by(_TABLE.c.next_at, _TABLE.c.at).limit(most))]


def _item(row: sa.Row[Any]) -> Item:
    return Item(**row._mapping)
