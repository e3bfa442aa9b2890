"""What is stored of a sequencer, and a sequencer built anew from it: by replaying, and by an upgrade of the meaning."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import sqlalchemy as sa
from tests.enforcement.histories.menu import policies

from cartellino.commands import projection
from cartellino.enforcement.acts import Act, ReleaseNumber
from cartellino.enforcement.decision import Decision
from cartellino.enforcement.earlier_state import EarlierState
from cartellino.enforcement.sequencer import Sequencer
from cartellino.kernel.finding import Finding
from cartellino.pipeline.findings_journal import Noted
from cartellino.policies.rule import Rule
from cartellino.service import edition_start
from cartellino.storage import tables
from cartellino.storage.database import Database, Rows, upsert
from cartellino.vocabulary.actors import LOG

WRITTEN = (
    tables.progress, tables.acts, tables.decisions, tables.sanctions, tables.strikes, tables.ledger, tables.editions,
    tables.told_sanctions, tables.told_strikes, tables.told_held,
)  # fmt: skip
"""The tables that hold what a sequencer goes on from."""


@dataclass(frozen=True)
class Adoption:
    """Other policies, by their labels, and what each of their rules promises."""

    labels: str
    promised: float | None = None

    def promises(self) -> dict[str, float]:
        """Return what each rule promises."""
        return {} if self.promised is None else {str(one.id): self.promised for one in policies(self.labels).rules}


Entry = list[Finding] | Act | Adoption
"""What goes in: what was found at an event, an act, or other policies."""


def take(sequencer: Sequencer, entry: Entry) -> list[Decision]:
    """Give a sequencer what goes in."""
    if isinstance(entry, Adoption):
        sequencer.adopt(policies(entry.labels))
        sequencer.brakes.promise(entry.promises())
        return []
    return sequencer.decide(entry) if isinstance(entry, list) else sequencer.act(entry)


@dataclass
class Stored:
    """Everything that went in, and what was decided; `earlier` is what an earlier edition left of the first entries."""

    salt: str
    first: Adoption
    entries: list[Entry] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    earlier: EarlierState | None = None
    taken_up: int = 0
    _editions: int = 1

    def restarted(self, sequencer: Sequencer, sequence: int) -> Sequencer:
        """Return a sequencer that was given everything again, as when a service starts."""
        if self.earlier is not None:
            with _database().begin_writing() as rows:
                self._write(rows, sequencer, sequence)
            self._read()
        sequencer = self.begun()
        for entry in self.entries[self.taken_up :]:
            take(sequencer, entry)
        return sequencer

    def upgraded(self, sequencer: Sequencer, now: int, sequence: int) -> Sequencer:
        """Return a sequencer that goes on from what the database holds of another, as after an upgrade."""
        with _database().begin_writing() as rows:
            if self.earlier is None:
                for table in WRITTEN:
                    rows.execute(sa.delete(table))
            self._write(rows, sequencer, sequence)
            self._editions += 1
            edition_start.begin(rows, self._editions, now)
        self._read()
        self.taken_up = len(self.entries)
        return self.begun()

    def _read(self) -> None:
        with _database().begin() as rows:
            start = edition_start.latest(rows)
            assert start is not None
            self.earlier = edition_start.state_at(rows, start, self._notes(), self._rule_of)

    def begun(self) -> Sequencer:
        """Return a sequencer as it is before it is given what was not taken up yet."""
        sequencer = Sequencer(policies(self.first.labels), self.salt)
        sequencer.brakes.promise(self.first.promises())
        if self.earlier is not None:
            for entry in self.entries[: self.taken_up]:
                if isinstance(entry, Adoption):
                    take(sequencer, entry)
            sequencer.go_on_from(self.earlier)
        return sequencer

    def _write(self, rows: Rows, sequencer: Sequencer, sequence: int) -> None:
        """Write what the service writes."""
        upsert(rows, tables.progress, [{"name": "sequence", "value": sequence}])
        upsert(rows, tables.acts, [projection.of_act(number, act) for number, act in enumerate(self._acts(), start=1)])
        upsert(rows, tables.decisions, [projection.of_decision(one, "", "") for one in self.decisions])
        standings = {person: sequencer.standing(*person) for person in sequencer.register.touched}
        upsert(rows, tables.sanctions, [row for one in standings.items() for row in projection.of_sanctions(*one)])
        upsert(rows, tables.strikes, [row for one in standings.items() for row in projection.of_strikes(*one)])
        upsert(rows, tables.ledger, projection.of_changes(sequencer.ledger.rows))

    def _acts(self) -> list[Act]:
        """Return the acts that have a row; those that events lead to are noted with what was found."""
        return [one for one in self.entries if isinstance(one, Act) and not is_logged(one)]

    def _notes(self) -> list[Noted]:
        notes = []
        for entry in self.entries:
            if isinstance(entry, list):
                notes.append(Noted(entry[0].sequence, tuple(entry), ()))
            elif isinstance(entry, ReleaseNumber) and is_logged(entry):
                notes.append(Noted(entry.after, (), (entry,)))
        return notes

    def _rule_of(self, version: str, name: str) -> Rule | None:
        labels = [self.first.labels, *(one.labels for one in self.entries if isinstance(one, Adoption))]
        found = [policies(one).rule(name) for one in labels if policies(one).version == version]
        return found[0] if found else None


def is_logged(act: Act) -> bool:
    """Whether an event of the log led to the act."""
    return isinstance(act, ReleaseNumber) and act.by == LOG


@cache
def _database() -> Database:
    database = Database("sqlite://")
    tables.METADATA.create_all(database.engine)
    return database
