"""Copies all tables of a database, as they are at one moment, to another database, SQLite or PostgreSQL."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from cartellino.storage.database import Database, Rows
from cartellino.storage.files import private
from cartellino.storage.tables import METADATA
from cartellino.vocabulary.refusals import BadArgument

ROWS = 1_000
"""Number of rows that are copied in one statement."""


def copy_to_file(database: Database, file: Path) -> None:
    """Copy a database into a new SQLite file; the database may be written to meanwhile.

    Raises `BadArgument` if the tables are of another version of the program.
    """
    open(file, "xb", opener=private).close()  # a file that SQLite makes could be read by other users
    if database.file is not None:
        with closing(sqlite3.connect(database.file)) as there, closing(sqlite3.connect(file)) as here:
            there.backup(here)
        return
    copy = Database(f"sqlite:///{file}")
    copy.migrate()
    with (
        database.engine.connect().execution_options(isolation_level="REPEATABLE READ") as rows,
        copy.begin_writing() as to,
    ):
        _must_be_of_this_version(rows, to)
        _copy(rows, to)
    copy.close()


def copy_from_file(file: Path, database: Database) -> None:
    """Copy an SQLite file into an empty database, in one transaction; the file is migrated to this version first.

    Raises `BadArgument` if the database is not empty.
    """
    with database.begin() as rows:
        if sa.inspect(rows).get_table_names():
            raise BadArgument(
                "the database is not empty, and may be newer than the copy: name an empty one with --database (such as "
                "one that `createdb` has just made)"
            )
    copy = Database(f"sqlite:///{file}")
    copy.migrate()
    database.migrate()
    with copy.begin() as rows, database.begin_writing() as to:
        _copy(rows, to)
        _number_on(to)
    copy.close()


def _copy(rows: Rows, to: Rows) -> None:
    for table in METADATA.sorted_tables:
        result = rows.execution_options(yield_per=ROWS).execute(sa.select(table).order_by(*table.primary_key))
        for part in result.mappings().partitions(ROWS):
            to.execute(sa.insert(table), [dict(row) for row in part])


def _must_be_of_this_version(rows: Rows, to: Rows) -> None:
    query = sa.text("SELECT version_num FROM alembic_version")
    if rows.scalar(query) != to.scalar(query):
        raise BadArgument(
            "the tables are of another version of the program; start `cartellino serve` once with this one"
        )


def _number_on(rows: Rows) -> None:
    """Set the sequences of PostgreSQL to the largest numbers copied, since rows inserted with numbers do not."""
    if rows.dialect.name != "postgresql":
        return
    for table in METADATA.sorted_tables:
        counted = table.autoincrement_column
        if counted is not None:
            last = rows.scalar(sa.select(sa.func.max(counted)))
            if last is not None:
                sequence = sa.func.pg_get_serial_sequence(table.name, counted.name)
                rows.execute(sa.select(sa.func.setval(sequence, last)))
