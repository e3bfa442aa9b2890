"""The writer: the one thread that changes state, one job after the other.

    rows    what came while the last were written → the log (fsync) → answered → judged → decided → one transaction
    work    filings, outcomes, acts of operators → done as a unit of work → one transaction → answered
    time    sanctions that end, each exactly once

While the database is away, decisions wait (`committer`), the queue fills (`write_queue`), and senders are refused for a
while; nothing is dropped. `recovery` restores the state after a start or a crash, and `policy_changes` puts other
policies in force. Why there is one thread: docs/decisions/single-writer.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from threading import Event, Thread
from time import monotonic
from typing import TypeVar

import sqlalchemy as sa
import structlog

from cartellino.commands import erasure, personal_data, sanctions
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.events.batches import Chunk
from cartellino.kernel.geometry import Geometry
from cartellino.pipeline.history_import import keep_past
from cartellino.pipeline.indexed_log import SCHEMA
from cartellino.pipeline.live_view import LiveView
from cartellino.pipeline.route import Listener, Route, Step, unheard
from cartellino.pipeline.state_folder import StateFolder
from cartellino.queries.policy_versions import Version, Versions
from cartellino.service import timekeeping
from cartellino.service.clock import Clock
from cartellino.service.committer import Committer, Machine
from cartellino.service.installation import Installation
from cartellino.service.policy_changes import PolicyChanges
from cartellino.service.recovery import Recovery, Running
from cartellino.service.throughput import Throughput
from cartellino.service.write_queue import FilesJob, RowsJob, Unavailable, WorkJob, WriteQueue
from cartellino.service.writer_status import AWAY, NOT_READ, WriterStatus, end_the_process
from cartellino.storage.database import Database, is_away
from cartellino.storage.faults import DamagedLog, WriteFailed
from cartellino.storage.retention import forget
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.actors import SERVICE, TIME, Actor
from cartellino.vocabulary.refusals import Refusal
from cartellino.vocabulary.times import Duration

TICK = 0.25
"""Seconds after which the writer looks at the time if there are no jobs."""

LARGEST_BATCH = 65_536
"""Most rows that are processed together."""

Result = TypeVar("Result")

log = structlog.get_logger()


class Writer:
    """The one writer of a data folder: its queue, and the thread that works through it."""

    def __init__(
        self,
        state: StateFolder,
        database: Database,
        clock: Clock,
        salt: str,
        installation: Installation,
        *,
        geometry: Geometry | None = None,
        workers: int = 1,
        native: bool | None = None,
        waiting: int = 500_000,
        audit_share: float = 0.02,
        listener: Listener = unheard,
        ended: Callable[[], object] = end_the_process,
    ) -> None:
        """At most `waiting` rows wait; `audit_share` of decisions is audited; `ended` is called if the thread dies."""
        running = Running(geometry if geometry is not None else Geometry(), workers, native)
        self.state = state
        self.database = database
        self.clock = clock
        self.installation = installation
        self.versions = Versions(database)
        self.throughput = Throughput()
        self.status = WriterStatus()
        self._ended, self._listener = ended, listener
        self._queue = WriteQueue(waiting)
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="writer", daemon=True)
        self._watch = timekeeping.Watch(clock)
        self._committer = Committer(
            database, clock, installation, salt, self.status, self._stopping, audit_share=audit_share
        )
        self._recovery = Recovery(state, database, clock, installation, self.versions, self._committer, salt, running)
        self._policies = PolicyChanges(state, database, self.versions, self._committer, running.geometry, salt)
        self._begins: Version | None = None
        self._taken_up: Machine | None = None

    # From outside

    def start(self, begins: Version) -> None:
        """Recover, and start the thread; `begins` is the policy version of the very first start."""
        self._begins = begins
        self._resume()
        self.status.takes()
        self._thread.start()

    def stop(self) -> None:
        """Do the jobs that wait, save a snapshot, and end."""
        self._stopping.set()
        self._queue.wake()
        if self._thread.is_alive():
            self._thread.join()
        self.installation.close()

    def take(self, source: str, chunks: list[Chunk], *, past: bool = False) -> Future[list[Step]]:
        """Queue rows of a source; the future is done as soon as they are on the disk.

        Rows of its `past` may be in any order, and nothing is decided on them. Raises `Busy` when too many rows wait,
        `Unavailable` when none can be accepted now.
        """
        self._must_run()
        if why := timekeeping.put_off(self.clock.read(), chunks):
            raise Unavailable(why)
        return self._queue.put_rows(source, chunks, past=past)

    def do(self, what: Callable[[UnitOfWork], Result], by: Actor = SERVICE) -> Future[Result]:
        """Queue a unit of work; the future is done once it is written.

        Raises `Unavailable` when nothing can be done now.
        """
        self._must_run()
        return self._queue.put_work(what, by)

    def erase(self, service: str, account: str, by: Actor, why: str) -> Future[str]:
        """Erase an account; the result is the alias that replaces its name."""

        def work() -> str:
            person = AccountRef(service, account)
            return erasure.erase(self.database, self.state, self._route, person, now=self.clock.now(), by=by, why=why)

        return self._on_files(work)

    def forget(self, kept: Mapping[str, Duration]) -> Future[dict[str, int]]:
        """Remove events older than their kinds are kept; the result is their number by kind."""

        def work() -> dict[str, int]:
            self.state.will_forget(self._route)
            spared = personal_data.held_rows(self.database, self._route.sequencer.ledger.pseudonym)
            log_folder = self.state.folder / "log"
            return forget(log_folder, SCHEMA, kept, self.clock.now(), spared=spared)

        return self._on_files(work)

    def succeed(
        self, version: Version, by: Actor, why: str, first: Callable[[UnitOfWork], object] | None = None
    ) -> Future[bool]:
        """Adopt other policies: at once if they need no new series, else when they have caught up with the log.

        The result says whether it was at once. `first` is called before in the same unit of work, and may refuse.
        """

        def work(unit: UnitOfWork) -> bool:
            if first is not None:
                first(unit)
            return self._policies.begin(unit, version, why)

        return self.do(work, by)

    @property
    def live(self) -> LiveView:
        """A read-only view of the pipeline, for one answer: a recovery replaces the route."""
        return LiveView(self._route)

    @property
    def _route(self) -> Route:
        return self._machine.route

    @property
    def waiting(self) -> int:
        """How many rows wait."""
        return self._queue.rows

    @property
    def changed(self) -> Event:
        """Set whenever something was written."""
        return self._committer.changed

    @property
    def is_succeeding(self) -> bool:
        """Whether other policies are catching up with the log."""
        return self._policies.is_pending

    # The thread

    def _run(self) -> None:
        """Work until stopped. After any error either the thread goes on, or the process ends with it."""
        try:
            while not (self._stopping.is_set() and self._queue.is_empty):
                self._turn_or_recover()
            self._end()
        except BaseException as error:
            self.status.halts(f"the writer ended ({type(error).__name__})")
            log.critical("the writer ended, and the process with it", error=type(error).__name__, exc_info=error)
            self._ended()
        finally:
            self._queue.refuse_everything(Unavailable(self.status.reason or "the service is stopping"))

    def _turn_or_recover(self) -> None:
        try:
            self._turn()
        except (DamagedLog, WriteFailed) as error:
            self._recover(str(error))
        except Exception as error:
            if is_away(error):
                self._recover(NOT_READ)
                return
            # a bug: the state in memory may be wrong, so it is rebuilt
            log.exception("the writer failed", error=type(error).__name__)
            self._recover(f"the service failed ({type(error).__name__}); see its log")

    def _turn(self) -> None:
        jobs = self._queue.gather(TICK, LARGEST_BATCH)
        rows = [job for job in jobs if isinstance(job, RowsJob) and not job.past]
        if rows:
            self._take(rows)
        for job in jobs:
            if isinstance(job, RowsJob) and job.past:
                self._take_past(job)
            elif isinstance(job, WorkJob):
                self._do(job)
            elif isinstance(job, FilesJob):
                self._do_on_files(job)
        self._queue.finished(jobs)
        self._look_at_the_time()
        self.throughput.note(monotonic(), self._route.sequence)

    def _take(self, jobs: Sequence[RowsJob]) -> None:
        self._route.arrivals.now = self.clock.now()
        chunks = [(chunk, job.source) for job in jobs for chunk in job.chunks]

        def durable(steps: Sequence[Step]) -> None:
            left = iter(steps)
            for job in jobs:
                job.done.set_result([next(left) for _ in job.chunks])

        try:
            _, decisions = self._route.take_together(chunks, durable)
        except BaseException as error:
            self.status.halts("events cannot be kept")
            self._queue.refuse(jobs, Unavailable(f"nothing of this was taken: {error}"))
            raise
        self._committer.write_decided(self._machine, decisions)
        self.state.record(decisions, self._route)

    def _take_past(self, job: RowsJob) -> None:
        """Log the past of a source, on which nothing is decided."""
        self._route.arrivals.now = self.clock.now()
        try:
            steps = keep_past(self._route, job.chunks, job.source)
        except BaseException as error:
            self.status.halts("events cannot be kept")
            self._queue.refuse([job], Unavailable(f"it is not sure that all of this was taken; send it again: {error}"))
            raise
        job.done.set_result(steps)
        self._committer.write_decided(self._machine, ())
        self.state.record((), self._route)

    def _do(self, job: WorkJob) -> None:
        """Do a unit of work as a whole, or not at all: if it fails, nothing is written."""
        unit = self._committer.unit(self._machine, job.by)
        try:
            result = job.what(unit)
            self._committer.complete(unit, unit.decisions)
        except BaseException as error:
            if unit.has_acted:  # before the caller is answered, since the state in memory must not be shown any more
                self.status.halts(f"a piece of work failed ({type(error).__name__})")
            job.done.set_exception(_answer(error))
            if not isinstance(error, Refusal | sa.exc.DBAPIError) and not is_away(error):
                log.exception("a piece of work failed", error=type(error).__name__)
            if unit.has_acted:
                raise  # the state in memory is ahead of the database, so it is recovered
            return
        self._committer.write(unit)
        job.done.set_result(result)

    def _on_files(self, what: Callable[[], Result]) -> Future[Result]:
        self._must_run()
        return self._queue.put_files(what)

    def _do_on_files(self, job: FilesJob) -> None:
        """Do work on the files, and recover from what they hold then."""
        try:
            result = job.what()
        except Refusal as refusal:
            job.done.set_exception(refusal)
            return
        except BaseException as error:
            job.done.set_exception(_answer(error))
            raise
        self.state.forget_opened()
        self._resume()
        job.done.set_result(result)

    def _look_at_the_time(self) -> None:
        if self._watch.look().lasted:
            self._follow_the_clock()
        ending = self._committer.unit(self._machine, TIME)
        sanctions.end_due(ending)
        self._committer.write(ending)
        self._policies.finish_if_ready(self._machine)

    def _follow_the_clock(self) -> None:
        unit = self._committer.unit(self._machine, TIME)
        try:
            timekeeping.follow(unit, self.clock, "it has lasted five minutes", confirmed=False)
        except Exception as error:
            if is_away(error):
                return  # tried again at the next turn, until the database answers
            raise
        self._committer.write(unit)

    # Beginning, recovery and end

    @property
    def _machine(self) -> Machine:
        if self._taken_up is None:
            raise Unavailable("the service is starting")
        return self._taken_up

    def _resume(self) -> None:
        """Recover, and write the decisions that the database does not have yet."""
        if self._begins is None:
            raise Unavailable("the service is starting")
        recovered = self._recovery.recover(self._begins)
        recovered.machine.route.listener = self._listener
        self._taken_up = recovered.machine
        self._committer.write_decided(recovered.machine, recovered.missed)
        self._recovery.adopt_edition(recovered)
        self._policies.resume(recovered.machine)

    def _recover(self, why: str) -> None:
        """Drop the state in memory, which may be ahead of the disk, and recover; try until it succeeds."""
        self.status.halts(why)
        log.error("halted; what was answered is safe, and taking goes on when this is mended", why=why)
        while not self._stopping.is_set():
            self._queue.refuse_everything(Unavailable(self.status.reason))
            self._stopping.wait(1.0)
            try:
                self.state.forget_opened()
                self._resume()
            except (sa.exc.DBAPIError, sa.exc.TimeoutError, ConnectionError) as error:
                self.status.halts(NOT_READ if is_away(error) else "the database refuses what was decided; see the log")
            except (OSError, Refusal) as error:
                self.status.halts(str(error))
            except Exception as error:  # the next try may succeed, and the thread must not end
                log.exception("taking up what was kept failed", error=type(error).__name__)
                self.status.halts(f"the service failed ({type(error).__name__}); see its log")
            else:
                self.status.takes()
                log.info("going on")
                return

    def _end(self) -> None:
        """Save a snapshot. Without it nothing is lost, but the next start has to judge more of the log again."""
        if self.status.reason or self._route.sequence == 0:
            return
        try:
            self.state.snapshot(self._route)
        except (OSError, Refusal) as error:
            log.error("what the kernel knows could not be written down", why=str(error))
        self._keep_up()

    def _keep_up(self) -> None:
        """Record in the database how far the log goes; if that is away, the next start does it."""
        unit = self._committer.unit(self._machine, SERVICE)
        unit.keep_up()
        try:
            if not unit.is_empty:
                unit.write()
        except Exception as error:
            if not is_away(error):
                raise

    def _must_run(self) -> None:
        if refusal := self.status.refusal:
            raise Unavailable(refusal)
        if self._stopping.is_set():
            raise Unavailable("the service is stopping")


def _answer(error: BaseException) -> BaseException:
    if is_away(error):
        return Unavailable(AWAY)
    return error
