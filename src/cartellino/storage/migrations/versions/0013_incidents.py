"""Timelines of incidents and of the orders of authorities; the region of decisions, which an incident may excuse."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Migrate to this version."""
    with op.batch_alter_table("decisions") as table:
        table.add_column(sa.Column("region", sa.Text(), nullable=True))
    op.create_table(
        "incident_entries",
        sa.Column("number", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("scope", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_incident_entries")),
    )
    op.create_index(op.f("ix_incident_entries_incident_id"), "incident_entries", ["incident_id"])
    op.create_index(op.f("ix_incident_entries_at"), "incident_entries", ["at"])
    op.create_table(
        "order_entries",
        sa.Column("number", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_order_entries")),
    )
    op.create_index(op.f("ix_order_entries_order_id"), "order_entries", ["order_id"])


def downgrade() -> None:
    """Return to the version before."""
    op.drop_table("order_entries")
    op.drop_table("incident_entries")
    with op.batch_alter_table("decisions") as table:
        table.drop_column("region")
