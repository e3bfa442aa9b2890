"""An installation from before actors had kinds is brought up: who was who follows from what only some could write."""

from __future__ import annotations

import sqlalchemy as sa

from cartellino.storage.database import Database

KEY = "k_" + "0" * 24
CASE = """
INSERT INTO cases (case_id, kind, topic, status, service, account, door, text, opened_at, due_at, legal_basis,
                   closed_at, closed_by, outcome)
VALUES (:case, :kind, '', 'closed', 'main', 'rita', :door, '', 0, 0, '', 1, :by, :outcome)
"""
ACT = "INSERT INTO acts (number, \"after\", at, \"by\", why, kind, data) VALUES (:number, 0, 0, :by, 'x', :kind, '{}')"
ROW = "INSERT INTO case_rows (case_id, at, \"by\", what, said) VALUES (:case, 0, :by, :what, '')"


def old(rows: sa.Connection) -> None:
    """Write rows as they were: an account called rita, and an operator of that name; operators called time and page."""
    rows.execute(
        sa.text(
            "INSERT INTO credentials (credential_id, kind, digest, holder, scopes, source, made_at)"
            " VALUES (:key, 'key', 'x', 'rita', '[]', '', 0)"
        ),
        {"key": KEY},
    )
    for case, kind, door, by, outcome in (
        ("c1", "appeal", "app", "rita", "upheld"),
        ("c2", "appeal", "mail", "time", "upheld"),
        ("c3", "termination", "operator", "time", "terminated"),
    ):
        rows.execute(sa.text(CASE), {"case": case, "kind": kind, "door": door, "by": by, "outcome": outcome})
    for number, (by, kind) in enumerate(
        (("time", "Expire"), ("time", "Lift"), ("rita", "Overturn"), (KEY, "Link"), ("precision", "Adopt"),
         ("operator:rita", "Lift")), 1
    ):  # fmt: skip
        rows.execute(sa.text(ACT), {"number": number, "by": by, "kind": kind})
    for case, by, what in (("c1", "rita", "opened"), ("c1", "rita", "upheld"), ("c2", KEY, "opened"),
                           ("c2", "time", "reminded")):  # fmt: skip
        rows.execute(sa.text(ROW), {"case": case, "by": by, "what": what})


def test_bare_names_get_their_kinds(url: str) -> None:
    database = Database(url)
    database.migrate("0001")
    with database.begin_writing() as rows:
        old(rows)
    database.migrate()
    with database.begin() as rows:
        acts = rows.scalars(sa.text('SELECT "by" FROM acts ORDER BY number')).all()
        cases = rows.scalars(sa.text("SELECT closed_by FROM cases ORDER BY case_id")).all()
        steps = rows.scalars(sa.text('SELECT "by" FROM case_rows ORDER BY number')).all()
    database.close()
    assert acts == ["time", "operator:time", "operator:rita", f"key:{KEY}", "precision", "operator:operator:rita"]
    assert cases == ["operator:rita", "operator:time", "time"]
    assert steps == ["holder:", "operator:rita", f"key:{KEY}", "time"]
