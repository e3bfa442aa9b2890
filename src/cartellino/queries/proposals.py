"""Proposed changes of the policies, as the database keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.times import Instant

Row = sa.Row[Any]
"""A row of the table `proposals`."""


def latest(rows: Rows, most: int, before: tuple[Instant, str] | None = None) -> Sequence[Row]:
    """Return proposals, the latest first, that come after a place in that list: when one was made, and its id."""
    proposals = tables.proposals.c
    query = sa.select(tables.proposals).order_by(proposals.made_at.desc(), proposals.proposal_id.desc())
    if before is not None:
        query = query.where(sa.tuple_(proposals.made_at, proposals.proposal_id) < before)
    return rows.execute(query.limit(most)).all()


def count_waiting(rows: Rows) -> int:
    """Return how many proposals wait for somebody to agree."""
    return rows.scalar(sa.select(sa.func.count()).where(tables.proposals.c.state == "waiting")) or 0
