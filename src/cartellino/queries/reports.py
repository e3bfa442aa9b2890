"""Reports by users."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from cartellino.storage import tables
from cartellino.storage.database import Rows


def judged(rows: Rows) -> Iterator[tuple[str, str, bool]]:
    """Yield service, reporter and whether they were right, for each report that was found right or wrong."""
    reports = tables.reports.c
    query = sa.select(reports.service, reports.reporter, reports.right).where(reports.right.is_not(None))
    return ((row.service, row.reporter, row.right) for row in rows.execute(query))
