"""The outbox: the changes that webhooks and the stream announce, numbered in their order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from cartellino.storage import tables
from cartellino.storage.database import Rows

Row = sa.Row[Any]
"""A row of the table `outbox`."""


def last_number(rows: Rows) -> int:
    """Return the number of the latest change, 0 if there was none."""
    return rows.scalar(sa.select(sa.func.max(tables.outbox.c.number))) or 0


def after(rows: Rows, number: int, but: Collection[str], most: int = 200) -> Sequence[Row]:
    """Return the changes after a number, in order, without those of some kinds."""
    messages = tables.outbox.c
    query = sa.select(tables.outbox).where(messages.number > number, messages.kind.not_in(but))
    return rows.execute(query.order_by(messages.number).limit(most)).all()
