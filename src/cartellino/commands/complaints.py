"""Complaints are filed, confirmed by whoever receives the mail, and become cases.

A complaint counts once its address is confirmed, unless it is about a threat to life or the safety of a child, comes
from a trusted flagger, or nothing can be mailed from here. Then each of its subjects becomes a case, or joins the one
that is open about the same subject: thousands of complaints about one account are one case, and everybody is told.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from cartellino.appeals.complaints import MOST_OPEN, Complaint, File, Subject
from cartellino.appeals.deadlines import Deadline, deadline
from cartellino.appeals.hearing import NotNow, TooMuch, file_name
from cartellino.appeals.jurisdictions import Trigger
from cartellino.commands import case_log, mails
from cartellino.commands.legal_holds import preserve
from cartellino.commands.names import fingerprint, notice_code, random_id, secret
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.queries import complaints as filed
from cartellino.storage import tables
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.refusals import NotFound, Refusal
from cartellino.vocabulary.times import DAY, HOUR, Duration, show_instant

TO_CONFIRM: Duration = 7 * DAY
"""How long a complaint waits to be confirmed; then it is deleted."""

MOST_UNCONFIRMED = 5
"""Complaints that may be filed with an address within an hour before one of them is confirmed."""

MOST_ALARMS = 20
"""Messages `case.urgent` about complaints of anybody within an hour."""

KEPT: Duration = 365 * DAY
"""How long text and mail address are kept after a complaint was filed, once all of its cases are closed."""

_COMPLAINTS, _SUBJECTS, _CASES = tables.complaints.c, tables.complaint_subjects.c, tables.cases.c


class TooOften(Refusal):
    """Too many complaints with one address wait to be confirmed."""

    code = "too-often"


class Filed(NamedTuple):
    """A complaint that was filed: its code, the secret that confirms it, and whether it has to be confirmed."""

    code: str
    secret: str
    waits: bool


def file(
    unit: UnitOfWork, complaint: Complaint, files: Sequence[File] = (), door: str = "page", *,
    authority: str | None = None, can_mail: bool = True,
) -> Filed:  # fmt: skip
    """File a complaint that lacks nothing. `authority` is the trusted flagger that filed it.

    Raises `TooOften` while too many with its address wait to be confirmed, `TooMuch` while too many are undecided,
    `NotNow` while the handling of somebody's complaints is suspended and nothing has to be confirmed.
    """
    filer = filer_of(unit, complaint.mail)
    if complaint.is_fast and authority is None:
        complaint = _without_flood(unit, complaint, filer)
    waits = can_mail and not complaint.is_fast and authority is None
    if waits and unit.ask(partial(filed.unconfirmed_since, filer=filer, since=unit.now - HOUR)) >= MOST_UNCONFIRMED:
        raise TooOften("several complaints with this address wait to be confirmed; open the mails that we sent")
    if authority is None and not complaint.is_fast:
        _may_file_more(unit, filer, waits=waits)
    code, token = notice_code(), secret("cc")
    record = {"complaint": code, "filer": filer, "secret": fingerprint(token), "filed_at": unit.now, "door": door,
              "confirmed_at": None, "refused": None, "forgotten_at": None, "authority_id": authority,
              "mail": complaint.mail, "language": complaint.language, "country": complaint.country,
              "category": complaint.category, "text": complaint.text, "law": complaint.law}  # fmt: skip
    unit.put(tables.complaints, record)
    for subject in complaint.subjects:
        unit.insert(tables.complaint_subjects, {"complaint": code, "case_id": None, **_columns(subject)})
    for file_ in files:
        content = {"name": file_name(file_.name), "media_type": file_.media_type, "content": file_.content}
        unit.put(tables.attachments, {"attachment_id": random_id("f"), "case_id": code, "at": unit.now, **content})
    unit.record("complaint received", code)
    if waits:
        data = {"complaint": code, "secret": token}
        mails.send(unit, complaint.mail, complaint.language, "complaint_confirm", data)
    else:
        _count(unit, code, complaint, "flag" if authority else "complaint")
    return Filed(code, token, waits)


def _without_flood(unit: UnitOfWork, complaint: Complaint, filer: str) -> Complaint:
    """Return a complaint that counts at once, without its address if that was named too often within an hour: nobody
    has confirmed it, so it may be of somebody who is to be flooded. The complaint is taken all the same."""
    named = unit.ask(partial(filed.named_since, filer=filer, since=unit.now - HOUR))
    return complaint if named < MOST_UNCONFIRMED else msgspec.structs.replace(complaint, mail="")


def _may_file_more(unit: UnitOfWork, filer: str, *, waits: bool) -> None:
    if unit.ask(partial(filed.open_of_filer, filer=filer)) >= MOST_OPEN:
        raise TooMuch(f"{MOST_OPEN} complaints of this address are not decided yet; wait for the first of them")
    until = suspended_until(unit, filer)
    if until is not None and not waits:
        raise NotNow(f"complaints of this address are not handled until {show_instant(until)[:10]}")


def _columns(subject: Subject) -> dict[str, str]:
    is_account = subject.kind == "account"
    return {"kind": subject.kind, "service": subject.service, "account": subject.value if is_account else "",
            "address": "" if is_account else subject.value}  # fmt: skip


def filer_of(unit: UnitOfWork, mail: str) -> str:
    """Return the pseudonym of whoever has a mail address."""
    return unit.route.sequencer.ledger.pseudonym("mail", mail.casefold())


def suspended_until(unit: UnitOfWork, filer: str) -> int | None:
    """Return until when complaints of somebody are not handled; `None` if they are."""
    record = unit.ask(partial(filed.record_of, filer=filer, now=unit.now))
    return record.suspended_until if record.is_suspended(unit.now) else None


def confirm(unit: UnitOfWork, code: str, token: str) -> None:
    """Confirm a complaint, so that it counts from now on; to confirm it again changes nothing.

    Raises `NotFound` for a code or token that is none.
    """
    row = unit.ask(partial(filed.by_code, code=code))
    if row is None or not hmac.compare_digest(fingerprint(token), row.secret):
        raise NotFound("there is no complaint that this confirms")
    if row.confirmed_at is not None or row.refused is not None:
        return
    until = suspended_until(unit, row.filer)
    if until is not None:
        _refuse(unit, row, until)
        return
    subjects = tuple(Subject(one.kind, one.account or one.address, one.service)
                     for one in unit.ask(partial(filed.subjects_of, code=code)))  # fmt: skip
    complaint = Complaint(category=row.category, text=row.text, subjects=subjects, mail=row.mail, country=row.country,
                          language=row.language)  # fmt: skip
    _count(unit, code, complaint, "complaint")


def _refuse(unit: UnitOfWork, row: sa.Row[tuple[str]], until: int) -> None:
    values = {"refused": "suspended", "confirmed_at": unit.now}
    unit.change(sa.update(tables.complaints).where(_COMPLAINTS.complaint == row.complaint).values(**values))
    unit.record("complaint refused", row.complaint, "the handling is suspended")
    mails.send(unit, row.mail, row.language, "complaint_refused", {"complaint": row.complaint, "until": until})


def _count(unit: UnitOfWork, code: str, complaint: Complaint, trigger: Trigger) -> None:
    """Let a complaint count: every subject has its case from now on."""
    of_it = _COMPLAINTS.complaint == code
    unit.change(sa.update(tables.complaints).where(of_it).values(confirmed_at=unit.now))
    due = deadline(trigger, complaint.country or None, unit.now, complaint.category)
    joined = opened = 0
    for subject in complaint.subjects:
        columns = _columns(subject)
        about = (columns["service"], columns["account"], columns["address"])
        alike = unit.ask(partial(filed.open_alike, subject=about, fast=complaint.is_fast))
        if alike is not None:
            case, joined = _join(unit, alike, due), joined + 1
        else:
            case, opened = _open(unit, code, subject, complaint, due, trigger, opened), opened + 1
        same = (_SUBJECTS.complaint == code, *(_SUBJECTS[name] == value for name, value in columns.items()))
        unit.change(sa.update(tables.complaint_subjects).where(*same).values(case_id=case))
    kind = "complaint_joined" if joined == len(complaint.subjects) else "complaint_received"
    data = {"complaint": code, "due_at": unit.now + due.limit, "basis": due.basis, "country": complaint.country,
            "category": complaint.category}  # fmt: skip
    mails.send(unit, complaint.mail, complaint.language, kind, data)


def _join(unit: UnitOfWork, case: sa.Row[tuple[str]], due: Deadline) -> str:
    """Join an open case; it is due by the earliest of the deadlines."""
    if unit.now + due.limit < case.due_at:
        sooner = {"due_at": unit.now + due.limit, "legal_basis": due.basis, "reminded_at": None}
        unit.change(sa.update(tables.cases).where(_CASES.case_id == case.case_id).values(**sooner))
    return str(case.case_id)


def _open(unit: UnitOfWork, code: str, subject: Subject, complaint: Complaint, due: Deadline, trigger: Trigger,
          before: int) -> str:  # fmt: skip
    """Open a case; `before` is how many were opened for the same complaint already."""
    columns, person = _columns(subject), AccountRef(subject.service, _columns(subject)["account"])
    case = case_log.enter(
        unit, random_id("c"), "complaint", person, due, "flagger" if trigger == "flag" else "page",
        topic=complaint.category, text=complaint.text, region=complaint.country or None, said=code, recorded=True,
        state="received", address=columns["address"] or None,
    )  # fmt: skip
    unit.record("complaint opened", case, code)
    if complaint.is_fast:
        flagged = trigger == "flag"
        urgent(unit, case, person, complaint.category, unit.now + due.limit, before=None if flagged else before)
    return case


def urgent(
    unit: UnitOfWork, case: str, person: AccountRef, category: str, due_at: int, *, before: int | None = None
) -> None:
    """Keep the data of an account that a case before all others is about, and tell the webhooks.

    Nobody has to confirm such a complaint, so a flood of them must not deafen whoever is woken: of those by anybody
    (`before` is how many came first in this transaction) the message goes out `MOST_ALARMS` times in an hour, and the
    last of them says so. All cases are in the queue, however many.
    """
    if person.account:
        preserve(unit, person, f"case {case}")
    data = {"case_id": case, "kind": "complaint", "category": category, "due_at": due_at}
    if before is not None:
        count = before + unit.ask(partial(filed.fast_since, since=unit.now - HOUR))
        if count >= MOST_ALARMS:
            return
        data["is_last"] = count == MOST_ALARMS - 1
    unit.send("case.urgent", *person, data)


def forget(unit: UnitOfWork) -> None:
    """Delete complaints that nobody confirmed, and empty the texts and addresses of those that are long closed."""
    stale = _COMPLAINTS.confirmed_at.is_(None) & (_COMPLAINTS.filed_at < unit.now - TO_CONFIRM)
    codes = sa.select(_COMPLAINTS.complaint).where(stale)
    unit.change(sa.delete(tables.attachments).where(tables.attachments.c.case_id.in_(codes)))
    unit.change(sa.delete(tables.complaint_subjects).where(_SUBJECTS.complaint.in_(codes)))
    unit.change(sa.delete(tables.complaints).where(stale))
    still_open = sa.select(_SUBJECTS.complaint).join(tables.cases, _CASES.case_id == _SUBJECTS.case_id).where(
        _CASES.closed_at.is_(None)
    )  # fmt: skip
    old = (_COMPLAINTS.filed_at < unit.now - KEPT) & _COMPLAINTS.forgotten_at.is_(None)
    closed = sa.select(_COMPLAINTS.complaint).where(old, _COMPLAINTS.complaint.not_in(still_open))
    unit.change(sa.delete(tables.attachments).where(tables.attachments.c.case_id.in_(closed)))
    emptied = {"text": "", "mail": "", "forgotten_at": unit.now}
    unit.change(sa.update(tables.complaints).where(_COMPLAINTS.complaint.in_(closed)).values(**emptied))
