"""The docket: cases are entered, and what happens to them is noted, in one place for all kinds of case.

Every opening, addition and outcome is a row of the ledger as well, about the account whose case it is (law 5).
"""

from __future__ import annotations

import sqlalchemy as sa

from cartellino.appeals.deadlines import Deadline
from cartellino.commands.unit_of_work import Desk
from cartellino.storage import tables


def enter(
    desk: Desk, case: str, kind: str, person: tuple[str, str], due: Deadline, door: str, *, topic: str, text: str = "",
    sanction: str | None = None, decision: str | None = None, rule_version: str | None = None,
    region: str | None = None, said: str = "", recorded: bool = False,
) -> str:  # fmt: skip
    """Open a case, which has to be closed by its deadline, and let it be known.

    `recorded` says that the ledger has the row already: of a review, that its rule asked for it.
    """
    about = {"sanction_id": sanction, "decision_id": decision, "rule_version": rule_version, "region": region}
    times = {"opened_at": desk.now, "due_at": desk.now + due.limit, "legal_basis": due.basis}
    later = dict.fromkeys(("reminded_at", "closed_at", "closed_by", "outcome", "reason"))
    named = {
        "case_id": case,
        "kind": kind,
        "topic": topic,
        "status": "open",
        "service": person[0],
        "account": person[1],
    }
    desk.put(tables.cases, {**named, **about, "door": door, "text": text, **times, **later})
    note(desk, case, "opened", said or door)
    desk.send("case.opened", *person, {"case_id": case, "kind": kind, "sanction_id": sanction})
    if not recorded:
        desk.record_of(person, f"{kind} opened", said)
    return case


def add(desk: Desk, case: str, kind: str, person: tuple[str, str], text: str) -> None:
    """Add a text to an open case."""
    note(desk, case, "added", text)
    desk.record_of(person, f"{kind} added to")


def close(desk: Desk, case: str, kind: str, person: tuple[str, str], outcome: str, reason: str) -> None:
    """Close a case."""
    closed = {"status": "closed", "closed_at": desk.now, "closed_by": desk.by, "outcome": outcome, "reason": reason}
    desk.change(sa.update(tables.cases).where(tables.cases.c.case_id == case).values(**closed))
    note(desk, case, outcome, reason)
    desk.send("case.closed", *person, {"case_id": case, "kind": kind, "outcome": outcome})
    desk.record_of(person, f"{kind} {outcome}", reason)


def note(desk: Desk, case: str, what: str, said: str = "") -> None:
    """Write a row of a case's timeline."""
    desk.insert(tables.case_rows, {"case_id": case, "at": desk.now, "by": desk.by, "what": what, "said": said})
