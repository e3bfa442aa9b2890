"""Decisions: named reads of their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from cartellino.enforcement.decision import BY_PEOPLE
from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.times import Instant

Row = sa.Row[Any]
"""A row of the table `decisions`. Its head is what lists show: id, time, account, rule, kind and mode."""


def by_id(rows: Rows, decision: str | None) -> Row | None:
    """Return a decision; `None` if there is none of that id."""
    return rows.execute(sa.select(tables.decisions).where(tables.decisions.c.decision_id == decision)).one_or_none()


def record_of(rows: Rows, decision: str) -> dict[str, Any] | None:
    """Return the record of a decision, with its evidence; `None` if there is no such decision."""
    query = sa.select(tables.decisions.c.record).where(tables.decisions.c.decision_id == decision)
    return rows.scalar(query)


def in_order(rows: Rows, after: int, having: Mapping[str, str], most: int) -> Sequence[Row]:
    """Return decisions on events after a number of the log, in its order.

    `having` maps columns to the values that they must have.
    """
    decisions = tables.decisions.c
    conditions = (decisions[name] == value for name, value in having.items())
    query = sa.select(tables.decisions).where(decisions.sequence > after, *conditions)
    return rows.execute(query.order_by(decisions.sequence, decisions.decision_id).limit(most)).all()


def latest(rows: Rows, account: str, rule: str, before: tuple[Instant, str] | None, most: int) -> Sequence[Row]:
    """Return a page of the heads of decisions, the latest first.

    `account` and `rule` filter unless they are empty; `before` is the time and id of the last one of the page before.
    """
    decisions = tables.decisions.c
    query = _heads()
    for column, value in ((decisions.account, account), (decisions.rule, rule)):
        query = query.where(column == value) if value else query
    if before is not None:
        at, identity = before
        query = query.where(sa.or_(decisions.at < at, sa.and_(decisions.at == at, decisions.decision_id < identity)))
    return list(rows.execute(query.order_by(decisions.at.desc(), decisions.decision_id.desc()).limit(most)))


def of_account(rows: Rows, service: str, account: str, most: int) -> Sequence[Row]:
    """Return the heads of decisions about an account, the latest first."""
    decisions = tables.decisions.c
    query = _heads().where(decisions.service == service, decisions.account == account)
    return list(rows.execute(query.order_by(decisions.at.desc()).limit(most)))


def latest_live_at(rows: Rows, service: str, account: str) -> Instant | None:
    """Return when the latest decision about an account was carried out; `None` if none was."""
    decisions = tables.decisions.c
    query = sa.select(decisions.at).where(
        decisions.service == service, decisions.account == account, decisions.mode == "live"
    )
    return rows.scalar(query.order_by(decisions.at.desc()).limit(1))


def in_campaign_with(rows: Rows, decision: Row, most: int) -> Sequence[Row]:
    """Return the heads of decisions by the same rule version and mode about other accounts of the same campaign."""
    decisions = tables.decisions.c
    query = _alike(decision).where(decisions.cluster == decision.cluster)
    return list(rows.execute(query.order_by(decisions.at.desc()).limit(most)))


def alike(rows: Rows, decision: Row, most: int) -> Sequence[Row]:
    """Return the heads of decisions by the same rule version in the same mode, about other accounts."""
    return list(rows.execute(_alike(decision).order_by(tables.decisions.c.at.desc()).limit(most)))


def campaign_of(rows: Rows, service: str, account: str, most: int) -> Sequence[AccountRef]:
    """Return other accounts with decisions of the same campaigns: those that share a device or address."""
    decisions = tables.decisions.c
    of_account = sa.and_(decisions.service == service, decisions.account == account, decisions.cluster != "erased")
    clusters = rows.scalars(sa.select(decisions.cluster).where(of_account).distinct().limit(20)).all()
    others = sa.select(decisions.service, decisions.account).where(
        decisions.cluster.in_(clusters), decisions.account != account
    )
    return [AccountRef(row.service, row.account) for row in rows.execute(others.distinct().limit(most))]


def restricting_after(rows: Rows, sequence: int, most: int) -> Sequence[Row]:
    """Return decisions of rules that were carried out and restrict, suspend or ban, on events after a sequence, in
    order."""
    decisions = tables.decisions.c
    kinds = decisions.kind.in_(("restriction", "suspension", "ban"))
    by_rules = decisions.rule_version != BY_PEOPLE
    due = sa.and_(decisions.sequence > sequence, decisions.mode == "live", kinds, by_rules)
    return rows.execute(sa.select(tables.decisions).where(due).order_by(decisions.sequence).limit(most)).all()


def restricting_by_people(rows: Rows, after: Instant, most: int) -> Sequence[Row]:
    """Return what people decided about complaints after an instant that restricts, suspends or bans, in order.

    A person decides on no event, so these have no place in the order of the log. Orders of authorities are left out: no
    statement is due for them (DSA, article 17(5)).
    """
    decisions = tables.decisions.c
    kinds = decisions.kind.in_(("restriction", "suspension", "ban"))
    due = sa.and_(decisions.at > after, decisions.mode == "live", kinds, decisions.rule_version == BY_PEOPLE)
    query = sa.select(tables.decisions).where(due, decisions.rule.not_like("orders/%"))
    return rows.execute(query.order_by(decisions.at, decisions.decision_id).limit(most)).all()


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
    """Return the rules of the live decisions about an account, the latest first."""
    decisions = tables.decisions.c
    query = sa.select(decisions.rule).where(decisions.account == account, decisions.mode == "live")
    return rows.scalars(query.order_by(decisions.at.desc())).all()


def _heads() -> sa.Select[Any]:
    decisions = tables.decisions.c
    return sa.select(
        decisions.decision_id,
        decisions.at,
        decisions.service,
        decisions.account,
        decisions.rule,
        decisions.kind,
        decisions.mode,
    )


def _alike(decision: Row) -> sa.Select[Any]:
    decisions = tables.decisions.c
    return _heads().where(
        decisions.rule_version == decision.rule_version, decisions.decision_id != decision.decision_id,
        decisions.mode == decision.mode, decisions.account != decision.account,
    )  # fmt: skip
