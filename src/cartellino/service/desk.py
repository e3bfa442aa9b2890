"""One piece of work at the desk: what it reads, what it does, and all that it writes, in one transaction.

Everything that changes state passes here, one piece after the other (`writer`). Writes are gathered while the work runs
and go to the database together at its end, so that they can be tried again when the database is gone for a while.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from cartellino.enforcement.acts import Act
from cartellino.enforcement.decision import Decision
from cartellino.service import projection
from cartellino.service.reporters import Reporters
from cartellino.service.route import Route
from cartellino.storage import tables
from cartellino.storage.database import Database, Rows, add_new, upsert
from cartellino.vocabulary.times import Instant

ActType = TypeVar("ActType", bound=Act)

Write = Any
"""Something that is done with rows, once the transaction has begun."""


class Counters:
    """What is numbered: the acts and the rows of the ledger that the database has."""

    def __init__(self, acts: int = 0, ledger: int = 0) -> None:
        """Begin with what is there."""
        self.acts = acts
        self.ledger = ledger


class Desk:
    """Where one piece of work is done. `by` is who does it."""

    def __init__(
        self,
        route: Route,
        database: Database,
        counters: Counters,
        now: Instant,
        by: str = "service",
        reporters: Reporters | None = None,
    ) -> None:
        """`now` is the time of everything that happens here."""
        self.reporters = reporters if reporters is not None else Reporters()
        self.route = route
        self.now = now
        self.by = by
        self.decisions: list[Decision] = []
        self._database = database
        self._counters = counters
        self._writes: list[Write] = []
        self._acts = counters.acts

    # Reading

    def read(self, statement: sa.Select[Any]) -> list[sa.Row[Any]]:
        """Return the rows that a question has for an answer."""
        with self._database.begin() as rows:
            return list(rows.execute(statement))

    # Doing

    def act(self, kind: type[ActType], why: str, **given: Any) -> list[Decision]:
        """Carry out an act, and keep it: with the log, it is all that decides."""
        act = kind(after=self.route.sequence, at=self.now, by=self.by, why=why, **given)
        decided = self.route.act(act)
        self._acts += 1
        self.put(tables.acts, projection.of_act(self._acts, act))
        self.decisions += decided
        return decided

    # Writing

    def put(self, table: sa.Table, *records: dict[str, Any]) -> None:
        """Write records, over those with the same key."""
        self._writes.append(partial(upsert, table=table, records=records))

    def add(self, table: sa.Table, *records: dict[str, Any]) -> None:
        """Write records; those whose key is there already stay as they are."""
        self._writes.append(partial(add_new, table=table, records=records))

    def insert(self, table: sa.Table, *records: dict[str, Any]) -> None:
        """Write records that the database numbers."""
        for record in records:
            self.change(sa.insert(table).values(**record))

    def change(self, statement: sa.Update | sa.Delete | sa.Insert) -> None:
        """Change rows."""
        self._writes.append(lambda rows: rows.execute(statement))

    def send(self, kind: str, service: str, account: str, data: dict[str, Any]) -> None:
        """Let a change leave: to webhooks and the stream, in the transaction that makes it."""
        message = {
            "at": self.now,
            "kind": kind,
            "service": service,
            "account": account,
            "data": msgspec.to_builtins(data),
        }
        self.insert(tables.outbox, message)

    @property
    def has_acted(self) -> bool:
        """Whether an act was carried out, so that what is in memory has changed."""
        return self._acts != self._counters.acts or bool(self.route.sequencer.register.touched)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be written."""
        return not self._writes and not self.route.sequencer.register.touched and not self._fresh()

    def write(self) -> None:
        """Write everything in one transaction. It may be tried again after a failure."""
        fresh = self._fresh()
        touched = list(self.route.sequencer.register.touched)
        with self._database.begin_writing() as rows:
            for write in self._writes:
                write(rows)
            self._write_standings(rows, touched)
            add_new(rows, tables.ledger, projection.of_changes(fresh))
            progress = {"sequence": self.route.sequence, "clock": self.now}
            upsert(rows, tables.progress, [{"name": name, "value": value} for name, value in progress.items()])
        self._counters.acts = self._acts
        self._counters.ledger += len(fresh)
        self.route.sequencer.register.touched.clear()

    def _write_standings(self, rows: Rows, persons: Iterable[tuple[str, str]]) -> None:
        for person in persons:
            standing = self.route.sequencer.standing(*person)
            kept = [one.decision for one in standing.strikes]
            mine = (tables.strikes.c.service == person[0]) & (tables.strikes.c.account == person[1])
            rows.execute(sa.delete(tables.strikes).where(mine, tables.strikes.c.decision_id.not_in(kept)))
            upsert(rows, tables.sanctions, projection.of_sanctions(person, standing))
            upsert(rows, tables.strikes, projection.of_strikes(person, standing))

    def _fresh(self) -> list[Any]:
        return self.route.sequencer.ledger.since(self._counters.ledger)
