"""A unit of work: what a command reads, does and writes, in one transaction.

All changes of state are made by units of work, one after the other (`writer`). Writes are collected while the command
runs and sent to the database together at its end, so that they can be retried while the database is unreachable.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from functools import partial
from secrets import token_hex
from typing import Any, Protocol, TypeVar

import msgspec
import sqlalchemy as sa

from cartellino.commands import projection
from cartellino.enforcement.acts import Act, Record
from cartellino.enforcement.decision import Decision
from cartellino.enforcement.ledger import Change, sealed_reason
from cartellino.pipeline.live_view import LiveView
from cartellino.pipeline.reporter_credit import Reporters
from cartellino.pipeline.route import Route
from cartellino.storage import tables
from cartellino.storage.database import Database, Rows, add_new, upsert
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.actors import SERVICE, Actor
from cartellino.vocabulary.refusals import Refusal
from cartellino.vocabulary.times import Instant

ActType = TypeVar("ActType", bound=Act)
Result = TypeVar("Result")

Write = Any
"""A function of `Rows` that is called within the transaction."""


class Collides(Refusal):
    """The database already has rows under the numbers that this process would assign next."""

    code = "collides"


class Fence(Protocol):
    """Keeps two processes from writing to one database."""

    def starts_writing(self, rows: Rows, token: str) -> bool:
        """Begin the transaction named `token`; return `False` if it was committed before.

        That happens when the connection broke before the commit was acknowledged, and the transaction is retried.

        Raises a `Refusal` when another process has taken the database over.
        """

    def has_written(self, acts: int, ledger: int, seal: str) -> None:
        """Note the last numbers of acts and ledger that were committed, and the seal of the last row."""


class Counters:
    """The numbers of the last act and the last ledger row in the database, and how much of the log it has seen."""

    def __init__(self, acts: int = 0, ledger: int = 0, sequence: int = 0) -> None:
        """Begin with the numbers in the database."""
        self.acts = acts
        self.ledger = ledger
        self.sequence = sequence


class UnitOfWork:
    """Collects what a command changes, until `write`. `by` is who makes the changes."""

    def __init__(
        self,
        route: Route,
        database: Database,
        counters: Counters,
        now: Instant,
        by: Actor = SERVICE,
        reporters: Reporters | None = None,
        *,
        fence: Fence,
        token: str = "",
    ) -> None:
        """`now` is the time of everything done here. `token` identifies the transaction, so that a retry of one that
        was committed after all writes nothing."""
        self._fence = fence
        self._token = token or secrets.token_hex(12)
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

    @property
    def live(self) -> LiveView:
        """The current decisions, standings and policies, in memory."""
        return LiveView(self.route)

    def read(self, statement: sa.Select[Any]) -> list[sa.Row[Any]]:
        """Return the rows of a statement."""
        with self._database.begin() as rows:
            return list(rows.execute(statement))

    def ask(self, query: Callable[[Rows], Result]) -> Result:
        """Return the answer of a named query."""
        with self._database.begin() as rows:
            return query(rows)

    # Doing

    def act(self, kind: type[ActType], why: str, **given: Any) -> list[Decision]:
        """Carry out an act, and store it; return the decisions that it led to.

        The acts and the event log together determine all decisions. The ledger seals a keyed digest of the reason; the
        key is drawn here and stored with the text, and is deleted when the text is redacted.
        """
        key = token_hex(16) if why else None
        common = {"after": self.route.sequence, "at": self.now, "by": self.by, "why": why}
        act = kind(**{**common, "sealed": sealed_reason(key, why) if key else "", **given})
        decided = self.route.act(act)
        self._acts += 1
        record = {**projection.of_act(self._acts, act), "key": key}
        self._writes.append(partial(_number, table=tables.acts, records=[record]))
        self.decisions += decided
        return decided

    def record(self, what: str, subject: str, why: str = "") -> None:
        """Write a row of the ledger about something that no other act records."""
        self.act(Record, why, what=what, subject=subject)

    def record_of(self, person: AccountRef, what: str, why: str = "") -> None:
        """Write a row of the ledger about an account, by its pseudonym."""
        self.record(what, self.route.sequencer.ledger.pseudonym(*person), why)

    # Writing

    def put(self, table: sa.Table, *records: dict[str, Any]) -> None:
        """Write records, replacing those with the same key."""
        self._writes.append(partial(upsert, table=table, records=records))

    def add(self, table: sa.Table, *records: dict[str, Any]) -> None:
        """Write records, except those whose key exists already."""
        self._writes.append(partial(add_new, table=table, records=records))

    def insert(self, table: sa.Table, *records: dict[str, Any]) -> None:
        """Write records that the database numbers."""
        for record in records:
            self.change(sa.insert(table).values(**record))

    def change(self, statement: sa.Update | sa.Delete | sa.Insert) -> None:
        """Execute a statement that changes rows."""
        self._writes.append(lambda rows: rows.execute(statement))

    def send(self, kind: str, service: str, account: str, data: dict[str, Any]) -> None:
        """Queue a message for webhooks and the stream, in the transaction of the change that it is about."""
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

    def keep_up(self) -> None:
        """Write the length of the log to the database even without changes, so that an older log can be recognised."""
        if self.route.sequence > self._counters.sequence:
            self._writes.append(_nothing_more)

    def write(self) -> None:
        """Write everything in one transaction. It may be called again after a failure."""
        fresh = self._fresh()
        with self._database.begin_writing() as rows:
            if self._fence.starts_writing(rows, self._token):
                self._write_all(rows, fresh)
        self._counters.acts = self._acts
        self._counters.ledger += len(fresh)
        self._counters.sequence = self.route.sequence
        self.route.sequencer.register.touched.clear()
        ledger = self.route.sequencer.ledger
        self._fence.has_written(self._acts, ledger.last, ledger.seal)

    def _write_all(self, rows: Rows, fresh: list[Change]) -> None:
        for write in self._writes:
            write(rows)
        self._write_standings(rows, list(self.route.sequencer.register.touched))
        _number(rows, tables.ledger, projection.of_changes(fresh))
        progress = {"sequence": self.route.sequence, "clock": self.now}
        upsert(rows, tables.progress, [{"name": name, "value": value} for name, value in progress.items()])

    def _write_standings(self, rows: Rows, persons: Iterable[AccountRef]) -> None:
        for person in persons:
            standing = self.route.sequencer.standing(*person)
            kept = [strike.decision for strike in standing.strikes]
            of_person = (tables.strikes.c.service == person[0]) & (tables.strikes.c.account == person[1])
            rows.execute(sa.delete(tables.strikes).where(of_person, tables.strikes.c.decision_id.not_in(kept)))
            upsert(rows, tables.sanctions, projection.of_sanctions(person, standing))
            upsert(rows, tables.strikes, projection.of_strikes(person, standing))

    def _fresh(self) -> list[Change]:
        return self.route.sequencer.ledger.since(self._counters.ledger)


def _nothing_more(rows: Rows) -> None:
    """Write nothing: every transaction writes the progress anyway."""


def _number(rows: Rows, table: sa.Table, records: list[dict[str, Any]]) -> None:
    """Insert rows under the numbers that they have.

    Raises `Collides` when a number is taken: another process writes here, and neither row may be overwritten.
    """
    if not records:
        return
    try:
        rows.execute(sa.insert(table), records)
    except sa.exc.IntegrityError as error:
        numbers = f"{records[0]['number']} to {records[-1]['number']}"
        raise Collides(
            f"of the numbers {numbers} of the table `{table.name}` some are taken already: something else writes to "
            "this database. Nothing was overwritten; see `cartellino doctor`"
        ) from error
