"""Writes facts of business senders, snapshots of what follows from them, and forgets the old ones."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from cartellino.senders.facts import Consented, Fact, read, written
from cartellino.storage import tables
from cartellino.storage.database import Rows, upsert
from cartellino.vocabulary.times import DAY, Duration, Instant

KEPT: Duration = 90 * DAY
"""How long facts about single messages are kept; their figures by day last longer, in the state."""

ERASED = "erased"
_PASSING = (
    "asked",
    "accepted",
    "rejected",
    "refused",
    "lost",
    "status",
    "wrote",
    "echoed",
    "number_seen",
    "unfamiliar",
)
"""Kinds that are forgotten; consent, withdrawals, new names, restrictions and what operators set are kept."""


def append(rows: Rows, facts: Sequence[Fact]) -> None:
    """Append facts."""
    tagged = [{"at": fact.at, "kind": kind_of(fact), "fact": written(fact)} for fact in facts]
    rows.execute(sa.insert(tables.sender_facts), tagged)


def scrub(rows: Rows, names: frozenset[str]) -> int:
    """Take source, wording and proof out of the agreements of a person, and return how many there were.

    That there was one stays, since figures of days that are past count it.
    """
    table, scrubbed = tables.sender_facts, 0
    for number, fact in rows.execute(sa.select(table.c.number, table.c.fact).where(table.c.kind == "consented")).all():
        given = read(fact)
        if isinstance(given, Consented) and not names.isdisjoint(given.person):
            bare = msgspec.structs.replace(given, source=ERASED, wording="", proof="", actor="")
            rows.execute(sa.update(table).where(table.c.number == number).values(fact=written(bare)))
            scrubbed += 1
    return scrubbed


def kind_of(fact: Fact) -> str:
    """Return the kind of a fact, as it is stored."""
    return str(type(fact).__struct_config__.tag)


def keep_snapshot(rows: Rows, layout: str, number: int, state: bytes, now: Instant) -> None:
    """Replace the snapshot; those of other layouts are of other versions of the program, and go."""
    rows.execute(sa.delete(tables.sender_snapshots).where(tables.sender_snapshots.c.layout != layout))
    upsert(rows, tables.sender_snapshots, [{"layout": layout, "number": number, "at": now, "state": state}])


def forget(rows: Rows, now: Instant, up_to: int) -> None:
    """Delete old facts about single messages that a snapshot holds, up to a number."""
    table = tables.sender_facts
    old = sa.and_(table.c.kind.in_(_PASSING), table.c.at < now - KEPT, table.c.number <= up_to)
    rows.execute(sa.delete(table).where(old))
