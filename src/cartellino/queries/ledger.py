"""The ledger as it is kept: its rows with the texts of their reasons, and whether the whole chain holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from cartellino.enforcement.ledger import REDACTED, Change, Reason, verify
from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.refusals import BadArgument

Row = sa.Row[Any]
"""A row of the table `ledger`, with the text of its `reason`."""


class Chain(NamedTuple):
    """What was found: how many rows, the first that does not hold (`None`: all hold), all seals, and erased reasons."""

    rows: int
    broken: int | None
    seals: tuple[str, ...]
    redacted: int


def ledger_rows() -> sa.Select[Any]:
    """Return the question for rows of the ledger with `reason`: the text behind a sealed one, else null."""
    acts = tables.acts.c
    text = sa.select(acts.why).where(acts.sealed == tables.ledger.c.to).limit(1).scalar_subquery()
    return sa.select(tables.ledger, text.label("reason"))


def rows_after(rows: Rows, number: int, most: int) -> Sequence[Row]:
    """Return the rows after a number, in order."""
    held = tables.ledger.c
    return list(rows.execute(ledger_rows().where(held.number > number).order_by(held.number).limit(most)))


def latest_rows(rows: Rows, subject: str, before: int | None, most: int) -> Sequence[Row]:
    """Return rows, the latest first: those about a subject where it is not empty, and those before a number."""
    held = tables.ledger.c
    asked = ledger_rows().order_by(held.number.desc())
    asked = asked.where(held.subject == subject) if subject else asked
    asked = asked.where(held.number < before) if before is not None else asked
    return list(rows.execute(asked.limit(most)))


def verified(rows: Rows) -> Chain:
    """Work out every seal anew, and hold each reason against what was sealed of it."""
    acts = tables.acts.c
    found = rows.execute(sa.select(tables.ledger).order_by(tables.ledger.c.number))
    changes = [Change(**one._mapping) for one in found]
    sealed = sa.select(acts.sealed, acts.why, acts.key).where(acts.sealed.is_not(None))
    reasons = {one.sealed: Reason(one.why, one.key) for one in rows.execute(sealed)}
    pending = tables.pending_acts.c
    asked = sa.select(pending.data).where(pending.kind == "Redact").order_by(pending.number)
    waiting = {data["of"]: data["left"] for data in rows.scalars(asked)}
    broken = verify(changes, reasons, waiting)
    redacted = len({one.subject for one in changes if one.what == REDACTED} | waiting.keys())
    return Chain(len(changes), broken, tuple(one.seal for one in changes), redacted)


def verified_or_refused(rows: Rows) -> Chain:
    """Verify the chain of a database that may have no tables yet.

    Raises `BadArgument` where the ledger cannot be read.
    """
    try:
        return verified(rows)
    except (sa.exc.OperationalError, sa.exc.ProgrammingError) as error:
        raise BadArgument(f"the ledger cannot be read ({type(error).__name__}); start the service once") from None
