"""When accounts were erased, by their pseudonyms in the ledger."""

from __future__ import annotations

import sqlalchemy as sa

from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.times import Instant


def latest(rows: Rows) -> dict[str, Instant]:
    """Return when each account was erased last, by pseudonym."""
    erasures = tables.erasures.c
    query = sa.select(erasures.subject, sa.func.max(erasures.at).label("latest")).group_by(erasures.subject)
    return {row.subject: row.latest for row in rows.execute(query)}
