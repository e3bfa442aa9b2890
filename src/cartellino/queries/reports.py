"""Reports of users, as the database keeps them."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from cartellino.storage import tables
from cartellino.storage.database import Rows


def judged(rows: Rows) -> Iterator[tuple[str, str, bool]]:
    """Return each report that turned out right or wrong: its service, who reported, and whether they were right."""
    reports = tables.reports.c
    query = sa.select(reports.service, reports.reporter, reports.right).where(reports.right.is_not(None))
    return ((row.service, row.reporter, row.right) for row in rows.execute(query))
