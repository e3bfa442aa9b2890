"""A unit of work: what a command reads, what it does, and all that it writes, in one transaction.

Everything that changes state passes here, one piece after the other (`writer`). Writes are gathered while the work runs
and go to the database together at its end, so that they can be tried again when the database is gone for a while.
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
"""Something that is done with rows, once the transaction has begun."""


class Collides(Refusal):
    """The database holds other rows under the numbers that come next."""

    code = "collides"


class Fence(Protocol):
    """What stands between two processes that would write to one database."""

    def starts_writing(self, rows: Rows, token: str) -> bool:
        """Begin a transaction of that name; `False` when it was committed before, although nobody heard of that.

        Raises a `Refusal` when another process has taken the database over.
        """

    def has_written(self, acts: int, ledger: int, seal: str) -> None:
        """Be told what the database has now."""


class Counters:
    """What the database has: the acts and the rows of the ledger by their numbers, and how far it knows the log."""

    def __init__(self, acts: int = 0, ledger: int = 0, sequence: int = 0) -> None:
        """Begin with what is there."""
        self.acts = acts
        self.ledger = ledger
        self.sequence = sequence


class UnitOfWork:
    """Gathers what a command changes, until `write`. `by` is who does it."""

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
        """`now` is the time of everything that happens here. `token` names what is written here, so that it is written
        once although it is tried again; another piece of work has another."""
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
        """What the machine knows now."""
        return LiveView(self.route)

    def read(self, statement: sa.Select[Any]) -> list[sa.Row[Any]]:
        """Return the rows that a question has for an answer."""
        with self._database.begin() as rows:
            return list(rows.execute(statement))

    def ask(self, query: Callable[[Rows], Result]) -> Result:
        """Return the answer of a named query."""
        with self._database.begin() as rows:
            return query(rows)

    # Doing

    def act(self, kind: type[ActType], why: str, **given: Any) -> list[Decision]:
        """Carry out an act, and keep it: with the log, it is all that decides.

        The ledger gets a digest of the reason under a key that is drawn here and kept with the text.
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
        """Write a row of the ledger about something that no other act says."""
        self.act(Record, why, what=what, subject=subject)

    def record_of(self, person: AccountRef, what: str, why: str = "") -> None:
        """Write a row of the ledger about an account, by its pseudonym."""
        self.record(what, self.route.sequencer.ledger.pseudonym(*person), why)

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

    def keep_up(self) -> None:
        """Let the database know how far the log goes, so that an older copy of the log shows."""
        if self.route.sequence > self._counters.sequence:
            self._writes.append(_nothing_more)

    def write(self) -> None:
        """Write everything in one transaction. It may be tried again after a failure."""
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
            kept = [one.decision for one in standing.strikes]
            mine = (tables.strikes.c.service == person[0]) & (tables.strikes.c.account == person[1])
            rows.execute(sa.delete(tables.strikes).where(mine, tables.strikes.c.decision_id.not_in(kept)))
            upsert(rows, tables.sanctions, projection.of_sanctions(person, standing))
            upsert(rows, tables.strikes, projection.of_strikes(person, standing))

    def _fresh(self) -> list[Change]:
        return self.route.sequencer.ledger.since(self._counters.ledger)


def _nothing_more(rows: Rows) -> None:
    """What every transaction writes is enough."""


def _number(rows: Rows, table: sa.Table, records: list[dict[str, Any]]) -> None:
    """Write rows under numbers that are free.

    Raises `Collides` where one is taken: something else writes here, and neither row may be lost.
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
