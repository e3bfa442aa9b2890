"""Complaints: named reads of what was filed, by whom, about what, and of what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import sqlalchemy as sa

from cartellino.appeals.categories import FAST
from cartellino.appeals.unfounded import WITHIN, Record
from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.times import Instant

Row = sa.Row[Any]

_COMPLAINTS, _SUBJECTS, _CASES = tables.complaints.c, tables.complaint_subjects.c, tables.cases.c


def by_code(rows: Rows, code: str) -> Row | None:
    """Return a complaint by its code; `None` if there is none."""
    return rows.execute(sa.select(tables.complaints).where(_COMPLAINTS.complaint == code)).one_or_none()


def subjects_of(rows: Rows, code: str) -> Sequence[Row]:
    """Return the subjects of a complaint, each with the state, outcome, deadline and reasons of its case, if any."""
    query = (
        sa.select(
            _SUBJECTS.kind, _SUBJECTS.service, _SUBJECTS.account, _SUBJECTS.address, _SUBJECTS.case_id, _CASES.state,
            _CASES.outcome, _CASES.due_at, _CASES.legal_basis, _CASES.reasons, _CASES.reason, _CASES.closed_at,
        )
        .outerjoin(tables.cases, _CASES.case_id == _SUBJECTS.case_id)
        .where(_SUBJECTS.complaint == code).order_by(_SUBJECTS.number)
    )  # fmt: skip
    return list(rows.execute(query))


def of_case(rows: Rows, case: str, most: int) -> Sequence[Row]:
    """Return the complaints of a case, the first filed first."""
    theirs = sa.select(_SUBJECTS.complaint).where(_SUBJECTS.case_id == case)
    query = sa.select(tables.complaints).where(_COMPLAINTS.complaint.in_(theirs))
    return rows.execute(query.order_by(_COMPLAINTS.filed_at, _COMPLAINTS.complaint).limit(most)).all()


def count_of_case(rows: Rows, case: str) -> int:
    """Return how many complaints a case has."""
    return rows.scalar(sa.select(sa.func.count()).where(_SUBJECTS.case_id == case)) or 0


def open_alike(rows: Rows, subject: tuple[str, str, str], *, fast: bool) -> Row | None:
    """Return the open case of complaints about a subject (service, account, address), in the fast lane or not."""
    service, account, address = subject
    same = (_CASES.service == service, _CASES.account == account, sa.func.coalesce(_CASES.address, "") == address)
    lane = _CASES.topic.in_(FAST) if fast else _CASES.topic.not_in(FAST)
    query = sa.select(tables.cases).where(_CASES.kind == "complaint", _CASES.status == "open", *same, lane)
    return rows.execute(query.order_by(_CASES.opened_at).limit(1)).one_or_none()


def open_of_filer(rows: Rows, filer: str) -> int:
    """Return how many confirmed complaints of somebody are not decided yet."""
    query = (
        sa.select(sa.func.count(sa.distinct(_COMPLAINTS.complaint)))
        .join(tables.complaint_subjects, _SUBJECTS.complaint == _COMPLAINTS.complaint)
        .join(tables.cases, _CASES.case_id == _SUBJECTS.case_id)
        .where(_COMPLAINTS.filer == filer, _CASES.status == "open")
    )
    return rows.scalar(query) or 0


def unconfirmed_since(rows: Rows, filer: str, since: Instant) -> int:
    """Return how many complaints somebody has filed since an instant and not confirmed."""
    query = sa.select(sa.func.count()).where(
        _COMPLAINTS.filer == filer, _COMPLAINTS.filed_at > since, _COMPLAINTS.confirmed_at.is_(None)
    )
    return rows.scalar(query) or 0


def named_since(rows: Rows, filer: str, since: Instant) -> int:
    """Return how many complaints before all others name somebody's address since an instant."""
    query = sa.select(sa.func.count()).where(
        _COMPLAINTS.filer == filer, _COMPLAINTS.filed_at > since, _COMPLAINTS.category.in_(FAST), _COMPLAINTS.mail != ""
    )
    return rows.scalar(query) or 0


def fast_since(rows: Rows, since: Instant) -> int:
    """Return how many cases before all others were opened since an instant."""
    query = sa.select(sa.func.count()).where(
        _CASES.kind == "complaint", _CASES.topic.in_(FAST), _CASES.opened_at > since
    )
    return rows.scalar(query) or 0


