"""Notices: named reads of their rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from cartellino.notices.facts import ENDED, IMPOSED
from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.times import Instant

Row = sa.Row[Any]
"""A row of the table `notices`."""


def count(rows: Rows) -> int:
    """Return how many notices were ever written."""
    return rows.scalar(sa.select(sa.func.count()).select_from(tables.notices)) or 0


def by_id(rows: Rows, notice: str) -> Row | None:
    """Return a notice; `None` if there is none of that id."""
    return rows.execute(sa.select(tables.notices).where(tables.notices.c.notice_id == notice)).one_or_none()


def by_code(rows: Rows, code: str) -> Row | None:
    """Return the notice with a code; `None` if there is none."""
    return rows.execute(sa.select(tables.notices).where(tables.notices.c.code == code)).one_or_none()


def of_decision(rows: Rows, decision: str) -> Sequence[Row]:
    """Return the notices about a decision."""
    return rows.execute(sa.select(tables.notices).where(tables.notices.c.decision_id == decision)).all()


def unannounced(rows: Rows, sanction: str, person: AccountRef) -> Row | None:
    """Return the notice of a sanction that its account has not been shown yet; `None` if there is none."""
    notices = tables.notices.c
    about = (notices.sanction_id == sanction, notices.service == person.service, notices.account == person.account)
    query = sa.select(tables.notices).where(*about, notices.announced.is_(False), notices.shape.in_(IMPOSED))
    return rows.execute(query.limit(1)).one_or_none()


def ended_before(rows: Rows, notice: Row) -> bool:
    """Say whether a notice of a sanction was followed by a notice of that sanction's end already."""
    notices = tables.notices.c
    about = (
        notices.sanction_id == notice.sanction_id,
        notices.service == notice.service,
        notices.account == notice.account,
    )
    ended = sa.select(notices.notice_id).where(*about, notices.shape.in_(ENDED))
    return notice.shape in IMPOSED and rows.execute(ended.limit(1)).one_or_none() is not None


def made_at(rows: Rows, code: str) -> Instant | None:
    """Return when the notice with a code was written; `None` if there is none."""
    return rows.scalar(sa.select(tables.notices.c.made_at).where(tables.notices.c.code == code))


def latest_of(rows: Rows, service: str, account: str, shapes: Collection[str], most: int = 10) -> Sequence[Row]:
    """Return the latest notices of some shapes that an account got, the latest first."""
    notices = tables.notices.c
    query = sa.select(tables.notices).where(
        notices.service == service, notices.account == account, notices.shape.in_(shapes)
    )
    return rows.execute(query.order_by(notices.made_at.desc()).limit(most)).all()
