"""How often appeals succeed: the share that ended in a reversal or a shorter sanction, by card and offence number.

It is computed from this service's own closed appeals. A group of fewer than five is left out.
"""

from __future__ import annotations

import sqlalchemy as sa

from cartellino.learning.precision import Share
from cartellino.notices import cards
from cartellino.storage import tables
from cartellino.storage.database import Rows

FEWEST = 5
ANY, THIRD = 0, 3
"""Third and later offences are counted together; `ANY` stands for all of them."""

Chances = dict[tuple[str, int], Share]


def chances(rows: Rows) -> Chances:
    """Return the share of successful appeals by card (`green`, `yellow`, `red`) and offence (1, 2, `THIRD`, `ANY`)."""
    cases, decisions = tables.cases.c, tables.decisions.c
    strike = decisions.record["strike"].as_integer()
    number = sa.case((strike.is_(None) | (strike < 1), 1), (strike > THIRD, THIRD), else_=strike)
    helped = sa.func.sum(sa.case((cases.outcome.in_(("reversed", "shortened")), 1), else_=0))
    query = sa.select(decisions.kind, number.label("number"), helped, sa.func.count())
    query = query.join(tables.cases, cases.decision_id == decisions.decision_id)
    query = query.where(cases.kind == "appeal", cases.outcome.is_not(None)).group_by(decisions.kind, "number")
    counts: dict[tuple[str, int], tuple[int, int]] = {}
    for kind, offence, hits, of in rows.execute(query):
        card = cards.CARD_OF_ACTION.get(kind, "yellow")
        for key in ((card, int(offence)), (card, ANY)):
            before = counts.get(key, (0, 0))
            counts[key] = (before[0] + int(hits), before[1] + int(of))
    return {key: Share(*both) for key, both in counts.items() if both[1] >= FEWEST}
