"""Which operators set another one's role or password: all of them, since the last one alone could hide the others."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.actors import Actor, operator
from cartellino.vocabulary.times import Instant

SET = "operator is "
"""The text of a ledger row about an operator whose role or password was set begins with this."""

_OPERATOR = operator("")


def changed_by(rows: Rows, since: Instant) -> list[set[str]]:
    """Return the pair of operators of each change of a role or password that another operator made."""
    return [{by, subject} for by, subject in (*_in_ledger(rows, since), *_pending(rows)) if _are_operators(by, subject)]


def _in_ledger(rows: Rows, since: Instant) -> Iterator[tuple[Actor, Actor]]:
    operators, ledger = [operator(name) for name in rows.scalars(sa.select(tables.operators.c.name))], tables.ledger.c
    conditions = (ledger.subject.in_(operators), ledger.at > since, ledger.what.startswith(SET))
    for row in rows.execute(sa.select(ledger.by, ledger.subject).where(*conditions)):
        yield Actor(row.by), Actor(row.subject)


def _pending(rows: Rows) -> Iterator[tuple[Actor, Actor]]:
    """Yield who changed whom, from acts whose rows of the ledger are not written yet."""
    pending_acts = tables.pending_acts.c
    for row in rows.execute(sa.select(pending_acts.by, pending_acts.data)):
        if str(row.data.get("what", "")).startswith(SET):
            yield Actor(row.by), Actor(row.data.get("subject", ""))


def _are_operators(by: Actor, subject: Actor) -> bool:
    return by.startswith(_OPERATOR) and by != subject
