"""Precision by rule version, and the monthly transparency report for the public.

The report has what article 24 of the DSA and the monthly reports of large messengers have: actions by kind and by
policy, the share without a report, appeals, reversals and median times. So that no person can be identified, counts
below five are shown as `<5`, and counts from which these could be worked out as `5+` or not at all (`learning.hidden`).
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from io import StringIO
from statistics import median
from typing import Any

import sqlalchemy as sa

from cartellino.enforcement.decision import BY_PEOPLE
from cartellino.enforcement.wording import wording_of
from cartellino.learning.hidden import FEW, FEWEST, MORE, SOME, Protected, Shown, protect, ranges, together
from cartellino.learning.judged import Judged, Precision, precision
from cartellino.policies.policyset import PolicySet
from cartellino.queries import orders
from cartellino.queries.authority_figures import of_complaints, of_orders
from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.refusals import BadArgument
from cartellino.vocabulary.times import DAY, Instant, show_instant

SANCTIONS = ("warning", "challenge", "restriction", "suspension", "ban")
OUTCOMES = ("upheld", "reversed", "shortened")


def precisions(rows: Rows, rule_version: str | None = None) -> dict[str, dict[str, Any]]:
    """Return by rule version its precision with the interval, and the counts that it was computed from."""
    decisions, cases, audits = tables.decisions.c, tables.cases.c, tables.audits.c
    query = sa.select(
        decisions.rule, decisions.rule_version, sa.func.count(sa.distinct(decisions.cluster)).label("clusters")
    )
    by_rules = decisions.rule_version != BY_PEOPLE
    query = query.where(decisions.mode == "live", decisions.kind.in_(SANCTIONS), by_rules)
    if rule_version is not None:
        query = query.where(decisions.rule_version == rule_version)
    by_version = {}
    for rule, version, clusters in rows.execute(query.group_by(decisions.rule, decisions.rule_version)):
        heard = sa.select(decisions.cluster, cases.outcome).join(
            tables.decisions, decisions.decision_id == cases.decision_id
        )
        heard = heard.where(
            cases.rule_version == version, cases.kind.in_(("appeal", "sibling")), cases.outcome.is_not(None)
        )
        appealed = [Judged(cluster, outcome != "reversed") for cluster, outcome in rows.execute(heard)]
        drawn = sa.select(audits.cluster, audits.right).where(audits.rule_version == version, audits.right.is_not(None))
        heard_of = {judged.cluster for judged in appealed}
        audited = [Judged(cluster, right) for cluster, right in rows.execute(drawn) if cluster not in heard_of]
        share = precision(appealed, audited, clusters - len(heard_of))
        by_version[version] = {"rule": rule, "rule_version": version, "decided_clusters": clusters, **_shown(share)}
        by_version[version] |= {"appeals_decided": len(appealed), "audited": len(audited)}
    return by_version


def _shown(share: Precision) -> dict[str, Any]:
    return {"precision": share.value, "low": share.low, "high": share.high, "looked_at": share.looked}


def per_day(rows: Rows, now: Instant, days: int = 7) -> dict[str, float]:
    """Return the volume of each rule: the mean number of accounts a day that it acted on in the last days."""
    decisions = tables.decisions.c
    recent = sa.and_(decisions.at > now - days * DAY, decisions.mode == "live", decisions.kind.in_(SANCTIONS))
    query = (
        sa.select(decisions.rule, sa.func.count(sa.distinct(decisions.account))).where(recent).group_by(decisions.rule)
    )
    return {rule: count / days for rule, count in rows.execute(query)}


def month(text: str) -> tuple[Instant, Instant]:
    """Return the first instant of a month `YYYY-MM` and of the next.

    Raises `BadArgument` for another form.
    """
    try:
        first = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)
        if not 1970 <= first.year <= 2100 or text != f"{first:%Y-%m}":
            raise ValueError
    except ValueError:
        raise BadArgument(f"`{text}` is no month; write it with four and two digits, as 2026-01") from None
    following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    return int(first.timestamp() * 1000), int(following.timestamp() * 1000)


def report(rows: Rows, policies: PolicySet, text: str) -> dict[str, Any]:
    """Return the transparency report of a month."""
    begin, end = month(text)
    names = sorted({rule.policy for rule in policies.rules})
    acted = _actions(rows, policies, names, begin, end)
    cases = tables.cases.c
    during = sa.and_(cases.opened_at >= begin, cases.opened_at < end)
    query = sa.select(cases.topic, cases.outcome, cases.opened_at, cases.closed_at, cases.due_at)
    filed = list(rows.execute(query.where(during, cases.kind == "appeal")))
    heard = _appeals(filed)
    appeals, total = heard["appeals"]["filed"], acted["actions_total"]
    is_told = isinstance(appeals, int) and isinstance(total, int) and total > 0
    heard["appeals"]["share_of_actions"] = round(appeals / total, 4) if is_told else None
    otherwise = protect(_found_wrong_otherwise(rows, begin, end), []).total
    of_authorities = {
        "complaints": of_complaints(rows, begin, end),
        "orders": of_orders(orders.every(rows), begin, end),
    }
    undone = {"total": together(heard["appeals"]["reversed"], otherwise), "without_request": otherwise}
    until = show_instant(min(end, _latest(rows)))
    return {"month": text, **acted, **heard, "taken_back": undone, **of_authorities, "as_of": until}


def total_actions(rows: Rows, policies: PolicySet, text: str) -> Shown:
    """Return how many actions the report of a month has in all."""
    begin, end = month(text)
    names = sorted({rule.policy for rule in policies.rules})
    total: Shown = _actions(rows, policies, names, begin, end)["actions_total"]
    return total


def _found_wrong_otherwise(rows: Rows, begin: Instant, end: Instant) -> int:
    """Return how many decisions were taken back that nobody had to ask for: by an operator, an incident, an undo.

    An appeal that was open about one is decided with it, and is among the appeals; so none counts twice.
    """
    acts, cases = tables.acts.c, tables.cases.c
    taken_back = acts.data["decision"].as_string()
    after_appeal = sa.select(cases.decision_id).where(
        cases.kind == "appeal", cases.outcome == "reversed", cases.decision_id.is_not(None)
    )
    inside = sa.and_(acts.kind == "Overturn", acts.at >= begin, acts.at < end, taken_back.not_in(after_appeal))
    return rows.scalar(sa.select(sa.func.count(sa.distinct(taken_back))).where(inside)) or 0


def _actions(rows: Rows, policies: PolicySet, names: list[str], begin: Instant, end: Instant) -> dict[str, Any]:
    decisions = tables.decisions.c
    inside = sa.and_(decisions.at >= begin, decisions.at < end, decisions.mode == "live", decisions.kind.in_(SANCTIONS))
    actions: Counter[str] = Counter(dict.fromkeys(SANCTIONS, 0))
    by_policy: Counter[str] = Counter()
    reported = 0
    counted = (
        sa.select(decisions.kind, decisions.rule, sa.func.count())
        .where(inside)
        .group_by(decisions.kind, decisions.rule)
    )
    for kind, rule, count in rows.execute(counted):
        actions[kind] += count
        by_policy[rule.partition("/")[0]] += count
        reported += count if (present := policies.rule(rule)) is not None and wording_of(present).reported else 0
    total = sum(actions.values())
    shown = protect(total, [actions, _named(by_policy, names, total)])
    hides = any(isinstance(count, str) for table in shown.tables for count in table.values())
    is_few = any(0 < count < FEWEST for count in (reported, total - reported))
    return {
        "actions": shown.tables[0],
        "actions_total": shown.total,
        "by_policy": shown.tables[1],
        "proactive_share": None if not total or hides or is_few else round(1 - reported / total, 4),
    }


def _named(counts: Counter[str], names: Sequence[str], total: int) -> dict[str, int]:
    """Return counts by name. Where all are hidden, all possible names are listed: the names alone would tell."""
    named = dict.fromkeys(names, 0) | dict(counts) if 0 < total < FEWEST else dict(counts)
    return dict(sorted(named.items()))


def _appeals(filed: Sequence[Any]) -> dict[str, Any]:
    """Return the figures of appeals, rows of `cases`, without those from which a small count follows."""
    closed = [case for case in filed if case.closed_at is not None]
    ends = Counter(case.outcome for case in closed)
    became = {outcome: ends.pop(outcome, 0) for outcome in OUTCOMES} | {"open": len(filed) - len(closed)}
    if ends:  # not shown, but they take part in the sum
        became["other"] = ends.total()
    shown = protect(len(filed), [became, dict(sorted(Counter(case.topic for case in filed).items()))])
    outcomes, topics = shown.tables
    decided = _decided(shown)
    in_time = sum(case.closed_at <= case.due_at for case in closed)
    restored = [case.closed_at - case.opened_at for case in closed if case.outcome == "reversed"]
    return {
        "grievances_by_topic": topics if shown.total != FEW else {},
        "appeals": {
            "filed": shown.total,
            "decided": decided,
            **{outcome: outcomes[outcome] for outcome in (*OUTCOMES, "open")},
            "within_deadline": _of_decided(in_time, decided),
            "median_hours_to_decide": _hours([case.closed_at - case.opened_at for case in closed], decided),
            "median_hours_to_restore": _hours(restored, outcomes["reversed"]),
        },
    }


def _decided(shown: Protected) -> Shown:
    """Return how many appeals were decided, as precisely as the other published figures tell: filed less open."""
    if shown.total == FEW:
        return FEW
    outcomes = {name: count for name, count in shown.tables[0].items() if name != "open"}
    known = [count for count in outcomes.values() if isinstance(count, int)]
    if len(known) == len(outcomes):
        return sum(known)
    still_open = shown.tables[0]["open"]
    if isinstance(shown.total, int) and isinstance(still_open, int):
        return shown.total - still_open
    return MORE if sum(ranges(shown)[0][name].least for name in outcomes) >= FEWEST else SOME


def _of_decided(count: int, decided: Shown) -> Shown | None:
    """Return how many of the decided appeals were in time; hidden or `None` if that count or the rest is small."""
    if not isinstance(decided, int):
        return None
    shown = protect(decided, [{"in time": count, "late": decided - count}])
    return shown.tables[0]["in time"] if shown.total == decided else None


def as_csv(shown: dict[str, Any]) -> str:
    """Return a report as CSV: a line for each figure, named by its path such as `appeals.filed`."""
    out = StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(["figure", "value"])
    lines.writerows(_flat(shown))
    return out.getvalue()


def _flat(shown: dict[str, Any], before: str = "") -> list[tuple[str, Any]]:
    lines: list[tuple[str, Any]] = []
    for name, value in shown.items():
        path = f"{before}{name}"
        lines += _flat(value, f"{path}.") if isinstance(value, dict) else [(path, "" if value is None else value)]
    return lines


def _hours(spans: Sequence[int], shown: Shown) -> float | None:
    """Return the median of spans in hours; `None` if they are few, or if showing it would reveal that they are not."""
    is_of_many = shown == MORE or (isinstance(shown, int) and shown >= FEWEST)
    return round(median(spans) / 3_600_000, 2) if is_of_many else None


def _latest(rows: Rows) -> Instant:
    return rows.scalar(sa.select(tables.progress.c.value).where(tables.progress.c.name == "clock")) or 0
