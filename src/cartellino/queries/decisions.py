"""Decisions, as the database keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from cartellino.storage import tables
from cartellino.storage.database import Rows

Row = sa.Row[Any]
"""A row of the table `decisions`."""


def by_id(rows: Rows, decision: str | None) -> Row | None:
    """Return a decision; `None` if there is none of that id."""
    return rows.execute(sa.select(tables.decisions).where(tables.decisions.c.decision_id == decision)).one_or_none()


def offence_number(rows: Rows, decision: str) -> int | None:
    """Return which strike a decision was on its ladder; `None` if it made none, or there is no such decision."""
    strike = sa.select(tables.decisions.c.record["strike"].as_integer())
    return rows.scalar(strike.where(tables.decisions.c.decision_id == decision))


def rules_against(rows: Rows, account: str) -> Sequence[str]:
    """Return the rules that were carried out against an account, the latest first."""
    decided = tables.decisions.c
    asked = sa.select(decided.rule).where(decided.account == account, decided.mode == "live")
    return rows.scalars(asked.order_by(decided.at.desc())).all()
