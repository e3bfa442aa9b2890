"""Webhooks and their deliveries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from cartellino.storage import tables
from cartellino.storage.database import Rows

Row = sa.Row[Any]
"""A row of the table `webhooks` or `deliveries`."""


def by_id(rows: Rows, webhook: str) -> Row | None:
    """Return a webhook that was not ended; `None` if there is none of that id."""
    hooks = tables.webhooks.c
    query = sa.select(tables.webhooks).where(hooks.webhook_id == webhook, hooks.ended_at.is_(None))
    return rows.execute(query).one_or_none()


def not_ended(rows: Rows) -> Sequence[Row]:
    """Return the webhooks that were not ended, the oldest first."""
    hooks = tables.webhooks.c
    return rows.execute(sa.select(tables.webhooks).where(hooks.ended_at.is_(None)).order_by(hooks.made_at)).all()


def count(rows: Rows) -> int:
    """Return how many webhooks there are that were not ended."""
    counted = sa.select(sa.func.count()).select_from(tables.webhooks).where(tables.webhooks.c.ended_at.is_(None))
    return rows.scalar(counted) or 0


def counts(rows: Rows) -> Mapping[tuple[str, str], int]:
    """Return the number of messages by webhook and state: `waiting`, `delivered`, `dead`, or `codes` that wait."""
    deliveries, codes = tables.deliveries.c, tables.codes.c
    states = sa.select(deliveries.webhook_id, deliveries.state, sa.func.count())
    waiting = sa.select(codes.webhook_id, sa.func.count()).group_by(codes.webhook_id)
    by_state = {
        (row[0], row[1]): row[2] for row in rows.execute(states.group_by(deliveries.webhook_id, deliveries.state))
    }
    return by_state | {(row[0], "codes"): row[1] for row in rows.execute(waiting)}


def dead_deliveries(rows: Rows, most: int) -> Sequence[Row]:
    """Return messages that could not be delivered, the oldest first."""
    deliveries = tables.deliveries.c
    query = sa.select(tables.deliveries).where(deliveries.state == "dead").order_by(deliveries.number)
    return rows.execute(query.limit(most)).all()
