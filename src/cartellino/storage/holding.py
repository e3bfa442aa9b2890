"""A database held against other processes: one service at a time writes to it.

PostgreSQL: a session's advisory lock, which ends with the session. SQLite: `flock` on a file beside the database, since
the database's own file must not be opened by others than SQLite (it loses its locks when such a descriptor is closed).
"""

from __future__ import annotations

import fcntl
import os

import sqlalchemy as sa

from cartellino.storage.database import Database
from cartellino.vocabulary.refusals import Refusal

_LOCK = 0x0CA27E11
"""First half of the key of the advisory lock; the other half is the schema, since one database may hold several."""


class Held(Refusal):
    """Another process writes to this database."""

    code = "database-taken"


class Hold:
    """The hold of one process on a database."""

    def __init__(self, database: Database) -> None:
        """Nothing is held yet."""
        self._database = database
        self._session: sa.Connection | None = None
        self._file: int | None = None

    def take(self) -> None:
        """Take the hold.

        Raises `Held` when another process has it.
        """
        if not (self._lock_file() if self._database.is_sqlite else self._lock_session()):
            raise Held(
                "another process is using this database: each installation has one service and one database of its "
                "own. End the other one, or name another database with --database"
            )

    def renew(self) -> None:
        """Take the hold again where the server has ended the session. Raises `Held` when another process was faster."""
        if self._session is not None:
            try:
                self._session.exec_driver_sql("SELECT 1")
            except sa.exc.DBAPIError:
                self.let_go()
                self.take()
        elif not self._database.is_sqlite:
            self.take()

    def let_go(self) -> None:
        """Let other processes have it."""
        if self._session is not None:
            self._session.invalidate()  # closes the session, and with it the lock
            self._session.close()
            self._session = None
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _lock_session(self) -> bool:
        session = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        taken = session.scalar(
            sa.select(sa.func.pg_try_advisory_lock(_LOCK, sa.func.hashtext(sa.text("current_schema()"))))
        )
        if not taken:
            session.close()
            return False
        self._session = session
        return True

    def _lock_file(self) -> bool:
        file = self._database.file
        if file is None or self._file is not None:
            return True
        number = os.open(f"{file}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(number)
            return False
        self._file = number
        return True
