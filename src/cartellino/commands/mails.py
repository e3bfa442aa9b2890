"""Mails to people who filed something and to authorities: written in the transaction of what they are about.

No mail is written to an address of a program, so that two programs do not answer each other, and none to an address
for which `MOST` wait already: whoever files in the name of others cannot flood them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from cartellino.appeals.complaints import is_address
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.storage import tables
from cartellino.vocabulary.times import Duration

MOST = 30
PROGRAMS = frozenset({"mailer-daemon", "postmaster", "noreply", "no-reply", "donotreply", "do-not-reply", "bounce"})
"""Names before the `@` that no person reads."""

_MAILS = tables.mails.c


def send(unit: UnitOfWork, target: str, language: str, kind: str, data: dict[str, Any]) -> bool:
    """Queue a mail; say whether it was."""
    if not _is_of_a_person(target):
        return False
    if unit.read(sa.select(sa.func.count()).where(_MAILS.target == target))[0][0] >= MOST:
        return False
    return send_all(unit, [(target, language, data)], kind) == 1


def send_all(unit: UnitOfWork, told: Sequence[tuple[str, str, dict[str, Any]]], kind: str) -> int:
    """Queue a mail to each address, in its language and with its data; return how many."""
    common = {"kind": kind, "at": unit.now, "tries": 0, "next_at": unit.now}
    records = [
        {"target": target, "language": language, "data": data, **common}
        for target, language, data in told
        if _is_of_a_person(target)
    ]
    if records:
        unit.add(tables.mails, *records)
    return len(records)


def _is_of_a_person(target: str) -> bool:
    return is_address(target) and target.partition("@")[0].lower() not in PROGRAMS


def note(unit: UnitOfWork, results: Sequence[tuple[int, int, bool]], pauses: Sequence[Duration]) -> None:
    """Note for mails, by number and earlier tries, whether they left: the others are tried again after the next pause,
    and given up after the last."""
    for number, tries, is_done in results:
        of_it = _MAILS.number == number
        if is_done or tries >= len(pauses):
            unit.change(sa.delete(tables.mails).where(of_it))
        else:
            again = {"tries": tries + 1, "next_at": unit.now + pauses[tries]}
            unit.change(sa.update(tables.mails).where(of_it).values(**again))
