"""Adds a queue for each webhook, the state of each webhook, and a separate table of one-time codes.

Older codes are blanked and their deliveries deleted, since they expire within minutes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Migrate to this version."""
    op.create_table(
        "codes",
        sa.Column("code_id", sa.String(length=128), nullable=False),
        sa.Column("webhook_id", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code_id", name=op.f("pk_codes")),
    )
    with op.batch_alter_table("codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_codes_webhook_id_next_at"), ["webhook_id", "next_at"], unique=False)

    with op.batch_alter_table("webhooks", schema=None) as batch_op:
        for name in ("paused_at", "last_success_at", "last_error_at"):
            batch_op.add_column(sa.Column(name, sa.BigInteger(), nullable=True))
        for name in ("paused_why", "last_error"):
            batch_op.add_column(sa.Column(name, sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("last_status", sa.Integer(), nullable=True))

    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deliveries_state_next_at"))
        batch_op.create_index(
            batch_op.f("ix_deliveries_webhook_id_state_next_at"), ["webhook_id", "state", "next_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_deliveries_state_message"), ["state", "message"], unique=False)

    op.execute("DELETE FROM deliveries WHERE message IN (SELECT number FROM outbox WHERE kind = 'code')")
    op.execute("UPDATE outbox SET data = '{}' WHERE kind = 'code'")


def downgrade() -> None:
    """Return to the version before."""
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deliveries_state_message"))
        batch_op.drop_index(batch_op.f("ix_deliveries_webhook_id_state_next_at"))
        batch_op.create_index(batch_op.f("ix_deliveries_state_next_at"), ["state", "next_at"], unique=False)
    with op.batch_alter_table("webhooks", schema=None) as batch_op:
        for name in ("paused_at", "paused_why", "last_success_at", "last_error_at", "last_error", "last_status"):
            batch_op.drop_column(name)
    with op.batch_alter_table("codes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_codes_webhook_id_next_at"))
    op.drop_table("codes")
