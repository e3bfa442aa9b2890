"""Files that were attached to appeals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from cartellino.storage import tables
from cartellino.storage.database import Rows

Row = sa.Row[Any]
"""A row of the table `attachments`."""


def by_id(rows: Rows, attachment: str) -> Row | None:
    """Return a file with its content; `None` if there is none of that id."""
    of_id = tables.attachments.c.attachment_id == attachment
    return rows.execute(sa.select(tables.attachments).where(of_id)).one_or_none()


def of_case(rows: Rows, case: str) -> Sequence[Row]:
    """Return id, name and media type of the files of a case."""
    files = tables.attachments.c
    query = sa.select(files.attachment_id, files.name, files.media_type).where(files.case_id == case)
    return list(rows.execute(query))
