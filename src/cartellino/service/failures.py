"""Counts failed sign-ins, and records them in the ledger: at most one row for each name in ten minutes.

A name that no operator has is not recorded, since people sometimes type their password into the wrong field.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock

import sqlalchemy as sa

from cartellino.commands import pending_acts
from cartellino.storage import tables
from cartellino.storage.database import Database
from cartellino.vocabulary.actors import STRANGER, operator
from cartellino.vocabulary.times import MINUTE, Duration, Instant

APART: Duration = 10 * MINUTE
"""The shortest time between two rows about one name."""

MOST_NAMES = 1_000
MOST_NETWORKS = 100
NAMED = 3
"""At most so many networks are named in a row, by pseudonym."""

UNKNOWN = "unknown names"


@dataclass
class _Failed:
    times: int = 0
    networks: set[str] = field(default_factory=set)

    def note(self, networks: set[str], times: int = 1) -> None:
        self.times += times
        self.networks |= networks if len(self.networks) < MOST_NETWORKS else set()

    def words(self) -> str:
        named = sorted(self.networks)
        more = f" and {len(named) - NAMED} more" if len(named) > NAMED else ""
        return f"{self.times} times, from {', '.join(named[:NAMED])}{more}"


class Failures:
    """Counts failed sign-ins, and writes their rows."""

    def __init__(self, database: Database) -> None:
        """`database` has the operators, and gets the rows."""
        self._database = database
        self._failed: dict[str, _Failed] = {}
        self._written: dict[str, Instant] = {}
        self._lock = Lock()

    def note(self, name: str, network: str) -> None:
        """Count a sign-in that failed or was refused; `network` is a pseudonym."""
        with self._lock:
            key = name if name in self._failed or len(self._failed) < MOST_NAMES else UNKNOWN
            self._failed.setdefault(key, _Failed()).note({network})

    def write_down(self, now: Instant, *, everything: bool = False) -> None:
        """Write a row about each name that has had none for ten minutes; `everything`: about all names."""
        with self._lock:
            failed, self._failed = self._failed, {}
        if not failed:
            return
        try:
            self._write(failed, now, everything)
        finally:  # counts that are not due yet, or that the database did not take, are kept
            with self._lock:
                _join(self._failed, failed)

    def _write(self, failed: dict[str, _Failed], now: Instant, everything: bool) -> None:
        with self._database.begin_writing() as rows:
            known = set(rows.scalars(sa.select(tables.operators.c.name)))
            for name in failed.keys() - known - {UNKNOWN}:
                _join(failed, {UNKNOWN: failed.pop(name)})
            due = [name for name in failed if everything or now >= self._written.get(name, 0) + APART]
            for name in due:
                pending_acts.leave_record(
                    rows,
                    now,
                    STRANGER,
                    "sign-ins failed",
                    name if name == UNKNOWN else operator(name),
                    failed[name].words(),
                )
        for name in due:
            self._written[name] = now
            del failed[name]


def _join(these: dict[str, _Failed], others: dict[str, _Failed]) -> None:
    for name, failed in others.items():
        these.setdefault(name, _Failed()).note(failed.networks, failed.times)
