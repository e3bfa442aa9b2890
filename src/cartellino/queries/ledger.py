"""The ledger: its rows with the texts of their reasons, and the verification of the whole chain."""

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
    """A verified chain: its number of rows, the number of the first broken row (`None` if the chain is intact), the
    seals of all rows, and how many reasons were redacted.
    """

    rows: int
    broken: int | None
    seals: tuple[str, ...]
    redacted: int


def ledger_rows() -> sa.Select[Any]:
    """Return a select of rows of the ledger with a column `reason`: the text whose digest is sealed, else null."""
    acts = tables.acts.c
    text = sa.select(acts.why).where(acts.sealed == tables.ledger.c.to).limit(1).scalar_subquery()
    return sa.select(tables.ledger, text.label("reason"))


def rows_after(rows: Rows, number: int, most: int) -> Sequence[Row]:
    """Return the rows after a number, in order."""
    ledger = tables.ledger.c
    return list(rows.execute(ledger_rows().where(ledger.number > number).order_by(ledger.number).limit(most)))


def latest_rows(rows: Rows, subject: str, before: int | None, most: int) -> Sequence[Row]:
    """Return rows, the latest first; only those about `subject` unless it is empty, and with numbers below `before`."""
    ledger = tables.ledger.c
    query = ledger_rows().order_by(ledger.number.desc())
    query = query.where(ledger.subject == subject) if subject else query
    query = query.where(ledger.number < before) if before is not None else query
    return list(rows.execute(query.limit(most)))


def verified(rows: Rows) -> Chain:
    """Recompute every seal, and compare each reason with the digest that was sealed."""
    acts = tables.acts.c
    ledger = rows.execute(sa.select(tables.ledger).order_by(tables.ledger.c.number))
    changes = [Change(**row._mapping) for row in ledger]
    sealed = sa.select(acts.sealed, acts.why, acts.key).where(acts.sealed.is_not(None))
    reasons = {row.sealed: Reason(row.why, row.key) for row in rows.execute(sealed)}
    pending = tables.pending_acts.c
    query = sa.select(pending.data).where(pending.kind == "Redact").order_by(pending.number)
    waiting = {data["of"]: data["left"] for data in rows.scalars(query)}
    broken = verify(changes, reasons, waiting)
    redacted = len({change.subject for change in changes if change.what == REDACTED} | waiting.keys())
    return Chain(len(changes), broken, tuple(change.seal for change in changes), redacted)


def verified_or_refused(rows: Rows) -> Chain:
    """Verify the chain of a database that may have no tables yet.

    Raises `BadArgument` where the ledger cannot be read.
    """
    try:
        return verified(rows)
    except (sa.exc.OperationalError, sa.exc.ProgrammingError) as error:
        raise BadArgument(f"the ledger cannot be read ({type(error).__name__}); start the service once") from None
