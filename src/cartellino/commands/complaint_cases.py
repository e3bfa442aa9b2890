"""Cases of complaints: a person verifies them, refers them outward, decides them; everybody who complained is told."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import sqlalchemy as sa

from cartellino.appeals.categories import FAST, Category
from cartellino.appeals.complaints import OUTCOMES, Outcome, may_move
from cartellino.appeals.deadlines import deadline
from cartellino.appeals.hearing import LONGEST_TEXT, NotNow, TooMuch, may_decide
from cartellino.appeals.jurisdictions import Trigger
from cartellino.appeals.plain_text import line, text
from cartellino.commands import case_log, mails
from cartellino.commands.cases import case_of, close
from cartellino.commands.complaints import urgent
from cartellino.commands.legal_holds import release
from cartellino.commands.names import random_id
from cartellino.commands.people_decisions import identity_of, impose, said_in
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.enforcement.action import Action
from cartellino.enforcement.wording import Wording
from cartellino.queries import case_files
from cartellino.queries import complaints as filed
from cartellino.storage import tables
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.ids import RuleId
from cartellino.vocabulary.refusals import BadArgument, NotFound
from cartellino.vocabulary.times import show_instant

_CASES, _COMPLAINTS, _SUBJECTS = tables.cases.c, tables.complaints.c, tables.complaint_subjects.c

MOST_TOLD = 100_000
"""At most so many people are told of one decision at once."""


def open_texts(unit: UnitOfWork, case: str, reason: str) -> dict[str, Any]:
    """Return a case with everything that was filed, for somebody who needs it; who did, and why, is in the ledger.

    Raises `BadArgument` without a reason.
    """
    row = _case(unit, case)
    if not reason.strip():
        raise BadArgument("say why you have to read this; it stands in the ledger")
    case_log.note(unit, case, "read", reason)
    unit.record("complaint read", row.case_id, reason)
    return unit.ask(partial(case_files.shown, case=case, veiled=False)) or {}


def verify(unit: UnitOfWork, case: str, role: str, note: str) -> None:
    """Note that a person has looked, and that the complaint can be decided.

    Raises `NotYours` when this operator may not, `NotNow` when it is further already.
    """
    row = _case(unit, case)
    _may(unit, row, role)
    _must_follow(row, "verified")
    case_log.move(unit, row, "verified", note)


def sort_into(unit: UnitOfWork, case: str, role: str, category: Category, reason: str) -> dict[str, Any]:
    """Move a case into another category, with the deadline that this has, from the moment at which it came.

    What is no emergency is shown like everything else from then on, and its legal hold ends; what turns out to be one
    comes before all others. Raises `NotNow` for a case that is decided or in this category, `BadArgument` for no
    reason.
    """
    row = _case(unit, case)
    _may(unit, row, role)
    if row.state not in ("received", "verified") or category == row.topic:
        raise NotNow(f"a complaint that is {row.state}, of the category {row.topic}, is not moved to {category}")
    if not reason.strip():
        raise BadArgument("say why it belongs there")
    trigger: Trigger = "flag" if row.door == "flagger" else "complaint"
    due = deadline(trigger, row.region, row.opened_at, category)
    values = {"topic": category, "due_at": row.opened_at + due.limit, "legal_basis": due.basis, "reminded_at": None,
              "late_at": None}  # fmt: skip
    unit.change(sa.update(tables.cases).where(_CASES.case_id == case).values(**values))
    person = AccountRef(row.service, row.account)
    if category in FAST and row.topic not in FAST:
        urgent(unit, case, person, category, values["due_at"])
    elif category not in FAST:
        release(unit, person, f"case {case}")
    case_log.note(unit, case, "sorted", f"{row.topic} → {category}: {reason}")
    unit.record("complaint sorted", case, reason)
    return {"case_id": case, "category": category, "due_at": show_instant(row.opened_at + due.limit)}


def decide(
    unit: UnitOfWork, case: str, role: str, outcome: Outcome, reasons: Mapping[str, str],
    action: Action | None = None, to_account: Mapping[str, str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Decide a case of complaints. `reasons` go to those who complained, `to_account` to the account, by language.

    With `acted` and an `action` the account is sanctioned; without one, something else was done, as content removed.

    Raises `NotYours` when this operator may not decide it, `NotNow` when nobody can, `BadArgument` for what is missing.
    """
    row, told = _case(unit, case), said_in(reasons)
    _may(unit, row, role)
    _must_follow(row, "decided")
    _must_have(row, outcome, told, action, to_account or {})
    result: dict[str, Any] = {"case_id": case, "outcome": outcome, "sanction_id": None}
    if action is not None:
        result["sanction_id"] = _sanction(unit, row, action, said_in(to_account or {}))
    case_log.move(unit, row, "decided")
    unit.change(sa.update(tables.cases).where(_CASES.case_id == case).values(reasons=told))
    close(unit, row, outcome, told["en"])
    if outcome != "acted":
        release(unit, AccountRef(row.service, row.account), f"case {case}")
    result["told"] = _tell(unit, case, "complaint_decided", {"outcome": outcome, "reasons": told})
    return result


