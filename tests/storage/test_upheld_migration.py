"""Notices from before the decision was what is upheld are renamed, and read as they were; and back."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from cartellino.notices.facts import Facts
from cartellino.storage.database import Database

NOTICE = """
INSERT INTO notices (notice_id, sanction_id, decision_id, service, account, shape, words, code, facts, made_at, due_at,
                     announced)
VALUES (:notice, '', '', 'main', 'rita', :shape, 2, :notice, :facts, 0, 0, true)
"""
STORED = {
    "n1": ("appeal_upheld", {"shape": "appeal_upheld", "at": 1, "said": "It stands.", "holds": "suspension"}),
    "n2": ("appeal_upheld", {"shape": "lifted", "at": 0}),  # the account was erased
    "n3": ("banned", {"shape": "banned", "at": 2}),
}


def shapes(database: Database) -> list[tuple[str, dict[str, object]]]:
    query = sa.text("SELECT shape, facts FROM notices ORDER BY notice_id").columns(facts=sa.JSON)
    with database.begin() as rows:
        return [(row.shape, row.facts) for row in rows.execute(query)]


def test_the_decision_is_what_is_upheld(url: str) -> None:
    database = Database(url)
    database.migrate("0015")
    with database.begin_writing() as rows:
        for notice, (shape, facts) in STORED.items():
            rows.execute(
                sa.text(NOTICE), {"notice": notice, "shape": shape, "facts": msgspec.json.encode(facts).decode()}
            )
    database.migrate()
    upheld, erased, banned = shapes(database)
    assert upheld[0] == erased[0] == "decision_upheld"
    assert msgspec.convert(upheld[1], Facts) == Facts(
        shape="decision_upheld", at=1, said="It stands.", holds="suspension"
    )
    assert (erased[1], banned) == (STORED["n2"][1], STORED["n3"])
    database.close()
