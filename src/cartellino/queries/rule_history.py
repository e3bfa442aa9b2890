"""The history of rules: counts of their decisions by version, day and rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from cartellino.queries.transparency import SANCTIONS
from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.times import DAY, Duration, Instant

Row = sa.Row[Any]


def versions_of(rows: Rows, rule: str, most: int = 20) -> Sequence[Row]:
    """Return the versions of a rule that imposed sanctions: times of the `first` and `last`, and how `many`."""
    decisions = tables.decisions.c
    query = sa.select(
        decisions.rule_version, sa.func.min(decisions.at).label("first"), sa.func.max(decisions.at).label("last"),
        sa.func.count().label("many"),
    )  # fmt: skip
    query = query.where(decisions.rule == rule, decisions.mode == "live", decisions.kind.in_(SANCTIONS))
    return list(rows.execute(query.group_by(decisions.rule_version).order_by(sa.desc("first")).limit(most)))


def revoked_strikes(rows: Rows, rule: str) -> Mapping[str, int]:
    """Return by version of a rule how many of its strikes were revoked."""
    decisions, strikes = tables.decisions.c, tables.strikes.c
    query = sa.select(decisions.rule_version, sa.func.count()).join(
        tables.strikes, strikes.decision_id == decisions.decision_id
    )
    query = query.where(decisions.rule == rule, strikes.revoked.is_(True)).group_by(decisions.rule_version)
    return {row[0]: row[1] for row in rows.execute(query)}


def days_of(rows: Rows, rule: str, since: Instant) -> Mapping[Instant, int]:
    """Return how many decisions a rule made in any mode, by the first instant of each day."""
    decisions = tables.decisions.c
    day = decisions.at - decisions.at % DAY
    query = sa.select(day.label("day"), sa.func.count()).where(
        decisions.rule == rule, decisions.at > since, decisions.mode.in_(("live", "shadow", "held"))
    )
    return {int(at): count for at, count in rows.execute(query.group_by("day"))}


def first_since(rows: Rows, since: Instant) -> Instant | None:
    """Return when the first decision after an instant was made; `None` if there is none."""
    decisions = tables.decisions.c
    first: Instant | None = rows.scalar(sa.select(sa.func.min(decisions.at)).where(decisions.at > since))
    return first


def by_rule(rows: Rows, since: Instant, step: Duration) -> Sequence[tuple[str, Instant, int]]:
    """Return rule, beginning of a step of time, and how many live decisions the rule made in it."""
    decisions = tables.decisions.c
    bucket = decisions.at - decisions.at % step
    query = sa.select(decisions.rule, bucket.label("bucket"), sa.func.count())
    query = query.where(decisions.at > since, decisions.mode == "live").group_by(decisions.rule, "bucket")
    return [(rule, int(at), count) for rule, at, count in rows.execute(query)]
