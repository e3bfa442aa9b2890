"""Proposed changes of the policies."""

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
    """Return a page of proposals, the latest first; `before` is the time and id of the last one of the page before."""
    proposals = tables.proposals.c
    query = sa.select(tables.proposals).order_by(proposals.made_at.desc(), proposals.proposal_id.desc())
    if before is not None:
        query = query.where(sa.tuple_(proposals.made_at, proposals.proposal_id) < before)
    return rows.execute(query.limit(most)).all()


def count_waiting(rows: Rows) -> int:
    """Return how many proposals wait for somebody to agree."""
    return rows.scalar(sa.select(sa.func.count()).where(tables.proposals.c.state == "waiting")) or 0
