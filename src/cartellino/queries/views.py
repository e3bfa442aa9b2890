"""What the API and the pages show of notices, rendered in a language, and of cases, with their timeline."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Any

import msgspec
import sqlalchemy as sa

from cartellino.appeals.categories import FAST
from cartellino.notices.compose import compose
from cartellino.notices.facts import Facts, Review
from cartellino.notices.words import Words
from cartellino.pipeline.live_view import LiveView
from cartellino.queries import attachments
from cartellino.queries.standing import as_it_stands
from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.times import Instant, show_instant

Row = sa.Row[Any]
"""A row of the table `notices` or `cases`."""

MOST = 100
"""At most so many notices and cases of an account are shown."""


def notices_of(rows: Rows, service: str, account: str, now: Instant) -> list[Row]:
    """Return the notices of an account that are due, the latest first."""
    notices = tables.notices.c
    conditions = sa.and_(
        notices.service == service, notices.account == account, notices.announced | (notices.due_at <= now)
    )
    return list(rows.execute(sa.select(tables.notices).where(conditions).order_by(notices.made_at.desc()).limit(MOST)))


def appeals_of(rows: Rows, service: str, account: str) -> list[Row]:
    """Return the appeals of an account and those of linked accounts whose notices it got, the latest first."""
    cases, notices = tables.cases.c, tables.notices.c
    own = sa.and_(cases.service == service, cases.account == account)
    linked = sa.select(notices.sanction_id).where(
        notices.service == service, notices.account == account, notices.sanction_id != ""
    )
    query = sa.select(tables.cases).where(sa.or_(own, cases.sanction_id.in_(linked)), cases.kind == "appeal")
    return list(rows.execute(query.order_by(cases.opened_at.desc()).limit(MOST)))


def facts_now(live: LiveView, row: Row, now: Instant) -> Facts:
    """Return the facts of a notice, with what became of its sanction since."""
    person = AccountRef(row.service, row.account)
    return as_it_stands(live, msgspec.convert(row.facts, Facts), person, row.sanction_id, now)


def notice_shown(
    live: LiveView, row: Row, words: Words, language: str, now: Instant, review: Review, zone: tzinfo = UTC
) -> dict[str, Any]:
    """Return a notice rendered in a language, as things stand; `review` says whether one can be asked for now."""
    said = compose(facts_now(live, row, now), words, language, now, zone, review)
    return {
        "notice_id": row.notice_id,
        "code_to_check": row.code,
        "shape": row.shape,
        "sanction_id": row.sanction_id or None,
        "made_at": show_instant(row.made_at),
        "due_at": show_instant(row.due_at),
        "delivered_at": None if row.delivered_at is None else show_instant(row.delivered_at),
        "words": row.words,
        **msgspec.to_builtins(said),
        "text": said.text(),
    }


def case_shown(rows: Rows, row: Row, *, inside: bool) -> dict[str, Any]:
    """Return a case with its timeline and the names of its files; `inside` adds what only operators may see.

    The text of a complaint about a threat to life or to children is left out: see `commands.complaint_cases`.
    """
    steps = rows.execute(
        sa.select(tables.case_rows).where(tables.case_rows.c.case_id == row.case_id).order_by(tables.case_rows.c.number)
    ).all()
    files = attachments.of_case(rows, row.case_id)
    return {
        "appeal_id": row.case_id,
        "kind": row.kind,
        "status": row.status,
        "account": row.account,
        "service": row.service,
        "sanction_id": row.sanction_id,
        "decision_id": row.decision_id,
        "text": "" if row.kind == "complaint" and row.topic in FAST else row.text,
        "files": [file.name for file in files],
        **({"attachments": [file.attachment_id for file in files]} if inside else {}),
        "opened_at": show_instant(row.opened_at),
        "due_at": show_instant(row.due_at),
        "legal_basis": row.legal_basis,
        "outcome": row.outcome,
        "reason": row.reason,
        "closed_at": None if row.closed_at is None else show_instant(row.closed_at),
        "timeline": [
            {"at": show_instant(step.at), "what": step.what, **({"by": step.by, "said": step.said} if inside else {})}
            for step in steps
        ],
    }
