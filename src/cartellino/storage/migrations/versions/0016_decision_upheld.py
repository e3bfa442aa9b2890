"""Renames the shape `appeal_upheld` of notices: what was upheld is the decision, and so it is called now."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_notices = sa.table(
    "notices", sa.column("notice_id", sa.Text), sa.column("shape", sa.Text), sa.column("facts", sa.JSON)
)


def _rename(before: str, after: str) -> None:
    rows = op.get_bind()
    query = sa.select(_notices.c.notice_id, _notices.c.facts).where(_notices.c.shape == before)
    for notice, facts in rows.execute(query).all():
        renamed = {**facts, "shape": after} if facts.get("shape") == before else facts  # erased ones have another
        rows.execute(sa.update(_notices).where(_notices.c.notice_id == notice).values(shape=after, facts=renamed))


def upgrade() -> None:
    """Migrate to this version."""
    _rename("appeal_upheld", "decision_upheld")


def downgrade() -> None:
    """Return to the version before."""
    _rename("decision_upheld", "appeal_upheld")
