"""Stores the wording of each decision in its record; older decisions get it from the notices about them.

All decisions of one version of a rule have the same wording, so that a decision without a notice, or of an erased
account, gets it from another. A notice with numbers belongs to a rule that discloses fully, and one without a reason to
a rule that is sealed.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_IMPOSED = ("warned", "limited", "challenged", "suspended", "banned", "waiting")

_decisions = sa.table(
    "decisions", sa.column("decision_id", sa.Text), sa.column("rule", sa.Text), sa.column("policy_version", sa.Text),
    sa.column("record", sa.JSON),
)  # fmt: skip
_notices = sa.table("notices", sa.column("decision_id", sa.Text), sa.column("facts", sa.JSON))

_Version = tuple[str, str]
"""A rule, and the version of the policies."""


def upgrade() -> None:
    """Migrate to this version."""
    rows = op.get_bind()
    words = _words(rows)
    for decision, version in _all(rows):
        same = _decisions.c.decision_id == decision
        record: dict[str, Any] = rows.scalar(sa.select(_decisions.c.record).where(same)) or {}
        if version in words and "wording" not in record:
            rows.execute(sa.update(_decisions).where(same).values(record={**record, "wording": words[version]}))


def _words(rows: sa.Connection) -> dict[_Version, dict[str, Any]]:
    words_of: dict[_Version, dict[str, Any]] = {}
    query = sa.select(_decisions.c.rule, _decisions.c.policy_version, _notices.c.facts).where(
        _decisions.c.decision_id == _notices.c.decision_id
    )
    for row in rows.execute(query):
        if row.facts.get("shape") in _IMPOSED:  # the notices of erased accounts are empty
            version = (row.rule, row.policy_version)
            words = _wording(row.facts)
            if version not in words_of or words["discloses"] == "full":
                words_of[version] = words
    return words_of


def _all(rows: sa.Connection) -> list[tuple[str, _Version]]:
    query = sa.select(_decisions.c.decision_id, _decisions.c.rule, _decisions.c.policy_version)
    return [(row.decision_id, (row.rule, row.policy_version)) for row in rows.execute(query)]


def _wording(facts: dict[str, Any]) -> dict[str, Any]:
    reason = facts.get("reason", {})
    discloses = "sealed" if not reason else "full" if facts.get("numbers") else "general"
    reported = facts.get("cause") == "reports"
    clause = facts.get("clause") or {}
    by_language = {"en": clause} if isinstance(clause, str) else clause
    return {"clause": by_language, "reason": reason, "discloses": discloses, "reported": reported}


def downgrade() -> None:
    """Keep the wording, which earlier versions ignore."""
