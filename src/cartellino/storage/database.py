"""The database: an SQLite file by default, or PostgreSQL by its URL. The same SQL statements serve both.

>>> from cartellino.storage import tables
>>> database = Database("sqlite://")
>>> database.migrate()
>>> with database.begin() as rows:
...     upsert(rows, tables.progress, [{"name": "sequence", "value": 7}])
...     rows.scalar(sa.select(tables.progress.c.value))
7
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import alembic.command
import alembic.util
import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import StaticPool

from cartellino.storage import tables
from cartellino.vocabulary.refusals import BadArgument, BadFile

Rows = sa.Connection
"""A connection inside a transaction."""

DatabaseFault = (sa.exc.DBAPIError, ConnectionError)
"""Every error that a database driver raises; `is_away` tells the transient ones."""

_MIGRATING = 0x63617274
"""The key of the advisory lock under which a PostgreSQL database is migrated."""

DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+pg8000", "postgres": "postgresql+pg8000"}


_AWAY_CLASSES = ("08", "40", "53")
"""Classes of SQLSTATE that are transient: connection exceptions, transaction rollback, insufficient resources."""

_AWAY_STATES = frozenset({
    "25006",  # read_only_sql_transaction: a standby answers while another server is promoted
    "25P03", "25P04", "57P05",  # a session or a transaction was idle or open for too long
    "55006", "55P03",  # object_in_use, lock_not_available
    "57014",  # query_canceled: a statement took too long, or somebody stopped it
    "57P01", "57P02", "57P03",  # the server shuts down, has crashed, or starts
    "58030",  # io_error
})  # fmt: skip
"""SQLSTATEs that are transient, from PostgreSQL's appendix on error codes."""

_AWAY_CODES = frozenset({
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL,
})  # fmt: skip
"""Primary result codes of SQLite that are transient, because they depend on locks, disk or memory."""


def is_away(error: BaseException) -> bool:
    """Return whether an error is transient, so that the same work may be tried again later.

    The cause is neither a fault of the service nor of the request, but a server that starts, stops or is overloaded, a
    lost connection, a deadlock, a locked file or a full disk.
    """
    if isinstance(error, sa.exc.TimeoutError | ConnectionError):
        return True  # no connection came free in the pool; the network broke below the driver
    if not isinstance(error, sa.exc.DBAPIError):
        return False
    state = sqlstate(error)
    if state:
        return state[:2] in _AWAY_CLASSES or state in _AWAY_STATES
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _AWAY_CODES  # the low byte of an extended code is the primary one
    return error.connection_invalidated or isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError)


def sqlstate(error: sa.exc.DBAPIError) -> str:
    """Return the SQLSTATE of an error of PostgreSQL, empty if there was no answer."""
    said = error.orig.args[0] if error.orig is not None and error.orig.args else None
    return str(said.get("C", "")) if isinstance(said, dict) else ""


class Database:
    """A database: its engine, transactions and migrations."""

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
            sa.event.listen(self.engine, "do_connect", self._make_private)
        else:
            sa.event.listen(self.engine, "handle_error", _drop_lost_connections)

    @property
    def file(self) -> Path | None:
        """The file of an SQLite database; `None` where there is none."""
        path = self.engine.url.database
        return Path(path) if self.is_sqlite and path and path != ":memory:" else None

    def begin(self) -> AbstractContextManager[Rows]:
        """Begin a transaction that is committed at the end of the `with` block, or rolled back if it raises."""
        return self.engine.begin()

    def begin_writing(self) -> AbstractContextManager[Rows]:
        """Begin a transaction that will write.

        In SQLite it takes the write lock at once: a transaction that reads first and writes later can fail, because
        another one has written meanwhile.
        """
        return self._writing.begin()

    def migrate(self, to: str = "head") -> None:
        """Migrate the tables to this version, in one transaction, so that a crash leaves them unchanged.

        A lock lets only one process migrate at a time. Raises `BadFile` if the tables are of a newer version.
        """
        config = _migrations()
        with self.begin_writing() as connection:
            if not self.is_sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATING)))
            if to == "head" and MigrationContext.configure(connection).get_current_revision() == _newest():
                return
            config.attributes["connection"] = connection
            try:
                alembic.command.upgrade(config, to)
            except alembic.util.CommandError as error:
                raise BadFile(
                    f"the tables are not of this version of the program, but of a newer one? {error}"
                ) from None

    def must_be_whole(self) -> None:
        """Raise `BadFile` if a table or column is missing, which would otherwise show only when it is needed."""
        if missing := self.missing():
            raise BadFile(
                f"the database lacks {', '.join(f'`{name}`' for name in missing)}: somebody removed what the service "
                "needs. Restore folder and database from one backup"
            )

    def missing(self) -> list[str]:
        """Return the names of missing tables, and `table.column` for missing columns, sorted."""
        with self.begin() as rows:
            reflected = sa.inspect(rows).get_multi_columns()
        there = {table: {column["name"] for column in columns} for (_, table), columns in reflected.items()}
        needed = {table.name: set(table.columns.keys()) for table in tables.METADATA.sorted_tables}
        columns = [f"{table}.{name}" for table in needed if table in there for name in needed[table] - there[table]]
        return sorted([*(table for table in needed if table not in there), *columns])

    def _make_private(self, *_: object) -> None:
        """Create the file before SQLite does, which would let others read it; its journals get the same mode."""
        if self.file is not None:
            with suppress(OSError):  # it exists, or connecting will report what is wrong
                os.close(os.open(self.file, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))

    def drop_deleted(self) -> None:
        """Empty SQLite's write-ahead log, which still contains deleted rows; in its file they are zeroed already.

        PostgreSQL removes deleted rows by its own vacuum.
        """
        if self.is_sqlite:
            with self.engine.connect() as connection:
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.exec_driver_sql("BEGIN")

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def upsert(rows: Rows, table: sa.Table, records: Sequence[Mapping[str, Any]]) -> None:
    """Insert records, replacing those with the same key."""
    if not records:
        return
    insert = _insert(rows, table)
    keys = [column.name for column in table.primary_key]
    others = {name: insert.excluded[name] for name in records[0] if name not in keys}
    statement = insert.on_conflict_do_update(index_elements=keys, set_=others) if others else _once(insert, keys)
    rows.execute(statement, list(records))


def add_new(rows: Rows, table: sa.Table, records: Sequence[Mapping[str, Any]]) -> None:
    """Insert records, except those whose key exists already."""
    if records:
        rows.execute(_once(_insert(rows, table), [column.name for column in table.primary_key]), list(records))


def _migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", "cartellino.storage:migrations")
    return config


@cache
def _newest() -> str | None:
    return ScriptDirectory.from_config(_migrations()).get_current_head()


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


def _drop_lost_connections(context: sa.engine.ExceptionContext) -> None:
    """Let the pool replace its connections after the server has ended them; the dialect itself notices only broken
    sockets."""
    error = context.sqlalchemy_exception
    if isinstance(error, sa.exc.DBAPIError) and sqlstate(error).startswith(("57P", "08")):
        context.is_disconnect = True


def _careful(connection: DBAPIConnection, _: object) -> None:
    """Set up a connection of SQLite so that commits are durable, since acts and appeals are stored nowhere else."""
    connection.isolation_level = None  # SQLAlchemy begins transactions, not the driver
    pragmas = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000", "secure_delete=ON")
    for pragma in pragmas:
        connection.cursor().execute(f"PRAGMA {pragma}")


def _begin(connection: Rows) -> None:
    writes = connection.get_execution_options().get("cartellino_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
