"""Adds who set an operator's password, one-time codes shared by several proofs, and spent tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Migrate to this version."""
    with op.batch_alter_table("operators", schema=None) as batch_op:
        batch_op.add_column(sa.Column("set_by", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("set_at", sa.BigInteger(), nullable=True))

    with op.batch_alter_table("credentials", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_credentials_holder"), ["holder"], unique=False)

    with op.batch_alter_table("proofs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("code_of", sa.Text(), nullable=True))
        batch_op.create_index(batch_op.f("ix_proofs_service_account"), ["service", "account"], unique=False)
        batch_op.create_index(batch_op.f("ix_proofs_made_at"), ["made_at"], unique=False)

    op.create_table(
        "spent_tokens",
        sa.Column("digest", sa.String(length=128), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_spent_tokens")),
    )


def downgrade() -> None:
    """Return to the version before."""
    op.drop_table("spent_tokens")
    with op.batch_alter_table("proofs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proofs_made_at"))
        batch_op.drop_index(batch_op.f("ix_proofs_service_account"))
        batch_op.drop_column("code_of")

    with op.batch_alter_table("credentials", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_credentials_holder"))

    with op.batch_alter_table("operators", schema=None) as batch_op:
        batch_op.drop_column("set_at")
        batch_op.drop_column("set_by")
