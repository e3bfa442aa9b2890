"""Adds kinds to the names of actors, digests of reasons, and a table of pending acts.

Older rows have bare names, so that an account with the name of an operator could be taken for that operator. The kind
of each name follows from its column, since only certain actors could ever write there:

    only operators     who decided, looked, proposed, settled, made golden, held; who lifted, shortened, overturned
    operator or key    who linked, opened an incident, erased, or made a key or operator: a key when it is a key's id
    time, or a part    what expired, what was announced and ended; the first adoption; a rule that was demoted
    the holder         who opened a case through the app or the page

The sealed rows of the ledger cannot be changed. A bare name in them has an unknown kind, and equals no actor.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0004"
branch_labels = None
depends_on = None

_PARTS = ("service", "time", "log", "courier", "precision", "command line", "stranger")
_BY_OPERATORS = (
    ("audits", "judged_by"), ("golden", "made_by"), ("looks", "by"), ("proposals", "made_by"),
    ("proposals", "settled_by"),
)  # fmt: skip
_BY_PERSON = ("Lift", "Shorten", "Overturn", "Release", "Discard")


def upgrade() -> None:
    """Migrate to this version."""
    serial = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "pending_acts",
        sa.Column("number", serial, autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_pending_acts")),
    )
    with op.batch_alter_table("acts") as changed:
        changed.add_column(sa.Column("sealed", sa.Text(), nullable=True))
        changed.add_column(sa.Column("key", sa.Text(), nullable=True))
    with op.batch_alter_table("erasures") as changed:
        changed.add_column(sa.Column("why", sa.Text(), nullable=True))
    op.create_index(op.f("ix_acts_sealed"), "acts", ["sealed"])
    _name_kinds(op.get_bind())


def _name_kinds(rows: sa.Connection) -> None:
    keys = set(rows.scalars(sa.text("SELECT credential_id FROM credentials WHERE kind = 'key'")))

    def person(name: str) -> str:
        return f"operator:{name}"

    def anybody(name: str) -> str:
        return f"key:{name}" if name in keys else name if name in _PARTS else person(name)

    for table, column in _BY_OPERATORS:
        _retype(rows, table, column, person)
    by_itself = sa.func.coalesce(sa.column("outcome"), "") == "terminated"
    _retype(rows, "cases", "closed_by", person, sa.not_(by_itself))
    by_person = sa.column("kind").in_(_BY_PERSON)
    _retype(rows, "acts", "by", person, by_person)
    _retype(rows, "acts", "by", anybody, sa.not_(by_person))
    _retype(rows, "holds", "by", anybody)
    _retype(rows, "erasures", "by", anybody)
    _retype(rows, "policy_versions", "added_by", anybody)
    opened = (sa.column("what") == "opened") & sa.column("case_id").in_(_of_holders())
    _retype(rows, "case_rows", "by", lambda name: "holder:", opened)
    _retype(rows, "case_rows", "by", anybody, sa.not_(opened))


def _of_holders() -> sa.Select[tuple[str]]:
    cases = sa.table("cases", sa.column("case_id", sa.Text), sa.column("door", sa.Text))
    return sa.select(cases.c.case_id).where(cases.c.door.in_(("app", "page")))


def _retype(
    rows: sa.Connection,
    table: str,
    column: str,
    kind: Callable[[str], str],
    where: sa.ColumnElement[bool] | None = None,
) -> None:
    """Replace each bare name in a column by what `kind` returns for it."""
    retyped = sa.table(table, sa.column(column, sa.Text))
    actors = retyped.c[column]
    condition = sa.true() if where is None else where
    names = rows.scalars(sa.select(actors).where(actors.is_not(None), condition).distinct()).all()
    for name in sorted(names, key=len, reverse=True):  # longest first: a new name may equal a bare one
        rows.execute(sa.update(retyped).where(actors == name, condition).values({column: kind(name)}))


def downgrade() -> None:
    """Return to the version before; kinds stay, since names that were bare could be taken for one another."""
    op.drop_index(op.f("ix_acts_sealed"), "acts")
    with op.batch_alter_table("erasures") as changed:
        changed.drop_column("why")
    with op.batch_alter_table("acts") as changed:
        changed.drop_column("key")
        changed.drop_column("sealed")
    op.drop_table("pending_acts")
