"""Authorities and trusted flaggers, as they are registered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from cartellino.appeals.authentication import is_in
from cartellino.storage import tables
from cartellino.storage.database import Rows

Row = sa.Row[Any]
_AUTHORITIES = tables.authorities.c


def every(rows: Rows) -> Sequence[Row]:
    """Return those in force, by country and name."""
    query = sa.select(tables.authorities).where(_AUTHORITIES.ended_at.is_(None))
    return rows.execute(query.order_by(_AUTHORITIES.country, _AUTHORITIES.name)).all()


def by_id(rows: Rows, identity: str) -> Row | None:
    """Return one in force; `None` if there is none of that id."""
    query = sa.select(tables.authorities).where(_AUTHORITIES.authority_id == identity, _AUTHORITIES.ended_at.is_(None))
    return rows.execute(query).one_or_none()


def by_key(rows: Rows, credential: str) -> Row | None:
    """Return the one that has a key; `None` if nobody has."""
    query = sa.select(tables.authorities).where(
        _AUTHORITIES.credential_id == credential, _AUTHORITIES.ended_at.is_(None)
    )
    return rows.execute(query).one_or_none()


def by_domain(rows: Rows, domain: str) -> Row | None:
    """Return the one whose mail comes from a domain; `None` if nobody's does."""
    if not domain:
        return None
    return next((row for row in every(rows) if is_in(domain, row.domains)), None)
