"""Outcomes of reports: they update the reporters' records, and each reporter gets a notice that says no more."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from cartellino.commands.notices import delayed, store_notice
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.notices.facts import Facts
from cartellino.storage import tables
from cartellino.vocabulary.times import DAY, Instant

REACH = 7 * DAY
"""A report belongs to a decision that is made at most so long after it."""


def learn_outcome(unit: UnitOfWork, service: str, account: str, *, right: bool, until: Instant) -> None:
    """Record that the reports of an account in the time `REACH` before `until` were right or wrong.

    A report that was judged the other way before is corrected, and so is its notice if it was not announced yet.
    """
    reports = tables.reports.c
    about = (reports.service == service) & (reports.account == account)
    for report in unit.read(sa.select(tables.reports).where(about, reports.at > until - REACH, reports.at <= until)):
        if report.right is right:
            continue
        judged = {"right": right, "judged_at": unit.now}
        unit.change(sa.update(tables.reports).where(reports.number == report.number).values(**judged))
        unit.reporters.learn(service, report.reporter, right=right, before=report.right)
        topic = "acted" if right else "other"
        shown = Facts(shape="report_outcome", at=unit.now, topic=topic)
        if report.judged_at is None:
            due = delayed(unit.now, unit.route.salt, str(report.number))
            store_notice(unit, shown, service, report.reporter, decision=f"r_{report.number}", due=due)
        else:
            waiting = tables.notices.c.decision_id == f"r_{report.number}", tables.notices.c.announced.is_(False)
            unit.change(sa.update(tables.notices).where(*waiting).values(facts=msgspec.to_builtins(shown)))
