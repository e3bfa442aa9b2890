"""What came of reports: the reporters' records learn it, and who reported hears it, without learning more."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from cartellino.commands.notices import delayed, tell
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.notices.facts import Facts
from cartellino.storage import tables
from cartellino.vocabulary.times import DAY, Instant

REACH = 7 * DAY
"""How long before a decision a report still belongs to it."""


def learn_outcome(unit: UnitOfWork, service: str, account: str, *, right: bool, until: Instant) -> None:
    """The reports of an account before `until` turned out right or wrong."""
    reports = tables.reports.c
    about = (reports.service == service) & (reports.account == account)
    for one in unit.read(sa.select(tables.reports).where(about, reports.at > until - REACH, reports.at <= until)):
        if one.right is right:
            continue
        judged = {"right": right, "judged_at": unit.now}
        unit.change(sa.update(tables.reports).where(reports.number == one.number).values(**judged))
        unit.reporters.learn(service, one.reporter, right=right, before=one.right)
        topic = "acted" if right else "other"
        shown = Facts(shape="report_outcome", at=unit.now, topic=topic)
        if one.judged_at is None:
            due = delayed(unit.now, str(one.number))
            tell(unit, shown, service, one.reporter, decision=f"r_{one.number}", due=due)
        else:
            waiting = tables.notices.c.decision_id == f"r_{one.number}", tables.notices.c.announced.is_(False)
            unit.change(sa.update(tables.notices).where(*waiting).values(facts=msgspec.to_builtins(shown)))
