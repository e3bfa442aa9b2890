"""Adds replaced sanctions, the order of strikes in the log, and tables for the results of earlier editions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Migrate to this version."""
    with op.batch_alter_table("sanctions") as sanctions:
        sanctions.add_column(sa.Column("replaced_by", sa.Text(), nullable=True))
        sanctions.add_column(sa.Column("replaced_at", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("strikes") as strikes:
        strikes.add_column(sa.Column("replaced_by", sa.Text(), nullable=True))
        strikes.add_column(sa.Column("sequence", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE strikes SET sequence = COALESCE((SELECT decisions.sequence FROM decisions "
        "WHERE decisions.decision_id = strikes.decision_id), 0)"
    )
    op.create_table(
        "editions",
        sa.Column("edition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.BigInteger(), nullable=False),
        sa.Column("ledger", sa.BigInteger(), nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("edition", name=op.f("pk_editions")),
    )
    op.create_table(
        "told_held",
        sa.Column("decision_id", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_told_held")),
    )
    op.create_table(
        "told_sanctions",
        sa.Column("sanction_id", sa.String(length=128), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("decision_id", "service", "account", "rule")),
        sa.Column("ladder", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("scope", sa.JSON(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in ("ends_at", "lifted_at", "expired_at")),
        sa.Column("strike", sa.Integer(), nullable=False),
        sa.Column("replaced_by", sa.Text(), nullable=True),
        sa.Column("replaced_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("sanction_id", name=op.f("pk_told_sanctions")),
    )
    op.create_index(op.f("ix_told_sanctions_service_account"), "told_sanctions", ["service", "account"])
    op.create_table(
        "told_strikes",
        sa.Column("decision_id", sa.String(length=128), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("service", "account", "ladder")),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("least", sa.Integer(), nullable=False),
        sa.Column("revoked", sa.Boolean(), nullable=False),
        sa.Column("replaced_by", sa.Text(), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_told_strikes")),
    )
    op.create_index(op.f("ix_told_strikes_service_account"), "told_strikes", ["service", "account"])


def downgrade() -> None:
    """Return to the version before."""
    for table in ("told_strikes", "told_sanctions", "told_held", "editions"):
        op.drop_table(table)
    with op.batch_alter_table("strikes") as strikes:
        strikes.drop_column("sequence")
        strikes.drop_column("replaced_by")
    with op.batch_alter_table("sanctions") as sanctions:
        sanctions.drop_column("replaced_at")
        sanctions.drop_column("replaced_by")
