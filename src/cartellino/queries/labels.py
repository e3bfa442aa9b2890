"""Who was right: what audits and hearings say about accounts, as labels to measure policies by.

An account is labelled abusive where a person upheld a decision on it, sanctioned it after a review, or found it right
in a blind look; and honest where a person took a decision back, dismissed a review or found it wrong. The latest word
counts.
"""

from __future__ import annotations

import sqlalchemy as sa

from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.accounts import AccountRef

_ABUSIVE = {"upheld": True, "shortened": True, "sanctioned": True, "reversed": False, "dismissed": False}


def labels(rows: Rows) -> dict[AccountRef, bool]:
    """Return by service and account whether it was found abusive (`True`) or honest (`False`)."""
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