def refer(
    unit: UnitOfWork, case: str, role: str, recipient: str, country: str, law: str, note: str
) -> dict[str, Any]:  # fmt: skip
    """Note that a case was sent to an authority or hotline, as the law asks; those who complained are told where they
    can turn to themselves. Return the id of the referral, under which its receipt is kept.
    """
    row = _case(unit, case)
    _may(unit, row, role)
    recipient, law, note = line(recipient), line(law), text(note)
    if not recipient or not law:
        raise BadArgument("a referral needs a recipient and the law that asks for it")
    if row.state != "referred":
        _must_follow(row, "referred")
    identity = random_id("x")
    record = {"referral_id": identity, "case_id": case, "recipient": recipient, "country": country, "law": law,
              "note": note, "at": unit.now, "by": unit.by, "receipt": None, "receipt_at": None}  # fmt: skip
    unit.put(tables.referrals, record)
    told = {"told": 0}
    if row.state != "referred":
        case_log.move(unit, row, "referred", f"{recipient} ({law})")
        close(unit, row, "referred", f"{recipient} ({law})")
        data = {"recipient": recipient, "law": law, "country": row.region or country, "category": row.topic}
        told["told"] = _tell(unit, case, "complaint_referred", data)
    else:
        case_log.note(unit, case, "referred", f"{recipient} ({law})")
        unit.record("complaint referred", case, recipient)
    return {"referral_id": identity, "case_id": case, **told}


def enter_receipt(unit: UnitOfWork, referral: str, receipt: str) -> dict[str, Any]:
    """Note the receipt that an authority gave for a referral.

    Raises `NotFound` when there is no such referral, `BadArgument` for no receipt, `NotNow` when there is one already.
    """
    row = unit.ask(partial(filed.referral, identity=referral))
    if row is None:
        raise NotFound(f"there is no referral `{referral}`")
    noted = line(receipt)[:LONGEST_TEXT]
    if not noted:
        raise BadArgument("say what shows that it was received: a number, or who confirmed it")
    if row.receipt is not None:
        raise NotNow("the receipt of this referral is noted already")
    given = {"receipt": noted, "receipt_at": unit.now}
    unit.change(sa.update(tables.referrals).where(tables.referrals.c.referral_id == referral).values(**given))
    case_log.note(unit, row.case_id, "receipt", noted)
    unit.record("referral receipt", row.case_id, receipt)
    return {"referral_id": referral, "case_id": row.case_id, "receipt": given["receipt"]}


def close_old(unit: UnitOfWork) -> int:
    """Close the complaints against whose decision nobody can turn any more, at most 500; return how many."""
    window = deadline("window", None, unit.now).limit
    due = sa.select(tables.cases).where(
        _CASES.kind == "complaint", _CASES.state.in_(("decided", "referred")), _CASES.closed_at < unit.now - window
    )
    rows = unit.read(due.limit(500))
    for row in rows:
        case_log.move(unit, row, "closed")
    return len(rows)


def _case(unit: UnitOfWork, case: str) -> sa.Row[Any]:
    row = case_of(unit, case)
    if row.kind != "complaint":
        raise NotNow(f"`{case}` is a case of the kind {row.kind}, not of complaints")
    return row


def _may(unit: UnitOfWork, row: sa.Row[Any], role: str) -> None:
    is_over = row.state in ("decided", "closed")
    if refusal := may_decide(unit.by, role, took_part=False, closed=is_over):
        raise refusal


def _must_follow(row: sa.Row[Any], state: str) -> None:
    if not may_move(row.state, state):  # type: ignore[arg-type]
        raise NotNow(f"a complaint that is {row.state} does not become {state}")


def _must_have(
    row: sa.Row[Any], outcome: str, told: Mapping[str, str], action: Action | None, to_account: Mapping[str, str]
) -> None:
    if outcome not in OUTCOMES:
        raise BadArgument(f"an outcome is one of {', '.join(OUTCOMES)}")
    if not told:
        raise BadArgument("an outcome needs a reason, in words that can be told to those who complained")
    if any(len(text) > LONGEST_TEXT for text in (*told.values(), *to_account.values())):
        raise TooMuch(f"a reason has at most {LONGEST_TEXT:,} letters")
    if action is None:
        return
    if outcome != "acted" or not row.account:
        raise BadArgument("an action goes only with the outcome `acted`, and only if the case is about an account")
    if not said_in(to_account):
        raise BadArgument("a sanction needs a reason for the account holder, which does not say who complained")


def _sanction(unit: UnitOfWork, row: sa.Row[Any], action: Action, reason: Mapping[str, str]) -> str:
    clause = {"en": f"Complaint, {row.topic.replace('_', ' ')}"}
    wording = Wording(0, clause, dict(reason), "full", reported=True)
    person, about = AccountRef(row.service, row.account), RuleId(f"complaints/{row.topic}")
    identity = identity_of(row.case_id, str(unit.now))
    case_log.note(unit, row.case_id, "sanctioned", identity)
    return impose(unit, person, identity, about, action, wording, reason["en"])


def _tell(unit: UnitOfWork, case: str, kind: str, data: Mapping[str, Any]) -> int:
    """Tell everybody whose complaint is part of a case, each in their language; return how many."""
    rows = unit.ask(partial(filed.of_case, case=case, most=MOST_TOLD))
    told = [(row.mail, row.language, {"complaint": row.complaint, **data}) for row in rows]
    return mails.send_all(unit, told, kind)
