"""Takes rows of health: what may identify somebody is taken out, then they are stored and wait to be judged.

Many people report at the same moment, so whatever waits is stored together, in one transaction of the writer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from threading import Lock
from typing import NamedTuple, TypeVar

import msgspec

from cartellino.availability.networks import network_of
from cartellino.availability.rows import Probe, Problem
from cartellino.commands import health
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.pipeline.live_view import LiveView
from cartellino.queries.health import Key, Sent
from cartellino.service.health_watch import HealthWatch
from cartellino.service.write_queue import Busy
from cartellino.service.writer import Writer
from cartellino.vocabulary.actors import Actor
from cartellino.vocabulary.refusals import Refusal
from cartellino.vocabulary.times import Instant

MOST_WAITING = 100_000
"""Most rows that wait to be stored."""

Keyed = Sequence[tuple[Key, Sent]]
Result = TypeVar("Result")


class _Job(NamedTuple):
    rows: Keyed
    done: Future[int]


class HealthIntake:
    """Stores rows through the writer; any thread may ask."""

    def __init__(self, writer: Writer, watch: HealthWatch) -> None:
        self._writer, self._watch = writer, watch
        self._jobs: list[_Job] = []
        self._lock = Lock()

    def take(self, rows: Keyed) -> Future[int]:
        """Store rows; the future has how many counted, once they are stored, or why nothing can be stored now.

        Raises `Busy` when too many wait.
        """
        done: Future[int] = Future()
        with self._lock:
            if sum(len(job.rows) for job in self._jobs) + len(rows) > MOST_WAITING:
                raise Busy("too many rows of health wait to be stored")
            self._jobs.append(_Job(rows, done))
            is_asked = len(self._jobs) > 1
        if not is_asked:
            self._ask()
        return done

    def announce(self, rows: Keyed, by: Actor) -> Future[int]:
        """Store announcements by an operator, as `take` does."""
        return self.announce_with(lambda _: (rows, len(rows)), by)

    def announce_with(self, work: Callable[[UnitOfWork], tuple[Keyed, Result]], by: Actor) -> Future[Result]:
        """Do a unit of work, and store the announcements that it returns in the same transaction; return the rest."""
        taken: list[tuple[Key, Sent]] = []

        def stored(unit: UnitOfWork) -> Result:
            rows, result = work(unit)
            self._store(unit, rows, taken)
            return result

        done = self._writer.do(stored, by)
        done.add_done_callback(lambda over: self._watch.release(taken) if over.exception() else None)
        return done

    def _ask(self) -> None:
        jobs: list[_Job] = []
        taken: list[tuple[Key, Sent]] = []
        try:
            done = self._writer.do(partial(self._store_all, jobs=jobs, taken=taken))
        except Refusal as error:  # of these rows, and of those that came meanwhile and rely on this
            self._refuse(jobs, error)
            return
        done.add_done_callback(partial(self._answer, jobs=jobs, taken=taken))

    def _store_all(self, unit: UnitOfWork, jobs: list[_Job], taken: list[tuple[Key, Sent]]) -> list[int]:
        with self._lock:
            jobs += self._jobs
            self._jobs.clear()
        left = {key for key, _ in self._store(unit, [row for job in jobs for row in job.rows], taken)}
        counts = []
        for job in jobs:
            keys = {key for key, _ in job.rows}
            counts.append(len(keys & left))
            left -= keys
        return counts

    def _store(self, unit: UnitOfWork, rows: Keyed, taken: list[tuple[Key, Sent]]) -> Keyed:
        taken += self._watch.hold(health.fresh(unit, rows))
        health.store(unit, taken)
        return taken

    def _answer(self, done: Future[list[int]], jobs: list[_Job], taken: list[tuple[Key, Sent]]) -> None:
        error = done.exception()
        if error is None:
            for job, count in zip(jobs, done.result(), strict=True):
                job.done.set_result(count)
            return
        self._watch.release(taken)
        self._refuse(jobs, error)

    def _refuse(self, jobs: list[_Job], error: BaseException) -> None:
        """Answer jobs that were taken up, and those that wait."""
        with self._lock:
            jobs += self._jobs
            self._jobs.clear()
        for job in jobs:
            job.done.set_exception(error)


def without_names(row: Sent, live: LiveView, now: Instant) -> Sent:
    """Return a row as it may be stored: who reports as a pseudonym, with whether they are sanctioned; a prefix for an
    address."""
    if isinstance(row, Probe):
        return msgspec.structs.replace(row, network=network_of(row.network))
    if not isinstance(row, Problem):
        return row
    network = network_of(row.network)
    if row.reporter is None:
        return msgspec.structs.replace(row, network=network)
    sanctioned = row.sanctioned or bool(live.whole(row.service, row.reporter).in_force(now))
    reporter = live.pseudonym(row.service, row.reporter)
    return msgspec.structs.replace(row, network=network, reporter=reporter, sanctioned=sanctioned)
