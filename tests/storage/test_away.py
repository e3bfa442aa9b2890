"""Which failures of a database are trouble that passes, and which are faults."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pg8000  # type: ignore[import-untyped]
import pytest
import sqlalchemy as sa
from tests.storage import postgres

from cartellino.storage.database import Database, is_away, sqlstate


def answered(state: str) -> sa.exc.DBAPIError:
    """Return the error that the driver and SQLAlchemy make of PostgreSQL's answer."""
    return sa.exc.ProgrammingError("SELECT 1", {}, pg8000.DatabaseError({"S": "FATAL", "C": state, "M": "..."}))


@pytest.mark.parametrize(
    "state",
    ["57P01", "57P02", "57P03", "57P05", "57014", "08000", "08003", "08006", "08P01", "53100", "53200", "53300",
     "40001", "40P01", "55P03", "25006", "25P03", "58030"],
)  # fmt: skip
def test_what_passes_is_no_fault(state: str) -> None:
    assert is_away(answered(state))


@pytest.mark.parametrize("state", ["23505", "42P01", "42703", "22P02", "28P01", "3D000", "XX001", "42501"])
def test_what_does_not_pass_is_one(state: str) -> None:
    assert not is_away(answered(state))


def test_a_locked_file_passes_and_a_missing_table_does_not(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    with database.begin_writing() as rows:
        rows.execute(sa.text("CREATE TABLE t (a INTEGER)"))
    impatient = sa.create_engine(f"sqlite:///{tmp_path / 'a.db'}", connect_args={"timeout": 0.01})
    with database.begin_writing() as rows:
        rows.execute(sa.text("INSERT INTO t VALUES (1)"))
        with pytest.raises(sa.exc.OperationalError) as locked, impatient.begin() as other:
            other.execute(sa.text("INSERT INTO t VALUES (2)"))
    with pytest.raises(sa.exc.OperationalError) as missing, database.begin() as rows:
        rows.execute(sa.text("SELECT * FROM nowhere"))
    impatient.dispose()
    database.close()
    assert (is_away(locked.value), is_away(missing.value)) == (True, False)


def test_other_errors_are_none_of_the_databases() -> None:
    errors = (sa.exc.TimeoutError(), ConnectionResetError(), ValueError(), sqlite3.OperationalError(), TimeoutError())
    assert [is_away(one) for one in errors] == [True, True, False, False, False]


# The driver leaves the sockets that the server closed to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.usefixtures("drivers_leavings")
def test_a_server_that_ends_sessions_and_starts_again() -> None:
    if not postgres.is_there():
        pytest.skip("there is no PostgreSQL; ./test installs it when it is root")
    with postgres.running() as server:
        database = Database(server.url)
        kill = sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        # The driver reads the server's farewell, or finds the connection reset before it could: both mean the same.
        with pytest.raises((sa.exc.DBAPIError, ConnectionError)) as ended, database.engine.connect() as first:
            first.execute(sa.text("SELECT 1"))
            with database.engine.connect() as second:
                second.execute(kill)
            first.execute(sa.text("SELECT 1"))
        assert is_away(ended.value)
        with database.begin() as rows:
            assert rows.scalar(sa.text("SELECT 1")) == 1
        server.stop()
        with pytest.raises((sa.exc.DBAPIError, ConnectionError)) as gone, database.begin() as rows:
            rows.execute(sa.text("SELECT 1"))
        assert is_away(gone.value)
        database.close()
        server.start()


def test_an_error_without_words_has_no_sqlstate() -> None:
    assert sqlstate(sa.exc.OperationalError("select 1", {}, Exception())) == ""
    assert sqlstate(sa.exc.OperationalError("select 1", {}, None)) == ""  # type: ignore[arg-type]