def record_of(rows: Rows, filer: str, now: Instant) -> Record:
    """Return what is known of somebody who files complaints.

    Those that count at once are left out: nobody has confirmed that the address is theirs who filed them.
    """
    decided = list(
        rows.execute(
            sa.select(_COMPLAINTS.filed_at, _CASES.outcome)
            .join(tables.complaint_subjects, _SUBJECTS.complaint == _COMPLAINTS.complaint)
            .join(tables.cases, _CASES.case_id == _SUBJECTS.case_id)
            .where(
                _COMPLAINTS.filer == filer,
                _COMPLAINTS.filed_at > now - WITHIN,
                _CASES.outcome.is_not(None),
                _COMPLAINTS.category.not_in(FAST),
            )
        )
    )
    entries = entries_of(rows, filer)
    warned = [entry.at for entry in entries if entry.what == "warned"]
    suspended = [entry for entry in entries if entry.what == "suspended"]
    last = next((entry for entry in reversed(entries) if entry.what in ("suspended", "restored")), None)
    unfounded = [row.filed_at for row in decided if row.outcome == "unfounded"]
    return Record(
        decided=len(decided), unfounded=len(unfounded), warned_at=warned[-1] if warned else None,
        since_warning=sum(bool(warned) and at > warned[-1] for at in unfounded), suspensions=len(suspended),
        suspended_until=last.until if last is not None and last.what == "suspended" else None,
    )  # fmt: skip


def entries_of(rows: Rows, filer: str) -> Sequence[Row]:
    """Return the warnings to somebody and the suspensions, the first first."""
    entries = tables.filer_entries.c
    return rows.execute(sa.select(tables.filer_entries).where(entries.filer == filer).order_by(entries.number)).all()


def latest_of(rows: Rows, filer: str) -> Row | None:
    """Return the latest complaint of somebody, for its address and language."""
    query = sa.select(tables.complaints).where(_COMPLAINTS.filer == filer, _COMPLAINTS.mail != "")
    return rows.execute(query.order_by(_COMPLAINTS.filed_at.desc()).limit(1)).one_or_none()


def referrals_of(rows: Rows, cases: Sequence[str]) -> Sequence[Row]:
    """Return the referrals of cases, the first first."""
    referrals = tables.referrals.c
    query = sa.select(tables.referrals).where(referrals.case_id.in_(cases))
    return rows.execute(query.order_by(referrals.at, referrals.referral_id)).all()


def referral(rows: Rows, identity: str) -> Row | None:
    """Return a referral; `None` if there is none of that id."""
    return rows.execute(sa.select(tables.referrals).where(tables.referrals.c.referral_id == identity)).one_or_none()


def flagged_right(rows: Rows) -> Mapping[str, tuple[int, int]]:
    """Return by trusted flagger how many of its decided cases led to something, and how many were decided."""
    acted = sa.func.sum(sa.case((_CASES.outcome == "acted", 1), else_=0))
    query = (
        sa.select(_COMPLAINTS.authority_id, acted, sa.func.count())
        .join(tables.complaint_subjects, _SUBJECTS.complaint == _COMPLAINTS.complaint)
        .join(tables.cases, _CASES.case_id == _SUBJECTS.case_id)
        .where(_COMPLAINTS.authority_id.is_not(None), _CASES.outcome.in_(("acted", "dismissed", "unfounded")))
        .group_by(_COMPLAINTS.authority_id)
    )
    return {identity: (int(right or 0), int(of)) for identity, right, of in rows.execute(query)}


def sources_of(rows: Rows, decisions: Sequence[str]) -> Mapping[str, Literal["notice", "trusted_flagger"]]:
    """Return for decisions about complaints whether a trusted flagger told us of it, or somebody else did."""
    case = tables.case_rows.c
    named = sa.select(case.case_id, case.said).where(case.what == "sanctioned", case.said.in_(decisions))
    by_case = {row.case_id: row.said for row in rows.execute(named)}
    flagged = (
        sa.select(_SUBJECTS.case_id).join(tables.complaints, _COMPLAINTS.complaint == _SUBJECTS.complaint)
        .where(_SUBJECTS.case_id.in_(by_case), _COMPLAINTS.authority_id.is_not(None))
    )  # fmt: skip
    cases = set(rows.scalars(flagged))
    return {decision: "trusted_flagger" if case_id in cases else "notice" for case_id, decision in by_case.items()}
