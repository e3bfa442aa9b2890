"""Cases, as the database keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.times import Instant

Row = sa.Row[Any]
"""A row of the table `cases`."""


def latest_appeal_of(rows: Rows, account: str) -> Row | None:
    """Return the latest appeal of an account, open or closed."""
    cases = tables.cases.c
    mine = sa.select(tables.cases).where(cases.kind == "appeal", cases.account == account)
    return rows.execute(mine.order_by(cases.opened_at.desc()).limit(1)).first()


def most_urgent_appeal(rows: Rows) -> Row | None:
    """Return the open appeal that is due first."""
    cases = tables.cases.c
    asked = sa.select(tables.cases).where(cases.kind == "appeal", cases.status == "open")
    return rows.execute(asked.order_by(cases.due_at, cases.case_id).limit(1)).first()


def open_since(rows: Rows, opened_before: Instant, but: str, most: int = 50) -> Sequence[Row]:
    """Return cases of other accounts than one that were opened before an instant and are still open."""
    cases = tables.cases.c
    asked = sa.select(tables.cases).where(cases.status == "open", cases.opened_at < opened_before)
    return rows.execute(asked.where(cases.account != but).limit(most)).all()
