"""Business senders: facts, snapshots of the state, messages that wait, and webhooks to be passed on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Migrate to this version."""
    op.create_table(
        "sender_facts",
        sa.Column("number", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("fact", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_sender_facts")),
    )
    op.create_index(op.f("ix_sender_facts_kind_at"), "sender_facts", ["kind", "at"])
    op.create_table(
        "sender_snapshots",
        sa.Column("layout", sa.String(length=128), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("layout", name=op.f("pk_sender_snapshots")),
    )
    op.create_table(
        "sender_queue",
        sa.Column("item_id", sa.String(length=128), nullable=False),
        sa.Column("phone_number_id", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_sender_queue")),
    )
    op.create_index(op.f("ix_sender_queue_state_next_at"), "sender_queue", ["state", "next_at"])
    op.create_table(
        "webhook_copies",
        sa.Column("number", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_webhook_copies")),
    )
    op.create_index(op.f("ix_webhook_copies_next_at"), "webhook_copies", ["next_at"])


def downgrade() -> None:
    """Return to the version before."""
    op.drop_table("webhook_copies")
    op.drop_table("sender_queue")
    op.drop_table("sender_snapshots")
    op.drop_table("sender_facts")
