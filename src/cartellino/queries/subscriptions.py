"""Subscriptions to the public status, and the messages that wait for subscribers."""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa

from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.times import Instant


class Tiding(NamedTuple):
    """A message to a subscriber."""

    number: int
    subscription: str
    kind: str
    data: dict[str, Any]
    at: Instant
    tries: int
    channel: str
    target: str
    language: str
    secret: str


def due(rows: Rows, now: Instant, most: int) -> list[Tiding]:
    """Return messages that are due, the longest due first."""
    tidings, held = tables.tidings.c, tables.subscriptions.c
    query = (
        sa.select(tidings.number, tidings.subscription_id, tidings.kind.label("about"), tidings.data, tidings.at,
                  tidings.tries, held.kind, held.target, held.language, held.secret)
        .join(tables.subscriptions, held.subscription_id == tidings.subscription_id)
        .where(tidings.next_at <= now).order_by(tidings.next_at, tidings.number).limit(most)
    )  # fmt: skip
    return [
        Tiding(row.number, row.subscription_id, row.about, row.data, row.at, row.tries, row.kind, row.target,
               row.language, row.secret)
        for row in rows.execute(query)
    ]  # fmt: skip


def is_there(rows: Rows, subscription: str) -> bool:
    """Say whether there is a subscription."""
    held = tables.subscriptions.c.subscription_id
    return rows.scalar(sa.select(held).where(held == subscription)) is not None
