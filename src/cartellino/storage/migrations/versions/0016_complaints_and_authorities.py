"""Complaints, trusted flaggers and authorities: what was filed, what became of it, and what people were told of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Migrate to this version."""
    with op.batch_alter_table("cases") as changed:
        changed.add_column(sa.Column("state", sa.Text(), nullable=True))
        changed.add_column(sa.Column("address", sa.Text(), nullable=True))
        changed.add_column(sa.Column("late_at", sa.BigInteger(), nullable=True))
        changed.add_column(sa.Column("reasons", sa.JSON(), nullable=True))
    op.create_index(op.f("ix_cases_address"), "cases", ["address"])
    op.create_table(
        "authorities",
        sa.Column("authority_id", sa.String(length=128), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("domains", sa.JSON(), nullable=False),
        sa.Column("credential_id", sa.Text(), nullable=True),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("authority_id", name=op.f("pk_authorities")),
    )
    op.create_index(op.f("ix_authorities_credential_id"), "authorities", ["credential_id"])
    op.create_table(
        "complaints",
        sa.Column("complaint", sa.String(length=128), nullable=False),
        sa.Column("filer", sa.Text(), nullable=False),
        sa.Column("mail", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("law", sa.Text(), nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("authority_id", sa.Text(), nullable=True),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("filed_at", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("refused", sa.Text(), nullable=True),
        sa.Column("forgotten_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("complaint", name=op.f("pk_complaints")),
    )
    op.create_index(op.f("ix_complaints_authority_id"), "complaints", ["authority_id"])
    op.create_index(op.f("ix_complaints_confirmed_at_filed_at"), "complaints", ["confirmed_at", "filed_at"])
    op.create_index(op.f("ix_complaints_filer_filed_at"), "complaints", ["filer", "filed_at"])
    op.create_table(
        "complaint_subjects",
        sa.Column("number", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("complaint", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_complaint_subjects")),
    )
    op.create_index(op.f("ix_complaint_subjects_case_id"), "complaint_subjects", ["case_id"])
    op.create_index(op.f("ix_complaint_subjects_complaint"), "complaint_subjects", ["complaint"])
    op.create_index(op.f("ix_complaint_subjects_service_account"), "complaint_subjects", ["service", "account"])
    op.create_table(
        "referrals",
        sa.Column("referral_id", sa.String(length=128), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("law", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("receipt_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("referral_id", name=op.f("pk_referrals")),
    )
    op.create_index(op.f("ix_referrals_case_id"), "referrals", ["case_id"])
    op.create_table(
        "filer_entries",
        sa.Column("number", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("filer", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_filer_entries")),
    )
    op.create_index(op.f("ix_filer_entries_filer"), "filer_entries", ["filer"])
    op.create_table(
        "mails",
        sa.Column("number", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_mails")),
    )
    op.create_index(op.f("ix_mails_next_at"), "mails", ["next_at"])
    op.create_index(op.f("ix_mails_target_at"), "mails", ["target", "at"])


def downgrade() -> None:
    """Return to the version before."""
    for table in ("mails", "filer_entries", "referrals", "complaint_subjects", "complaints", "authorities"):
        op.drop_table(table)
    op.drop_index(op.f("ix_cases_address"), "cases")
    with op.batch_alter_table("cases") as changed:
        for column in ("reasons", "late_at", "address", "state"):
            changed.drop_column(column)
