"""Rows as tests of queries need them: what a test does not name is empty."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from cartellino.storage.database import Database, Rows

Put = Callable[..., None]
EMPTY: dict[type, Any] = {sa.String: "", sa.Text: "", sa.BigInteger: 0, sa.Integer: 0, sa.JSON: {}, sa.Boolean: False}


@pytest.fixture
def rows(url: str) -> Iterator[Rows]:
    """A transaction on an empty database, of either kind."""
    database = Database(url)
    database.migrate()
    with database.begin_writing() as rows:
        yield rows
    database.close()


@pytest.fixture
def put(rows: Rows) -> Put:
    """Write a row of a table."""

    def written(table: sa.Table, **values: Any) -> None:
        empty = {
            column.name: EMPTY.get(type(getattr(column.type, "impl_instance", column.type)), "")
            for column in table.columns
            if not column.nullable and column.autoincrement is not True and column.server_default is None
        }
        rows.execute(sa.insert(table).values({**empty, **values}))

    return written
