"""Notices that were stored as `appeal_upheld` are read as `decision_upheld`: it was the decision that was upheld."""

from __future__ import annotations

import msgspec
import pytest
import sqlalchemy as sa

from cartellino.notices.facts import Facts, Shape
from cartellino.storage import tables
from cartellino.storage.database import Database

NOTICE = """
INSERT INTO notices (notice_id, sanction_id, decision_id, service, account, shape, words, code, facts, made_at, due_at,
                     announced)
VALUES ('n', '', '', 'main', 'rita', :shape, 2, 'c', :facts, 0, 0, true)
"""


@pytest.mark.parametrize(
    ("stored", "facts", "shape"),
    [
        ("appeal_upheld", {"shape": "appeal_upheld", "at": 1, "said": "It stands."}, "decision_upheld"),
        ("appeal_upheld", {"shape": "lifted", "at": 1}, "decision_upheld"),  # the account was erased
        ("decision_upheld", {"shape": "decision_upheld", "at": 1}, "decision_upheld"),
        ("banned", {"shape": "banned", "at": 1}, "banned"),
    ],
)
def test_an_older_row_is_read_under_the_names_of_today(
    url: str, stored: str, facts: dict[str, object], shape: Shape
) -> None:
    database = Database(url)
    database.migrate()
    with database.begin_writing() as rows:
        rows.execute(sa.text(NOTICE), {"shape": stored, "facts": msgspec.json.encode(facts).decode()})
    with database.begin() as rows:
        row = rows.execute(sa.select(tables.notices)).one()
    database.close()
    assert row.shape == shape
    read = msgspec.convert(row.facts, Facts)
    assert read.shape == ("lifted" if facts["shape"] == "lifted" else shape)
    assert read.said == facts.get("said", "")
