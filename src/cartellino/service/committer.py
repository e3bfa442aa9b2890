"""Creates units of work, and writes them, retrying for as long as the database is away."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from threading import Event
from typing import NamedTuple

import structlog

from cartellino.commands.consequences import settle
from cartellino.commands.unit_of_work import Counters, UnitOfWork
from cartellino.enforcement.decision import Decision
from cartellino.pipeline.reporter_credit import Reporters
from cartellino.pipeline.route import Route
from cartellino.service.clock import Clock
from cartellino.service.installation import Installation
from cartellino.service.writer_status import WriterStatus
from cartellino.storage import tables
from cartellino.storage.database import Database, is_away
from cartellino.vocabulary.actors import LOG, Actor

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0
"""Seconds between two tries to write; each pause is twice the one before."""

log = structlog.get_logger()


class Machine(NamedTuple):
    """The route with the counters of what the database has of its decisions. Every recovery builds a new one."""

    route: Route
    counters: Counters


class Committer:
    """Writes units of work exactly once: none is dropped, and none is written twice."""

    def __init__(
        self, database: Database, clock: Clock, installation: Installation, salt: str, status: WriterStatus,
        stopping: Event, *, audit_share: float,
    ) -> None:  # fmt: skip
        """`audit_share` is the share of decisions that are audited. Once `stopping` is set, nothing is retried."""
        self.reporters = Reporters()
        self.changed = Event()
        """Set whenever something was written."""
        self._database = database
        self._clock = clock
        self._installation = installation
        self._salt = salt
        self._status = status
        self._stopping = stopping
        self._audit_share = audit_share

    def unit(self, machine: Machine, by: Actor, token: str = "") -> UnitOfWork:
        """Begin a unit of work by an actor. Writing it twice with the same `token` has no effect."""
        return UnitOfWork(
            machine.route, self._database, machine.counters, self._clock.now(), by, self.reporters,
            fence=self._installation, token=token,
        )  # fmt: skip

    def complete(self, unit: UnitOfWork, decisions: Sequence[Decision]) -> None:
        """Add to a unit of work what follows from decisions."""
        settle(unit, list(decisions), self._salt, self._audit_share)

    def write(self, unit: UnitOfWork) -> None:
        """Write a unit of work."""
        if not unit.is_empty:
            self._persist(unit.write)
            self.changed.set()

    def write_decided(self, machine: Machine, decisions: Sequence[Decision]) -> None:
        """Write decisions on events with their consequences, and the reports since the last call."""
        reports = self.reporters.fresh()
        token = secrets.token_hex(12)

        def attempt() -> None:
            unit = self.unit(machine, LOG, token)
            self.complete(unit, decisions)
            for report in reports:
                unit.insert(tables.reports, report)
            if not unit.is_empty:
                unit.write()
                self.changed.set()

        self._persist(attempt)

    def _persist(self, attempt: Callable[[], object]) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                attempt()
            except Exception as error:
                if not is_away(error) or self._stopping.is_set():
                    raise
                self._status.waits()
                log.warning("the database does not answer; trying again", error=type(error).__name__, pause=pause)
                self._stopping.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                self._status.takes()
                return
