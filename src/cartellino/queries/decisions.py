"""Decisions, as the database keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.times import Instant

Row = sa.Row[Any]
"""A row of the table `decisions`; its head is what lists show: all but the evidence."""


def by_id(rows: Rows, decision: str | None) -> Row | None:
    """Return a decision; `None` if there is none of that id."""
    return rows.execute(sa.select(tables.decisions).where(tables.decisions.c.decision_id == decision)).one_or_none()


def record_of(rows: Rows, decision: str) -> dict[str, Any] | None:
    """Return the record of a decision, with its evidence; `None` if there is no such decision."""
    asked = sa.select(tables.decisions.c.record).where(tables.decisions.c.decision_id == decision)
    return rows.scalar(asked)


def in_order(rows: Rows, after: int, having: Mapping[str, str], most: int) -> Sequence[Row]:
    """Return decisions on events after a sequence, in the order of the log; `having` are columns and their values."""
    decided = tables.decisions.c
    conditions = (decided[name] == value for name, value in having.items())
    asked = sa.select(tables.decisions).where(decided.sequence > after, *conditions)
    return rows.execute(asked.order_by(decided.sequence, decided.decision_id).limit(most)).all()


def latest(rows: Rows, account: str, rule: str, before: tuple[Instant, str] | None, most: int) -> Sequence[Row]:
    """Return the heads of decisions, the latest first, that come after a place in that list.

    Only those about an account, or by a rule, where that is not empty.
    """
    decided = tables.decisions.c
    asked = _heads()
    for column, value in ((decided.account, account), (decided.rule, rule)):
        asked = asked.where(column == value) if value else asked
    if before is not None:
        at, identity = before
        asked = asked.where(sa.or_(decided.at < at, sa.and_(decided.at == at, decided.decision_id < identity)))
    return list(rows.execute(asked.order_by(decided.at.desc(), decided.decision_id.desc()).limit(most)))


def of_account(rows: Rows, service: str, account: str, most: int) -> Sequence[Row]:
    """Return the heads of decisions about an account, the latest first."""
    decided = tables.decisions.c
    mine = _heads().where(decided.service == service, decided.account == account)
    return list(rows.execute(mine.order_by(decided.at.desc()).limit(most)))


def latest_live_at(rows: Rows, service: str, account: str) -> Instant | None:
    """Return when the latest decision about an account was carried out; `None` if none was."""
    decided = tables.decisions.c
    asked = sa.select(decided.at).where(decided.service == service, decided.account == account, decided.mode == "live")
    return rows.scalar(asked.order_by(decided.at.desc()).limit(1))


def in_campaign_with(rows: Rows, decision: Row, most: int) -> Sequence[Row]:
    """Return the heads of decisions like one, about other accounts that share a device or address with it."""
    decided = tables.decisions.c
    asked = _alike(decision).where(decided.cluster == decision.cluster)
    return list(rows.execute(asked.order_by(decided.at.desc()).limit(most)))


def alike(rows: Rows, decision: Row, most: int) -> Sequence[Row]:
    """Return the heads of decisions by the same rule version in the same mode, about other accounts."""
    return list(rows.execute(_alike(decision).order_by(tables.decisions.c.at.desc()).limit(most)))


def campaign_of(rows: Rows, service: str, account: str, most: int) -> Sequence[AccountRef]:
    """Return who else was decided upon with the device or address of an account's decisions."""
    decided = tables.decisions.c
    mine = sa.and_(decided.service == service, decided.account == account, decided.cluster != "erased")
    clusters = rows.scalars(sa.select(decided.cluster).where(mine).distinct().limit(20)).all()
    others = sa.select(decided.service, decided.account).where(
        decided.cluster.in_(clusters), decided.account != account
    )
    return [AccountRef(row.service, row.account) for row in rows.execute(others.distinct().limit(most))]


def restricting_after(rows: Rows, sequence: int, most: int) -> Sequence[Row]:
    """Return decisions that were carried out and restrict, suspend or ban, on events after a sequence, in order."""
    decided = tables.decisions.c
    kinds = decided.kind.in_(("restriction", "suspension", "ban"))
    due = sa.and_(decided.sequence > sequence, decided.mode == "live", kinds)
    return rows.execute(sa.select(tables.decisions).where(due).order_by(decided.sequence).limit(most)).all()


def known_answer(rows: Rows, decision: str) -> Row | None:
    """Return the row that says whether a golden decision is right, and why; `None` if it is not golden."""
    return rows.execute(sa.select(tables.golden).where(tables.golden.c.decision_id == decision)).one_or_none()


def sanctions_of(rows: Rows, decision: str) -> Sequence[Row]:
    """Return the sanctions that a decision imposed."""
    return rows.execute(sa.select(tables.sanctions).where(tables.sanctions.c.decision_id == decision)).all()


def offence_number(rows: Rows, decision: str) -> int | None:
    """Return which strike a decision was on its ladder; `None` if it made none, or there is no such decision."""
    strike = sa.select(tables.decisions.c.record["strike"].as_integer())
    return rows.scalar(strike.where(tables.decisions.c.decision_id == decision))


def rules_against(rows: Rows, account: str) -> Sequence[str]:
    """Return the rules that were carried out against an account, the latest first."""
    decided = tables.decisions.c
    asked = sa.select(decided.rule).where(decided.account == account, decided.mode == "live")
    return rows.scalars(asked.order_by(decided.at.desc())).all()


def _heads() -> sa.Select[Any]:
    decided = tables.decisions.c
    return sa.select(
        decided.decision_id, decided.at, decided.service, decided.account, decided.rule, decided.kind, decided.mode
    )


def _alike(decision: Row) -> sa.Select[Any]:
    decided = tables.decisions.c
    return _heads().where(
        decided.rule_version == decision.rule_version, decided.decision_id != decision.decision_id,
        decided.mode == decision.mode, decided.account != decision.account,
    )  # fmt: skip
