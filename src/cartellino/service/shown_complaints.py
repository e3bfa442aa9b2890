"""Complaints as whoever filed one sees them, and offices to which people can turn, as everybody sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cartellino.appeals.categories import CATEGORIES
from cartellino.appeals.complaints import progress
from cartellino.appeals.jurisdictions import Deadline, Office, jurisdictions
from cartellino.queries import complaints
from cartellino.storage.database import Rows
from cartellino.vocabulary.languages import chosen
from cartellino.vocabulary.times import LATEST, Instant, show_duration, show_instant


def status(rows: Rows, code: str, language: str) -> dict[str, Any] | None:
    """Return how far a complaint is, in a language; `None` if there is none.

    Neither the text nor the address of whoever filed it is part of it: the code may be seen by others.
    """
    row = complaints.by_code(rows, code)
    if row is None:
        return None
    subjects = complaints.subjects_of(rows, code)
    states = [one.state for one in subjects if one.state is not None]
    is_counted = row.confirmed_at is not None and row.refused is None
    due = [one.due_at for one in subjects if one.due_at is not None and one.closed_at is None]
    return {
        "ticket": code,
        "state": "closed" if row.refused else progress(states) if is_counted else "received",
        "confirmed": row.confirmed_at is not None,
        "handled": row.refused is None,
        "category": row.category,
        "country": row.country or None,
        "filed_at": show_instant(row.filed_at),
        "due_at": show_instant(min(due)) if due else None,
        "subjects": [_subject(one, language) for one in subjects],
        "referrals": [
            {"recipient": one.recipient, "law": one.law, "at": show_instant(one.at), "receipt": one.receipt is not None}
            for one in complaints.referrals_of(rows, [one.case_id for one in subjects if one.case_id is not None])
        ],
        "offices": [office_shown(one) for one in jurisdictions().offices_in(row.country, row.category)],
    }


def _subject(row: complaints.Row, language: str) -> dict[str, Any]:
    reasons: Mapping[str, str] = row.reasons or {}
    return {
        "kind": row.kind,
        "subject": row.account or row.address,
        "state": row.state,
        "outcome": row.outcome,
        "reason": chosen(reasons, language) or None,
        "legal_basis": row.legal_basis,
    }


def office_shown(office: Office) -> dict[str, Any]:
    """Return an office as people see it: law, address, hours, and where that is from."""
    return {
        "name": office.name, "address": office.address, "law": office.law, "hours": office.hours,
        "categories": list(office.categories), "source": office.source, "checked": office.checked.isoformat(),
    }  # fmt: skip


def deadline_shown(one: Deadline) -> dict[str, Any]:
    """Return a deadline as everybody may see it."""
    return {
        "trigger": one.trigger, "categories": sorted(one.categories),
        "urgent": one.urgent, "limit": show_duration(one.limit), "says": one.says or None, "legal_basis": one.basis,
        "source": one.source, "checked": one.checked,
    }  # fmt: skip


def country_shown(country: str, now: Instant) -> dict[str, Any]:
    """Return the deadlines in force and the offices of a country."""
    held = jurisdictions()
    deadlines: list[Deadline] = []
    for one in held.deadlines:
        here = replace(one, regions=frozenset[str](), since=0, until=LATEST)
        is_here = not one.regions or country in one.regions
        if is_here and one.since <= now < one.until and not any(above.covers(here) for above in deadlines):
            deadlines.append(here)
    return {
        "country": country,
        "version": held.version,
        "categories": list(CATEGORIES),
        "deadlines": [deadline_shown(one) for one in deadlines],
        "offices": [office_shown(one) for one in held.offices_in(country)],
    }
