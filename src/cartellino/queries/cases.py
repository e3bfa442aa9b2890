"""Cases: named reads of their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.actors import Actor
from cartellino.vocabulary.times import Duration, Instant

Row = sa.Row[Any]
"""A row of the table `cases`."""


def by_id(rows: Rows, case: str) -> Row | None:
    """Return a case; `None` if there is none of that id."""
    return rows.execute(sa.select(tables.cases).where(tables.cases.c.case_id == case)).one_or_none()


def of_decision(rows: Rows, decision: str) -> Sequence[Row]:
    """Return id, kind, outcome and status of the cases about a decision."""
    cases = tables.cases.c
    query = sa.select(cases.case_id, cases.kind, cases.outcome, cases.status)
    return list(rows.execute(query.where(cases.decision_id == decision)))


def of_account(rows: Rows, service: str, account: str, most: int) -> Sequence[Row]:
    """Return the cases of an account, of every kind, the latest first."""
    cases = tables.cases.c
    query = sa.select(tables.cases).where(cases.service == service, cases.account == account)
    return rows.execute(query.order_by(cases.opened_at.desc()).limit(most)).all()


def due_after(rows: Rows, due_at: Instant, having: Mapping[str, str], most: int) -> Sequence[Row]:
    """Return cases due after an instant, by deadline; `having` maps columns to the values that they must have."""
    cases = tables.cases.c
    conditions = (cases[name] == value for name, value in having.items())
    query = sa.select(tables.cases).where(cases.due_at > due_at, *conditions)
    return rows.execute(query.order_by(cases.due_at, cases.case_id).limit(most)).all()


def open_of(rows: Rows, kind: str, after: tuple[Instant, str] | None, most: int) -> Sequence[Row]:
    """Return a page of the open cases of a kind, or of every kind (`all`), the most urgent first.

    `after` is the deadline and id of the last case of the page before.
    """
    cases = tables.cases.c
    query = sa.select(tables.cases).where(_of_kind(kind), cases.status == "open")
    if after is not None:
        query = query.where(sa.tuple_(cases.due_at, cases.case_id) > after)
    return rows.execute(query.order_by(cases.due_at, cases.case_id).limit(most)).all()


def closed_of(rows: Rows, kind: str, after: tuple[Instant, str] | None, most: int) -> Sequence[Row]:
    """Return a page of the closed cases of a kind, or of every kind (`all`), the latest first.

    `after` is the closing time and id of the last case of the page before.
    """
    cases = tables.cases.c
    query = sa.select(tables.cases).where(_of_kind(kind), cases.status == "closed")
    if after is not None:
        query = query.where(sa.tuple_(cases.closed_at, cases.case_id) < after)
    return rows.execute(query.order_by(cases.closed_at.desc(), cases.case_id.desc()).limit(most)).all()


def _of_kind(kind: str) -> sa.ColumnElement[bool]:
    return sa.true() if kind == "all" else tables.cases.c.kind == kind


def next_open(rows: Rows, case: Row) -> str | None:
    """Return the open case of the same kind that is due next after one; `None` if it is the last."""
    cases = tables.cases.c
    beyond = sa.or_(cases.due_at > case.due_at, sa.and_(cases.due_at == case.due_at, cases.case_id > case.case_id))
    query = sa.select(cases.case_id).where(cases.kind == case.kind, cases.status == "open", beyond)
    return rows.scalar(query.order_by(cases.due_at, cases.case_id).limit(1))


def decided_alike(rows: Rows, case: Row, most: int) -> Sequence[Row]:
    """Return id, account, outcome and reason of other cases about the rule version of one, the latest decided first."""
    cases = tables.cases.c
    query = sa.select(cases.case_id, cases.account, cases.outcome, cases.reason).where(
        cases.rule_version == case.rule_version, cases.outcome.is_not(None), cases.case_id != case.case_id
    )
    return list(rows.execute(query.order_by(cases.closed_at.desc()).limit(most)))


def open_counts(rows: Rows, now: Instant, ages: Sequence[Duration]) -> Mapping[str, Sequence[int]]:
    """Return by kind how many cases are open, how many of them are late, and how many are younger than each age."""
    cases = tables.cases.c
    late = sa.func.sum(sa.case((cases.due_at < now, 1), else_=0))
    young = [sa.func.sum(sa.case((cases.opened_at > now - age, 1), else_=0)) for age in ages]
    query = sa.select(cases.kind, sa.func.count(), late, *young).where(cases.status == "open").group_by(cases.kind)
    return {kind: [int(count or 0) for count in counts] for kind, *counts in rows.execute(query)}


def took_part(rows: Rows, by: Actor, decision: Row, sanction: str) -> bool:
    """Say whether an operator took part in a decision: made, announced or reviewed it, or lifted or shortened its
    sanction."""
    cases, acts = tables.cases.c, tables.acts.c
    reviewed = sa.select(cases.closed_by).where(cases.decision_id == decision.decision_id, cases.kind == "review")
    if by in rows.scalars(reviewed).all():
        return True
    steps = tables.case_rows.c
    announced = sa.select(steps.by).join(tables.cases, cases.case_id == steps.case_id).where(
        cases.decision_id == decision.decision_id, cases.kind == "termination", steps.what == "opened"
    )  # fmt: skip
    if by in rows.scalars(announced).all():
        return True
    made = sa.select(acts.number).where(acts.by == by, acts.kind == "Impose")
    if rows.scalar(made.where(acts.data["decision"].as_string() == decision.decision_id).limit(1)) is not None:
        return True
    changed = sa.select(acts.number).where(acts.by == by, acts.kind.in_(("Lift", "Shorten")))
    return rows.scalar(changed.where(acts.data["sanction"].as_string() == sanction).limit(1)) is not None


def latest_appeal_of(rows: Rows, account: str) -> Row | None:
    """Return the latest appeal of an account, open or closed."""
    cases = tables.cases.c
    query = sa.select(tables.cases).where(cases.kind == "appeal", cases.account == account)
    return rows.execute(query.order_by(cases.opened_at.desc()).limit(1)).first()


def most_urgent_appeal(rows: Rows) -> Row | None:
    """Return the open appeal that is due first."""
    cases = tables.cases.c
    query = sa.select(tables.cases).where(cases.kind == "appeal", cases.status == "open")
    return rows.execute(query.order_by(cases.due_at, cases.case_id).limit(1)).first()


def open_since(rows: Rows, opened_before: Instant, but: str, most: int = 50) -> Sequence[Row]:
    """Return cases that were opened before an instant and are still open, except those of the account `but`."""
    cases = tables.cases.c
    query = sa.select(tables.cases).where(cases.status == "open", cases.opened_at < opened_before)
    return rows.execute(query.where(cases.account != but).limit(most)).all()


def near_deadline(rows: Rows, before: Instant, most: int) -> Sequence[Row]:
    """Return open cases due before an instant of which nobody was reminded, the most urgent first."""
    cases = tables.cases.c
    query = sa.select(tables.cases).where(cases.status == "open", cases.due_at <= before, cases.reminded_at.is_(None))
    return rows.execute(query.order_by(cases.due_at).limit(most)).all()


def beyond_deadline(rows: Rows, now: Instant, most: int) -> Sequence[Row]:
    """Return open cases whose deadline has passed without word of it; a termination takes effect then, and is not
    late."""
    cases = tables.cases.c
    query = sa.select(tables.cases).where(cases.status == "open", cases.due_at < now, cases.late_at.is_(None))
    return rows.execute(query.where(cases.kind != "termination").order_by(cases.due_at).limit(most)).all()


def decided_about(rows: Rows, case: Row, most: int) -> Sequence[Row]:
    """Return id, account, outcome and reason of other cases of the same kind and topic, the latest decided first."""
    cases = tables.cases.c
    query = sa.select(cases.case_id, cases.account, cases.outcome, cases.reason).where(
        cases.kind == case.kind, cases.topic == case.topic, cases.outcome.is_not(None), cases.case_id != case.case_id
    )
    return list(rows.execute(query.order_by(cases.closed_at.desc()).limit(most)))
