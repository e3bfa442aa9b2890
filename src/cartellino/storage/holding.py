"""Locks a database against other processes, since only one service at a time may write to it.

PostgreSQL: an advisory lock of a session, which ends with the session. SQLite: `flock` on a file beside the database;
not on the database's own file, since SQLite's locks are lost when anybody in the process closes a descriptor of it.
"""

from __future__ import annotations

import fcntl
import os

import sqlalchemy as sa

from cartellino.storage.database import Database
from cartellino.vocabulary.refusals import Refusal

_LOCK = 0x0CA27E11
"""First half of the key of the advisory lock. The other half is a hash of the schema's name, since one database may
contain several installations."""


class Held(Refusal):
    """Another process writes to this database."""

    code = "database-taken"


class Hold:
    """The lock of one process on a database."""

    def __init__(self, database: Database) -> None:
        """The lock is not yet taken."""
        self._database = database
        self._session: sa.Connection | None = None
        self._file: int | None = None

    def acquire(self) -> None:
        """Acquire the lock.

        Raises `Held` if another process has it.
        """
        if not (self._lock_file() if self._database.is_sqlite else self._lock_session()):
            raise Held(
                "another process is using this database: each installation has one service and one database of its "
                "own. End the other one, or name another database with --database"
            )

    def renew(self) -> None:
        """Take the lock again if the server has ended the session. Raises `Held` if another process was faster."""
        if self._session is not None:
            try:
                self._session.exec_driver_sql("SELECT 1")
            except sa.exc.DBAPIError:
                self.release()
                self.acquire()
        elif not self._database.is_sqlite:
            self.acquire()

    def release(self) -> None:
        """Release the lock."""
        if self._session is not None:
            self._session.invalidate()  # ends the session, and with it the lock, instead of returning it to the pool
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
