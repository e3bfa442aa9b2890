"""The relational storage, over SQLite and over a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from cartellino.storage import tables
from cartellino.storage.database import Database, add_new, upsert
from cartellino.vocabulary.refusals import BadArgument


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    found = Database(url)
    found.migrate()
    yield found
    found.close()


def test_the_migrations_lead_to_the_tables(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.METADATA) == []


def test_migrating_twice_changes_nothing(database: Database) -> None:
    database.migrate()
    with database.begin() as rows:
        assert rows.scalar(sa.select(sa.func.count()).select_from(tables.acts)) == 0


def test_what_an_earlier_version_kept_is_there_after_the_upgrade(url: str) -> None:
    database = Database(url)
    database.migrate("0001")
    with database.begin_writing() as rows:
        rows.execute(sa.text("INSERT INTO operators (name, role, made_at) VALUES ('ada', 'admin', 1)"))
        rows.execute(sa.text("INSERT INTO proofs VALUES ('p_1', 'main', 'a', 'x', 1, 2, 0, NULL)"))
    database.migrate()
    with database.begin() as rows:
        (operator,) = rows.execute(sa.select(tables.operators))
        (proof,) = rows.execute(sa.select(tables.proofs))
    assert (operator.name, operator.set_by, proof.account, proof.code_of) == ("ada", None, "a", None)
    database.close()


def test_upsert_replaces_and_add_new_does_not(database: Database) -> None:
    with database.begin_writing() as rows:
        upsert(rows, tables.progress, [{"name": "a", "value": 1}, {"name": "b", "value": 2}])
        upsert(rows, tables.progress, [{"name": "a", "value": 3}])
        add_new(rows, tables.progress, [{"name": "b", "value": 9}, {"name": "c", "value": 4}])
    with database.begin() as rows:
        found = {one.name: one.value for one in rows.execute(sa.select(tables.progress))}
    assert found == {"a": 3, "b": 2, "c": 4}


def test_a_transaction_that_raises_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.begin_writing() as rows:
        upsert(rows, tables.progress, [{"name": "a", "value": 1}])
        _ = 1 // 0
    with database.begin() as rows:
        assert rows.scalar(sa.select(sa.func.count()).select_from(tables.progress)) == 0


def case(number: int, closed_at: int | None = None) -> dict[str, object]:
    empty = dict.fromkeys(column.name for column in tables.cases.columns)
    texts = {"kind": "appeal", "topic": "", "status": "", "service": "main", "account": "a", "door": "", "text": ""}
    return {**empty, **texts, "case_id": f"c{number}", "sanction_id": "s_1", "opened_at": 0, "due_at": 0,
            "legal_basis": "", "closed_at": closed_at}  # fmt: skip


def test_one_appeal_of_a_sanction_is_open_at_a_time(database: Database) -> None:
    with database.begin_writing() as rows:
        upsert(rows, tables.cases, [case(1, closed_at=5), case(2)])
    with pytest.raises(sa.exc.IntegrityError), database.begin_writing() as rows:
        rows.execute(sa.insert(tables.cases).values(**case(3)))


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "http://127.0.0.1/"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(BadArgument):
        Database(url)


def test_a_refused_url_does_not_show_its_password() -> None:
    with pytest.raises(BadArgument) as refused:
        Database("oracle://me:hunter2@host/x")
    assert "hunter2" not in str(refused.value)
