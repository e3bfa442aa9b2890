"""Whether an appeal against a sanction would be accepted now, so that none is offered that would be refused."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from cartellino.appeals.hearing import may_file
from cartellino.enforcement.standing import Sanction
from cartellino.enforcement.standings import Standings
from cartellino.notices.facts import Review
from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.ids import SanctionId
from cartellino.vocabulary.refusals import Refusal
from cartellino.vocabulary.times import Instant

MOST_APPEALS = 3
"""How often one sanction can be appealed, one after the other."""


def reviews(rows: Rows, standings: Standings, sanctions: Iterable[str], now: Instant) -> dict[str, Review]:
    """Return for each sanction whether a review can be asked for; `over` for an id that is unknown."""
    return {sanction: review_of(rows, standings, sanction, now) for sanction in dict.fromkeys(sanctions)}


def review_of(rows: Rows, standings: Standings, sanction: str, now: Instant) -> Review:
    """Return whether an appeal against a sanction is open, `possible` or `over` now."""
    try:
        person, imposed = standings.owner(SanctionId(sanction)), standings.sanction(SanctionId(sanction))
    except Refusal:
        return "over"  # decisions that brakes hold and notices for information have no sanction
    is_open, heard = filed(rows, sanction)
    if is_open:
        return "open"
    refused = may_file("-", imposed.starts_at, None, now, is_open=False, undone=is_undone(standings, person, imposed))
    return "possible" if heard < MOST_APPEALS and refused is None else "over"


def filed(rows: Rows, sanction: str) -> tuple[bool, int]:
    """Return whether an appeal against a sanction is open, and how many were heard."""
    cases = tables.cases.c
    closed = rows.scalars(sa.select(cases.closed_at).where(cases.sanction_id == sanction, cases.kind == "appeal")).all()
    heard = sum(at is not None for at in closed)
    return len(closed) > heard, heard


def is_undone(standings: Standings, person: AccountRef, sanction: Sanction) -> bool:
    """Say whether nothing is left to appeal against. A lifted sanction can be appealed while its strike counts."""
    strikes = [strike for strike in standings.standing(person).strikes if strike.decision == sanction.decision]
    return all(strike.revoked for strike in strikes) if strikes else sanction.lifted_at is not None
