"""A webhook counts the one-time codes that it was given; the codes themselves are gone by then."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the step."""
    with op.batch_alter_table("webhooks") as table:
        table.add_column(sa.Column("codes_delivered", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Take the step back."""
    with op.batch_alter_table("webhooks") as table:
        table.drop_column("codes_delivered")
