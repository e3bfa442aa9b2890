"""Subscriptions to the public status, and the messages that wait for subscribers."""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa

from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.times import Instant


class StatusMessage(NamedTuple):
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


def due(rows: Rows, now: Instant, most: int) -> list[StatusMessage]:
    """Return messages that are due, the longest due first."""
    waiting, held = tables.status_messages.c, tables.subscriptions.c
    query = (
        sa.select(waiting.number, waiting.subscription_id, waiting.kind.label("about"), waiting.data, waiting.at,
                  waiting.tries, held.kind, held.target, held.language, held.secret)
        .join(tables.subscriptions, held.subscription_id == waiting.subscription_id)
        .where(waiting.next_at <= now).order_by(waiting.next_at, waiting.number).limit(most)
    )  # fmt: skip
    return [
        StatusMessage(row.number, row.subscription_id, row.about, row.data, row.at, row.tries, row.kind, row.target,
                      row.language, row.secret)
        for row in rows.execute(query)
    ]  # fmt: skip


def is_there(rows: Rows, subscription: str) -> bool:
    """Say whether there is a subscription."""
    held = tables.subscriptions.c.subscription_id
    return rows.scalar(sa.select(held).where(held == subscription)) is not None
