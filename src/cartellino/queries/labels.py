"""Labels of accounts, from what people decided in cases and audits; policies are measured against them.

An account is abusive where a person upheld a decision on it, sanctioned it after a review, or judged the decision right
in a blind review. It is honest where a person reversed a decision, dismissed a review or judged the decision wrong.
The latest judgement counts.
"""

from __future__ import annotations

import sqlalchemy as sa

from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.accounts import AccountRef

_ABUSIVE = {"upheld": True, "shortened": True, "sanctioned": True, "reversed": False, "dismissed": False}


def labels(rows: Rows) -> dict[AccountRef, bool]:
    """Return whether each labelled account is abusive (`True`) or honest (`False`)."""
    cases, decisions, audits = tables.cases.c, tables.decisions.c, tables.audits.c
    heard = sa.select(cases.service, cases.account, cases.closed_at, cases.outcome)
    drawn = sa.select(decisions.service, decisions.account, audits.judged_at, audits.right).join(
        tables.audits, audits.decision_id == decisions.decision_id
    )
    said = [
        (at, service, account, _ABUSIVE[outcome])
        for service, account, at, outcome in rows.execute(heard.where(cases.outcome.in_(_ABUSIVE)))
    ]
    said += [
        (at, service, account, bool(right))
        for service, account, at, right in rows.execute(drawn.where(audits.right.is_not(None)))
    ]
    return {AccountRef(service, account): abusive for _, service, account, abusive in sorted(said)}
