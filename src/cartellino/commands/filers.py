"""People who file manifestly unfounded complaints: warned, and the handling of their complaints suspended for a time.

See `appeals.unfounded`. Whoever is concerned is told why, until when, and how to object.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import sqlalchemy as sa

from cartellino.appeals.hearing import NotNow, NotYours
from cartellino.appeals.unfounded import Record, may_suspend, may_warn
from cartellino.commands import mails
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.queries import complaints as filed
from cartellino.storage import tables
from cartellino.vocabulary.actors import is_operator
from cartellino.vocabulary.refusals import BadArgument, NotFound
from cartellino.vocabulary.times import Duration, Instant


def warn(unit: UnitOfWork, filer: str, reason: str) -> None:
    """Warn somebody that the handling of their complaints may be suspended.

    Raises `NotFound` for somebody unknown, `NotNow` where it is too little for a warning.
    """
    latest, record = _known(unit, filer)
    _person_with_reason(unit, reason)
    if record.warned_at is not None and not record.since_warning:
        raise NotNow("they were warned already, and nothing unfounded has come since")
    if refusal := may_warn(record):
        raise refusal
    _enter(unit, latest, "warned", reason)


def suspend(unit: UnitOfWork, filer: str, span: Duration, reason: str) -> Instant:
    """Suspend the handling of somebody's complaints for a time; return its end.

    Raises `NotFound` for somebody unknown, `NotNow` without a warning before, `BadArgument` for a time out of bounds.
    """
    latest, record = _known(unit, filer)
    _person_with_reason(unit, reason)
    if refusal := may_suspend(record, span, unit.now):
        raise refusal
    _enter(unit, latest, "suspended", reason, unit.now + span)
    return unit.now + span


def restore(unit: UnitOfWork, filer: str, reason: str) -> None:
    """End a suspension before its time; somebody else than who began it has to.

    Raises `NotFound` for somebody unknown, `NotNow` if nothing is suspended, `NotYours` for who suspended it.
    """
    latest, record = _known(unit, filer)
    _person_with_reason(unit, reason)
    if not record.is_suspended(unit.now):
        raise NotNow("nothing is suspended")
    began = [entry.by for entry in unit.ask(partial(filed.entries_of, filer=filer)) if entry.what == "suspended"]
    if began[-1] == unit.by:
        raise NotYours("you suspended it; somebody else has to look at it")
    _enter(unit, latest, "restored", reason)


def _known(unit: UnitOfWork, filer: str) -> tuple[sa.Row[Any], Record]:
    latest = unit.ask(partial(filed.latest_of, filer=filer))
    if latest is None:
        raise NotFound(f"nobody of the name `{filer}` has filed a complaint")
    return latest, unit.ask(partial(filed.record_of, filer=filer, now=unit.now))


def _person_with_reason(unit: UnitOfWork, reason: str) -> None:
    if not is_operator(unit.by):
        raise NotYours("a person decides this")
    if not reason.strip():
        raise BadArgument("say why, in words that can be told: number, share, gravity and intention")


def _enter(unit: UnitOfWork, latest: sa.Row[Any], what: str, why: str, until: Instant | None = None) -> None:
    entry = {"filer": latest.filer, "at": unit.now, "by": unit.by, "what": what, "until": until, "why": why}
    unit.insert(tables.filer_entries, entry)
    unit.record(f"complaints {what}", latest.filer, why)
    mails.send(unit, latest.mail, latest.language, f"filer_{what}", {"why": why, "until": until})
