"""Mails that wait to leave."""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa

from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.times import Instant


class Waiting(NamedTuple):
    """A mail that waits."""

    number: int
    target: str
    language: str
    kind: str
    data: dict[str, Any]
    tries: int


def due(rows: Rows, now: Instant, most: int) -> list[Waiting]:
    """Return mails that are due, the longest due first."""
    mails = tables.mails.c
    query = sa.select(mails.number, mails.target, mails.language, mails.kind, mails.data, mails.tries)
    listed = rows.execute(query.where(mails.next_at <= now).order_by(mails.next_at, mails.number).limit(most))
    return [Waiting(row.number, row.target, row.language, row.kind, row.data, row.tries) for row in listed]


def count(rows: Rows) -> int:
    """Return how many mails wait."""
    return rows.scalar(sa.select(sa.func.count()).select_from(tables.mails)) or 0
