"""Opens and closes cases of every kind, and writes their timelines.

Every opening, addition and outcome is also a row of the ledger, about the account whose case it is (law 5).
"""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy as sa

from cartellino.appeals.deadlines import Deadline
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.storage import tables
from cartellino.vocabulary.accounts import AccountRef

_OUTCOMES = {"upheld": "decision upheld", "reversed": "decision reversed"}
"""How the ledger records outcomes that are about the decision, not about the case."""


def enter(
    unit: UnitOfWork, case: str, kind: str, person: AccountRef, due: Deadline, door: str, *, topic: str,
    text: str = "", sanction: str | None = None, decision: str | None = None, rule_version: str | None = None,
    region: str | None = None, said: str = "", recorded: bool = False, state: str | None = None,
    address: str | None = None,
) -> str:  # fmt: skip
    """Open a case with its deadline, announce it to webhooks, and return its id.

    `recorded` means that the ledger has a row about it already, as for a review that a rule asked for.
    """
    about = {"sanction_id": sanction, "decision_id": decision, "rule_version": rule_version, "region": region}
    times = {"opened_at": unit.now, "due_at": unit.now + due.limit, "legal_basis": due.basis}
    later = dict.fromkeys(("reminded_at", "closed_at", "closed_by", "outcome", "reason", "late_at", "reasons"))
    later |= {"state": state, "address": address}
    named = {
        "case_id": case,
        "kind": kind,
        "topic": topic,
        "status": "open",
        "service": person[0],
        "account": person[1],
    }
    unit.put(tables.cases, {**named, **about, "door": door, "text": text, **times, **later})
    note(unit, case, "opened", said or door)
    unit.send("case.opened", *person, {"case_id": case, "kind": kind, "sanction_id": sanction})
    if not recorded:
        unit.record_of(person, f"{kind} opened", said)
    return case


def add(unit: UnitOfWork, case: str, kind: str, person: AccountRef, text: str) -> None:
    """Add a text to an open case."""
    note(unit, case, "added", text)
    unit.record_of(person, f"{kind} added to")


def close(unit: UnitOfWork, case: str, kind: str, person: AccountRef, outcome: str, reason: str) -> None:
    """Close a case."""
    closed = {"status": "closed", "closed_at": unit.now, "closed_by": unit.by, "outcome": outcome, "reason": reason}
    unit.change(sa.update(tables.cases).where(tables.cases.c.case_id == case).values(**closed))
    note(unit, case, outcome, reason)
    unit.send("case.closed", *person, {"case_id": case, "kind": kind, "outcome": outcome})
    unit.record_of(person, _OUTCOMES.get(outcome, f"{kind} {outcome}"), reason)


def note(unit: UnitOfWork, case: str, what: str, said: str = "") -> None:
    """Add a row to a case's timeline."""
    unit.insert(tables.case_rows, {"case_id": case, "at": unit.now, "by": unit.by, "what": what, "said": said})


def announce(unit: UnitOfWork, case: sa.Row[Any], what: Literal["reminded", "late"], kind: str) -> None:
    """Say once, to webhooks and in its timeline, that a case is close to its deadline or beyond it."""
    note(unit, case.case_id, what)
    data = {"case_id": case.case_id, "kind": case.kind, "due_at": case.due_at, "legal_basis": case.legal_basis}
    unit.send(kind, case.service, case.account, data)
    told = {"reminded_at": unit.now} if what == "reminded" else {"late_at": unit.now}
    unit.change(sa.update(tables.cases).where(tables.cases.c.case_id == case.case_id).values(**told))


def move(unit: UnitOfWork, case: sa.Row[Any], state: str, said: str = "") -> None:
    """Note that a complaint or an order is in another state."""
    unit.change(sa.update(tables.cases).where(tables.cases.c.case_id == case.case_id).values(state=state))
    note(unit, case.case_id, state, said)
    unit.send("case.state", case.service, case.account, {"case_id": case.case_id, "kind": case.kind, "state": state})
    unit.record(f"{case.kind} {state}", case.case_id, said)
