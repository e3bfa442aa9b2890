"""A case of any kind as operators see it: the case itself, and what was filed, referred or ordered in it."""

from __future__ import annotations

from typing import Any

from cartellino.appeals.categories import FAST
from cartellino.queries import attachments, cases, complaints, views
from cartellino.storage.database import Rows
from cartellino.vocabulary.times import show_instant

MOST = 50
"""At most so many of the complaints of a case are listed; all of them are counted."""

Row = cases.Row


def shown(rows: Rows, case: str, *, veiled: bool = True) -> dict[str, Any] | None:
    """Return a case; `None` if there is none. What nobody needs to see is `veiled`: texts of the fast lane."""
    row = cases.by_id(rows, case)
    if row is None:
        return None
    base = views.case_shown(rows, row, inside=True)
    more: dict[str, Any] = {}
    if row.kind == "complaint":
        more = _complaints(rows, row, veiled=veiled and row.topic in FAST)
    elif row.kind == "order":
        more = {"order_id": order_of(row)}
    late = None if row.late_at is None else show_instant(row.late_at)
    named = {"case_id": row.case_id, "topic": row.topic, "state": row.state, "address": row.address,
             "region": row.region, "late_at": late, "reasons": row.reasons, "door": row.door}  # fmt: skip
    return {**base, **named, **more}


def order_of(row: Row) -> str:
    """Return the id of the order whose case this is."""
    return f"o_{row.case_id.partition('_')[2]}"


def _complaints(rows: Rows, row: Row, *, veiled: bool) -> dict[str, Any]:
    listed = complaints.of_case(rows, row.case_id, MOST)
    return {
        "veiled": veiled,
        "text": "" if veiled else row.text,
        "filed": complaints.count_of_case(rows, row.case_id),
        "complaints": [_complaint(rows, one, veiled=veiled) for one in listed],
        "referrals": [
            {"referral_id": one.referral_id, "recipient": one.recipient, "country": one.country, "law": one.law,
             "note": one.note, "at": show_instant(one.at), "by": one.by, "receipt": one.receipt,
             "receipt_at": None if one.receipt_at is None else show_instant(one.receipt_at)}
            for one in complaints.referrals_of(rows, [row.case_id])
        ],
    }  # fmt: skip


def _complaint(rows: Rows, row: Row, *, veiled: bool) -> dict[str, Any]:
    return {
        "ticket": row.complaint, "filer": row.filer, "language": row.language, "country": row.country,
        "category": row.category, "law": row.law, "door": row.door, "authority_id": row.authority_id,
        "filed_at": show_instant(row.filed_at), "text": "" if veiled else row.text,
        "files": [] if veiled else [
            {"attachment_id": file.attachment_id, "name": file.name, "media_type": file.media_type}
            for file in attachments.of_case(rows, row.complaint)
        ],
    }  # fmt: skip
