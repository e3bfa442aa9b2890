"""Operators and the keys of programs, as the database keeps them; never their passwords and secrets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from cartellino.storage import tables
from cartellino.storage.database import Rows

Row = sa.Row[Any]


def everybody(rows: Rows, most: int | None = None) -> Sequence[Row]:
    """Return name, role, beginning and end of every operator, by name."""
    them = tables.operators.c
    asked = sa.select(them.name, them.role, them.made_at, them.ended_at).order_by(them.name)
    return list(rows.execute(asked.limit(most)))


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
    held = tables.credentials.c
    asked = sa.select(
        held.credential_id, held.kind, held.holder, held.scopes, held.source, held.made_at, held.ends_at, held.ended_at
    )
    return asked.where(held.kind.in_(("key", "token"))).order_by(held.made_at)
