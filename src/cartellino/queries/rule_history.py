"""What rules did over time: how many decisions, by version, by day, by rule."""

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
    """Return the versions of a rule that imposed something: `first` and `last` decision, and how `many`."""
    decided = tables.decisions.c
    asked = sa.select(
        decided.rule_version, sa.func.min(decided.at).label("first"), sa.func.max(decided.at).label("last"),
        sa.func.count().label("many"),
    )  # fmt: skip
    asked = asked.where(decided.rule == rule, decided.mode == "live", decided.kind.in_(SANCTIONS))
    return list(rows.execute(asked.group_by(decided.rule_version).order_by(sa.desc("first")).limit(most)))


def revoked_strikes(rows: Rows, rule: str) -> Mapping[str, int]:
    """Return by version of a rule how many of its strikes were revoked."""
    decided, strikes = tables.decisions.c, tables.strikes.c
    asked = sa.select(decided.rule_version, sa.func.count()).join(
        tables.strikes, strikes.decision_id == decided.decision_id
    )
    asked = asked.where(decided.rule == rule, strikes.revoked.is_(True)).group_by(decided.rule_version)
    return {row[0]: row[1] for row in rows.execute(asked)}


def days_of(rows: Rows, rule: str, since: Instant) -> Mapping[Instant, int]:
    """Return by day, named by its beginning, how often a rule decided, in whatever mode."""
    decided = tables.decisions.c
    day = decided.at - decided.at % DAY
    asked = sa.select(day.label("day"), sa.func.count()).where(
        decided.rule == rule, decided.at > since, decided.mode.in_(("live", "shadow", "held"))
    )
    return {int(at): count for at, count in rows.execute(asked.group_by("day"))}


def first_since(rows: Rows, since: Instant) -> Instant | None:
    """Return when the first decision after an instant was made; `None` if there is none."""
    decided = tables.decisions.c
    found: Instant | None = rows.scalar(sa.select(sa.func.min(decided.at)).where(decided.at > since))
    return found


def by_rule(rows: Rows, since: Instant, step: Duration) -> Sequence[tuple[str, Instant, int]]:
    """Return how many decisions of a rule were carried out in a step of time: the rule, its beginning, the count."""
    decided = tables.decisions.c
    bucket = decided.at - decided.at % step
    asked = sa.select(decided.rule, bucket.label("bucket"), sa.func.count())
    asked = asked.where(decided.at > since, decided.mode == "live").group_by(decided.rule, "bucket")
    return [(rule, int(at), count) for rule, at, count in rows.execute(asked)]
