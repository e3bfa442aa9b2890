"""The database: SQLite in a file by default, PostgreSQL by its URL. One text of SQL for both.

>>> from cartellino.storage import tables
>>> database = Database("sqlite://")
>>> database.migrate()
>>> with database.begin() as rows:
...     upsert(rows, tables.progress, [{"name": "sequence", "value": 7}])
...     rows.scalar(sa.select(tables.progress.c.value))
7
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import alembic.command
import sqlalchemy as sa
from alembic.config import Config
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import StaticPool

from cartellino.vocabulary.refusals import BadArgument

Rows = sa.Connection
"""A connection inside a transaction."""

_MIGRATING = 0x63617274
"""The number of the lock that whoever migrates a PostgreSQL database holds."""

DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+pg8000", "postgres": "postgresql+pg8000"}


class Database:
    """One database, and how it is opened."""

    def __init__(self, url: str) -> None:
        """`url` is `sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST/NAME`.

        Raises `BadArgument` for another kind.
        """
        self.engine = sa.create_engine(*_opened(url), hide_parameters=True, **_pool(url))
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._writing = self.engine.execution_options(cartellino_writes=True)
        if self.is_sqlite:
            sa.event.listen(self.engine, "connect", _careful)
            sa.event.listen(self.engine, "begin", _begin)

    def begin(self) -> AbstractContextManager[Rows]:
        """Begin a transaction that is committed at the end of the block, or undone when it raises."""
        return self.engine.begin()

    def begin_writing(self) -> AbstractContextManager[Rows]:
        """Like `begin`, for a transaction that writes: in SQLite it waits for its turn before it reads."""
        return self._writing.begin()

    def migrate(self, to: str = "head") -> None:
        """Bring the tables to where this version needs them: in one transaction, so a crash leaves them as they were.

        Two processes that begin at once do it one after the other.
        """
        config = Config()
        config.set_main_option("script_location", "cartellino.storage:migrations")
        with self.begin_writing() as connection:
            if not self.is_sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATING)))
            config.attributes["connection"] = connection
            alembic.command.upgrade(config, to)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def upsert(rows: Rows, table: sa.Table, records: Sequence[Mapping[str, Any]]) -> None:
    """Write records, over those with the same key."""
    if not records:
        return
    insert = _insert(rows, table)
    keys = [column.name for column in table.primary_key]
    others = {name: insert.excluded[name] for name in records[0] if name not in keys}
    statement = insert.on_conflict_do_update(index_elements=keys, set_=others) if others else _once(insert, keys)
    rows.execute(statement, list(records))


def add_new(rows: Rows, table: sa.Table, records: Sequence[Mapping[str, Any]]) -> None:
    """Write records; those whose key is there already are left as they are."""
    if records:
        rows.execute(_once(_insert(rows, table), [column.name for column in table.primary_key]), list(records))


_Insert = sqlite.Insert | postgresql.Insert


def _insert(rows: Rows, table: sa.Table) -> _Insert:
    return sqlite.insert(table) if rows.dialect.name == "sqlite" else postgresql.insert(table)


def _once(insert: _Insert, keys: list[str]) -> _Insert:
    return insert.on_conflict_do_nothing(index_elements=keys)


def _opened(url: str) -> tuple[sa.URL]:
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise BadArgument(f"`{_shown(url)}` is no database URL; write sqlite:///PATH or postgresql://...") from None
    kind = parsed.drivername.partition("+")[0]
    if kind not in DRIVERS:
        raise BadArgument(f"`{kind}` databases are not supported; write sqlite:///PATH or postgresql://...")
    return (parsed.set(drivername=DRIVERS[kind]),)


def _shown(url: str) -> str:
    return url.partition("@")[2] or url.partition(":")[0]


def _pool(url: str) -> dict[str, Any]:
    if url in ("sqlite://", "sqlite:///:memory:"):
        return {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": 30}}
    return {"pool_pre_ping": True, "pool_size": 10, "connect_args": {"timeout": 5}}


def _careful(connection: DBAPIConnection, _: object) -> None:
    """Acts and appeals are nowhere but here: a commit is on the disk."""
    connection.isolation_level = None  # SQLAlchemy begins transactions, not the driver
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.cursor().execute(f"PRAGMA {pragma}")


def _begin(connection: Rows) -> None:
    writes = connection.get_execution_options().get("cartellino_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
