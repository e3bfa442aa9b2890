"""Legal holds that cases and orders place: one account may be held for several reasons, and is until the last ends."""

from __future__ import annotations

import sqlalchemy as sa

from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.storage import tables
from cartellino.vocabulary.accounts import AccountRef

_HOLDS = tables.holds.c
_BETWEEN = "; "


def preserve(unit: UnitOfWork, person: AccountRef, why: str) -> None:
    """Place a legal hold on an account: its data are kept, and an erasure waits until the hold ends.

    `why` names the case or order; an account that is held already is held for this reason, too.
    """
    subject = unit.route.sequencer.ledger.pseudonym(*person)
    reasons = _reasons(unit, subject)
    if why in reasons:
        return
    if reasons:
        _write(unit, subject, [*reasons, why])
    else:
        unit.add(tables.holds, {"subject": subject, "at": unit.now, "by": unit.by, "why": why})
    unit.record("legal hold", subject, why)


def release(unit: UnitOfWork, person: AccountRef, why: str) -> bool:
    """End what a case or an order held; say whether it did. What others hold, or a person placed, stays."""
    subject = unit.route.sequencer.ledger.pseudonym(*person)
    reasons = _reasons(unit, subject)
    if why not in reasons:
        return False
    if left := [reason for reason in reasons if reason != why]:
        _write(unit, subject, left)
    else:
        unit.change(sa.delete(tables.holds).where(_HOLDS.subject == subject))
    unit.record("legal hold ended", subject, why)
    return True


def _reasons(unit: UnitOfWork, subject: str) -> list[str]:
    rows = unit.read(sa.select(_HOLDS.why).where(_HOLDS.subject == subject))
    return rows[0].why.split(_BETWEEN) if rows else []


def _write(unit: UnitOfWork, subject: str, reasons: list[str]) -> None:
    unit.change(sa.update(tables.holds).where(_HOLDS.subject == subject).values(why=_BETWEEN.join(reasons)))
