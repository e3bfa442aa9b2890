"""Operators, API keys and personal tokens, without passwords and secrets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from cartellino.storage import tables
from cartellino.storage.database import Rows

Row = sa.Row[Any]


def everybody(rows: Rows, most: int | None = None) -> Sequence[Row]:
    """Return name, role, beginning and end of every operator, by name."""
    operators = tables.operators.c
    query = sa.select(operators.name, operators.role, operators.made_at, operators.ended_at).order_by(operators.name)
    return list(rows.execute(query.limit(most)))


def is_known(rows: Rows, name: str) -> bool:
    """Say whether there is, or was, an operator of that name."""
    return rows.scalar(sa.select(tables.operators.c.name).where(tables.operators.c.name == name)) is not None


def keys(rows: Rows) -> Sequence[Row]:
    """Return API keys and personal tokens, also those that were ended, the oldest first."""
    return list(rows.execute(_keys()))


def keys_not_ended(rows: Rows, most: int) -> Sequence[Row]:
    """Return the API keys and personal tokens that nobody has ended, the oldest first."""
    return list(rows.execute(_keys().where(tables.credentials.c.ended_at.is_(None)).limit(most)))


def _keys() -> sa.Select[Any]:
    credentials = tables.credentials.c
    query = sa.select(
        credentials.credential_id,
        credentials.kind,
        credentials.holder,
        credentials.scopes,
        credentials.source,
        credentials.made_at,
        credentials.ends_at,
        credentials.ended_at,
    )
    return query.where(credentials.kind.in_(("key", "token"))).order_by(credentials.made_at)
