"""Rows of health: reports of problems, probes, changes and announcements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the step."""
    op.create_table(
        "health",
        sa.Column("source", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=512), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("reporter", sa.Text(), nullable=True),
        sa.Column("row", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("source", "kind", "id", name=op.f("pk_health")),
    )
    op.create_index(op.f("ix_health_at"), "health", ["at"])
    op.create_index(op.f("ix_health_reporter"), "health", ["reporter"])


def downgrade() -> None:
    """Take the step back."""
    op.drop_table("health")
