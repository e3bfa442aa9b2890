"""Terminations of business accounts: announced with a statement of reasons, effective after the statutory period.

Regulation (EU) 2019/1150, article 4(2): at least thirty days before a termination takes effect, the business gets a
statement of the facts and of the ground in the terms, and may have it clarified (article 4(3)). `appeals.deadlines` has
the periods by region. Until the period ends, the account keeps working.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from cartellino.appeals.deadlines import deadline
from cartellino.appeals.hearing import NotNow
from cartellino.commands import case_log
from cartellino.commands.cases import case_of, close
from cartellino.commands.names import random_id
from cartellino.commands.notices import store_notice
from cartellino.commands.people_decisions import impose
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.enforcement.action import Action
from cartellino.enforcement.wording import Wording
from cartellino.notices.facts import Facts
from cartellino.storage import tables
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.ids import DecisionId, RuleId
from cartellino.vocabulary.refusals import NotFound
from cartellino.vocabulary.times import show_instant


def announce(
    unit: UnitOfWork, service: str, account: str, region: str | None, clause: str, reason: str
) -> dict[str, Any]:
    """Announce the termination of a business's account; return its case, when it takes effect, and the legal basis.

    Raises `NotNow` when it is announced already.
    """
    cases = tables.cases.c
    of_account = sa.and_(cases.kind == "termination", cases.service == service, cases.account == account)
    if unit.read(sa.select(cases.case_id).where(of_account, cases.closed_at.is_(None))):
        raise NotNow(f"the end of `{account}` is announced already")
    due, case = deadline("termination", region, unit.now), random_id("c")
    at = unit.now + due.limit
    person = AccountRef(service, account)
    case_log.enter(
        unit, case, "termination", person, due, "operator", topic="termination", text=clause,
        decision=f"d_{case[2:]}", region=region, said=reason,
    )  # fmt: skip
    pending = {"reason": reason, "reminded_at": unit.now}  # it takes effect by itself, so nobody needs a reminder
    unit.change(sa.update(tables.cases).where(cases.case_id == case).values(**pending))
    facts = Facts(shape="terminating", at=unit.now, clause=clause, said=reason, ends_at=at)
    store_notice(unit, facts, service, account)
    return {"case_id": case, "takes_effect": show_instant(at), "legal_basis": due.basis}


def withdraw(unit: UnitOfWork, case: str, reason: str) -> None:
    """Withdraw an announced termination.

    Raises `NotFound` when there is no open one under this id.
    """
    row = case_of(unit, case)
    if row.kind != "termination" or row.closed_at is not None:
        raise NotFound(f"there is no open termination `{case}`")
    close(unit, row, "withdrawn", reason)
    store_notice(unit, Facts(shape="withdrawn", at=unit.now, said=reason), row.service, row.account)


def terminate(unit: UnitOfWork) -> int:
    """Carry out announced terminations that are due, at most 100; return how many."""
    cases = tables.cases.c
    due = sa.and_(cases.kind == "termination", cases.closed_at.is_(None), cases.due_at <= unit.now)
    rows = unit.read(sa.select(tables.cases).where(due).limit(100))
    for row in rows:
        wording = Wording(0, {"en": row.text}, {"en": row.reason}, "full")
        about = RuleId("terms/termination")
        impose(unit, AccountRef(row.service, row.account), DecisionId(row.decision_id), about, Action("ban"), wording,
               row.reason)  # fmt: skip
        close(unit, row, "terminated", row.reason)
    return len(rows)
