"""Subscriptions to the public status, the messages to subscribers, and what they were told last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Migrate to this version."""
    op.create_table(
        "subscriptions",
        sa.Column("subscription_id", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("feature", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("subscription_id", name=op.f("pk_subscriptions")),
    )
    op.create_index(op.f("ix_subscriptions_target"), "subscriptions", ["target"])
    op.create_table(
        "status_messages",
        sa.Column("number", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("subscription_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_status_messages")),
    )
    op.create_index(op.f("ix_status_messages_next_at"), "status_messages", ["next_at"])
    op.create_index(op.f("ix_status_messages_subscription_id"), "status_messages", ["subscription_id"])
    op.create_table(
        "told_levels",
        sa.Column("service", sa.String(length=128), nullable=False),
        sa.Column("country", sa.String(length=8), nullable=False),
        sa.Column("feature", sa.String(length=32), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("service", "country", "feature", name=op.f("pk_told_levels")),
    )


def downgrade() -> None:
    """Return to the version before."""
    op.drop_table("told_levels")
    op.drop_table("status_messages")
    op.drop_table("subscriptions")
