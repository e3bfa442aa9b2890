"""Figures of complaints and orders for the public: how many, by whom, on which basis, and what became of them.

So that nobody can be identified, counts below five are hidden as in the transparency report (`learning.hidden`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

import sqlalchemy as sa

from cartellino.appeals.categories import CATEGORIES
from cartellino.appeals.complaints import OUTCOMES
from cartellino.appeals.orders import Held
from cartellino.learning.hidden import FEWEST, Shown, protect
from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.times import HOUR, Duration, Instant, show_instant

_BECAME = {"in_force": "complied", "complied": "complied", "partly_refused": "partly", "refused": "refused",
           "forged": "other", "withdrawn": "other", "referred": "other", "stayed": "other"}  # fmt: skip

_CASES, _COMPLAINTS, _SUBJECTS = tables.cases.c, tables.complaints.c, tables.complaint_subjects.c


def requests(orders: Iterable[Held], month: str = "") -> list[dict[str, Any]]:
    """Return the table of government requests: those received in a month, or all (empty).

    What is not fully public, or what nobody has decided yet and may be forged, is counted without name and basis.
    """
    groups: dict[tuple[str, str, str, str], list[Held]] = defaultdict(list)
    for held in orders:
        if not month or show_instant(held.timeline[0].at).startswith(f"{month}-"):
            groups[_group(held)].append(held)
    return [_row(group, listed) for group, listed in sorted(groups.items())]


def _group(held: Held) -> tuple[str, str, str, str]:
    order, is_full = held.order, held.order.visibility == "full" and held.is_told
    return order.country, order.authority if is_full else "", order.legal_basis if is_full else "", order.kind


def _row(group: tuple[str, str, str, str], listed: Sequence[Held]) -> dict[str, Any]:
    country, authority, basis, kind = group
    became = Counter(_BECAME[held.outcome] if held.outcome is not None else "waiting" for held in listed)
    names = ("complied", "partly", "refused", "other", "waiting")
    shown = protect(len(listed), [{name: became[name] for name in names}])
    spans = [held.decided_at - held.timeline[0].at for held in listed if held.decided_at is not None]
    return {
        "country": country, "authority": authority or None, "legal_basis": basis or None, "kind": kind,
        "number": shown.total, **shown.tables[0], "median_hours": _hours(spans),
    }  # fmt: skip


def _hours(spans: Sequence[Duration]) -> float | None:
    """Return the median of spans in hours; `None` if they are of few."""
    return round(median(spans) / HOUR, 2) if len(spans) >= FEWEST else None


def of_orders(orders: Iterable[Held], begin: Instant, end: Instant) -> dict[str, Any]:
    """Return the figures of the orders received in a time, for the monthly report."""
    listed = [held for held in orders if begin <= held.timeline[0].at < end]
    became = Counter(_BECAME[held.outcome] if held.outcome is not None else "waiting" for held in listed)
    names = ("complied", "partly", "refused", "other", "waiting")
    kinds = Counter(held.order.kind for held in listed)
    shown = protect(len(listed), [{name: became[name] for name in names}, dict(sorted(kinds.items()))])
    spans = [held.decided_at - held.timeline[0].at for held in listed if held.decided_at is not None]
    return {"received": shown.total, **shown.tables[0], "by_kind": shown.tables[1], "median_hours": _hours(spans)}


def of_complaints(rows: Rows, begin: Instant, end: Instant) -> dict[str, Any]:
    """Return the figures of the complaints that were filed and confirmed in a time, for the monthly report."""
    during = (_COMPLAINTS.confirmed_at >= begin, _COMPLAINTS.confirmed_at < end, _COMPLAINTS.refused.is_(None))
    by_category = sa.select(_COMPLAINTS.category, sa.func.count()).where(*during).group_by(_COMPLAINTS.category)
    filed = Counter({row[0]: int(row[1]) for row in rows.execute(by_category)})
    flagged = rows.scalar(sa.select(sa.func.count()).where(*during, _COMPLAINTS.authority_id.is_not(None))) or 0
    total = sum(filed.values())
    shown = protect(total, [
        {category: filed[category] for category in CATEGORIES if filed[category]},
        {"by_anybody": total - flagged, "by_trusted_flaggers": flagged},
    ])  # fmt: skip
    return {"filed": shown.total, "by_category": shown.tables[0], **shown.tables[1], **_cases(rows, begin, end)}


def _cases(rows: Rows, begin: Instant, end: Instant) -> dict[str, Any]:
    asked = sa.select(_CASES.outcome, _CASES.opened_at, _CASES.closed_at, _CASES.due_at).where(
        _CASES.kind == "complaint", _CASES.opened_at >= begin, _CASES.opened_at < end
    )
    listed = rows.execute(asked).all()
    became = Counter(case.outcome or "open" for case in listed)
    names = (*OUTCOMES, "referred", "open")
    shown = protect(len(listed), [{name: became[name] for name in names}])
    closed = [case for case in listed if case.closed_at is not None]
    in_time: Shown | None = None
    if len(closed) >= FEWEST:
        kept = sum(case.closed_at <= case.due_at for case in closed)
        in_time = protect(len(closed), [{"in time": kept, "late": len(closed) - kept}]).tables[0]["in time"]
    hours = _hours([case.closed_at - case.opened_at for case in closed])
    return {"cases": {"opened": shown.total, **shown.tables[0], "within_deadline": in_time, "median_hours": hours}}
