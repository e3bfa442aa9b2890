"""The writer: one thread through which everything passes that changes state, one piece after the other.

    rows    gathered for up to 50 ms → the log (fsync) → answered → judged → decided → one transaction
    work    filings, outcomes, acts of operators → done at the desk → one transaction → answered
    time    sanctions that come to their end, each exactly once

The log and the acts are all that decides. After a crash `start` replays both, and what the database does not have yet
is written; so nothing that was answered is lost, and nothing is decided twice. While the database is gone, what is
decided waits, the queue fills, and senders are told to come back later; nothing is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from queue import Empty, Queue
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
import structlog

from cartellino.enforcement.acts import Adopt, Expire
from cartellino.enforcement.decision import Decision
from cartellino.enforcement.sequencer import Sequencer
from cartellino.events.batches import Chunk
from cartellino.events.logged import LOGGED
from cartellino.kernel.engine import Engine
from cartellino.kernel.geometry import Geometry
from cartellino.policies.policyset import PolicySet
from cartellino.service import privacy, projection
from cartellino.service.clock import Clock
from cartellino.service.desk import Counters, Desk
from cartellino.service.pulse import Pulse
from cartellino.service.reporters import Reporters
from cartellino.service.route import Route, Step
from cartellino.service.state import State
from cartellino.service.succession import Succession
from cartellino.service.telling import sanction_record, settle
from cartellino.service.versions import Version, Versions
from cartellino.storage import tables
from cartellino.storage.database import Database
from cartellino.storage.faults import DamagedLog, WriteFailed
from cartellino.storage.retention import forget
from cartellino.vocabulary.refusals import Refusal
from cartellino.vocabulary.times import Duration

GATHER = 0.05
"""Seconds for which rows are gathered, so that many senders share one fsync and one transaction."""

TICK = 0.25
"""Seconds after which the writer looks at the time, when nothing comes."""

GONE = "the database does not answer"
_GONE = (sa.exc.OperationalError, sa.exc.InterfaceError)

LARGEST_BATCH = 65_536
"""Rows that are taken together."""

Result = TypeVar("Result")

log = structlog.get_logger()


class Busy(Refusal):
    """Too much waits already; it may be sent again a little later."""

    code = "busy"


class Unavailable(Refusal):
    """The service cannot do this now."""

    code = "unavailable"


class _Rows(NamedTuple):
    source: str
    chunks: list[Chunk]
    size: int
    done: Future[list[Step]]


class _Quiet(NamedTuple):
    """Work on the files themselves, while nothing else happens; afterwards everything is taken up anew."""

    what: Callable[[], Any]
    done: Future[Any]
    size: int = 0


class _Work(NamedTuple):
    what: Callable[[Desk], Any]
    by: str
    done: Future[Any]


class Writer:
    """The one writer of a data folder."""

    def __init__(
        self,
        state: State,
        database: Database,
        clock: Clock,
        salt: str,
        *,
        geometry: Geometry | None = None,
        workers: int = 1,
        native: bool | None = None,
        waiting: int = 500_000,
        audit_share: float = 0.02,
    ) -> None:
        """`waiting` is how many rows may wait; `audit_share` the share of decisions that are audited."""
        self.state = state
        self.database = database
        self.clock = clock
        self.versions = Versions(database)
        self.halted = "starting"
        self.changed = Event()
        self._salt = salt
        self._geometry = geometry if geometry is not None else Geometry()
        self._workers = workers
        self._native = native
        self._most_waiting = waiting
        self._audit_share = audit_share
        self._queue: Queue[_Rows | _Work | _Quiet | None] = Queue()
        self._waiting = 0
        self._lock = Lock()
        self._stopping = Event()
        self._heir: tuple[Version, str, str, Succession] | None = None
        self._thread = Thread(target=self._run, name="writer", daemon=True)
        self.reporters = Reporters()
        self.pulse = Pulse()

    # From outside

    def start(self, begins: Version) -> None:
        """Bring everything to where the log and the acts end, and begin to take."""
        self._begins = begins
        self._resume(begins)
        self.halted = ""
        self._thread.start()

    def stop(self) -> None:
        """Do what waits, write down what the kernel knows, and end."""
        self._stopping.set()
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join()
        self.state.close()

    def take(self, source: str, chunks: list[Chunk]) -> Future[list[Step]]:
        """Take rows of a source; answered as soon as the disk has them.

        Raises `Busy` when too many wait, `Unavailable` when nothing can be taken now.
        """
        self._must_run()
        size = sum(one.batch.num_rows for one in chunks)
        with self._lock:
            if self._waiting and self._waiting + size > self._most_waiting:
                raise Busy(f"{self._waiting:,} events wait to be taken; send these again a little later")
            self._waiting += size
        done: Future[list[Step]] = Future()
        self._queue.put(_Rows(source, chunks, size, done))
        return done

    def do(self, what: Callable[[Desk], Result], by: str = "service") -> Future[Result]:
        """Do a piece of work at the desk; answered once it is written.

        Raises `Unavailable` when nothing can be done now.
        """
        self._must_run()
        done: Future[Result] = Future()
        self._queue.put(_Work(what, by, done))
        return done

    def erase(self, service: str, account: str, by: str, why: str) -> Future[str]:
        """Erase an account; the answer is the alias that stands in its place from now on."""

        def work() -> str:
            subject = self.route.sequencer.ledger.pseudonym(service, account)
            with self.database.begin_writing() as rows:
                alias = privacy.begin(rows, service, account, subject, self.route.sequence, self.clock.now(), by)
                self.state.will_forget(self.route)  # before the commit: from then on a restart takes the events away
            privacy.carry_out(self.database, self.state.folder, service, account, alias, self.clock.now())
            return alias

        return self._quietly(work)

    def forget(self, kept: Mapping[str, Duration]) -> Future[dict[str, int]]:
        """Forget events that are older than their kinds are kept; return how many, by kind."""

        def work() -> dict[str, int]:
            self.state.will_forget(self.route)
            spared = privacy.held_rows(self.database, self.route.sequencer.ledger.pseudonym)
            log_folder = self.state.folder / "log"
            return forget(log_folder, kept, self.clock.now(), compression="lz4", spared=spared)

        return self._quietly(work)

    def _quietly(self, what: Callable[[], Result]) -> Future[Result]:
        self._must_run()
        done: Future[Result] = Future()
        self._queue.put(_Quiet(what, done))
        return done

    @property
    def waiting(self) -> int:
        """How many rows wait."""
        return self._waiting

    def succeed(
        self, version: Version, by: str, why: str, first: Callable[[Desk], object] | None = None
    ) -> Future[bool]:
        """Let other policies decide: at once if they count what is counted, else when they have caught up with the log.

        The answer says whether it was at once. `first` is done at the desk before, and may refuse.
        """

        def work(desk: Desk) -> bool:
            if first is not None:
                first(desk)
            return self._succeed(desk, version, why)

        return self.do(work, by)

    # The thread

    def _run(self) -> None:
        while not (self._stopping.is_set() and self._queue.empty()):
            try:
                self._turn()
            except (DamagedLog, WriteFailed) as error:
                self._recover(str(error))
            except Exception as error:  # a fault of ours: nothing goes on that might be wrong
                log.exception("the writer failed", error=type(error).__name__)
                self._recover(f"the service failed ({type(error).__name__}); see its log")
        self._end()

    def _turn(self) -> None:
        jobs = self._gather()
        rows = [one for one in jobs if isinstance(one, _Rows)]
        if rows:
            self._take(rows)
        for job in jobs:
            if isinstance(job, _Work):
                self._do(job)
            elif isinstance(job, _Quiet):
                self._do_quietly(job)
        self._look_at_the_time()
        self.pulse.note(monotonic(), self.route.sequence)

    def _gather(self) -> list[_Rows | _Work | _Quiet]:
        jobs: list[_Rows | _Work | _Quiet] = []
        until, size = monotonic() + TICK, 0
        while (left := until - monotonic()) > 0 and size < LARGEST_BATCH:
            try:
                job = self._queue.get(timeout=left)
            except Empty:
                break
            if job is None:
                break
            until = min(until, monotonic() + GATHER) if not jobs else until
            jobs.append(job)
            if not isinstance(job, _Rows):
                break
            size += job.size
        return jobs

    def _take(self, jobs: Sequence[_Rows]) -> None:
        self.route.arrivals.now = self.clock.now()
        chunks = [(chunk, job.source) for job in jobs for chunk in job.chunks]

        def durable(steps: Sequence[Step]) -> None:
            left = iter(steps)
            for job in jobs:
                job.done.set_result([next(left) for _ in job.chunks])

        try:
            _, decisions = self.route.take_together(chunks, durable)
        except BaseException as error:
            self.halted = "events cannot be kept"
            for job in jobs:
                if not job.done.done():
                    job.done.set_exception(Unavailable(f"nothing of this was taken: {error}"))
            raise
        finally:
            with self._lock:
                self._waiting -= sum(job.size for job in jobs)
        self._decided(decisions)
        self.state.record(decisions, self.route)

    def _decided(self, decisions: Sequence[Decision]) -> None:
        """Do what follows from decisions and write it, however long the database is gone."""
        reports = self.reporters.fresh()

        def attempt() -> None:
            desk = self._desk("log")
            settle(desk, list(decisions), self._salt, self._audit_share)
            for change in reports:
                desk.insert(tables.reports, change)
            if not desk.is_empty:
                desk.write()
                self.changed.set()

        self._persist(attempt)

    def _do(self, job: _Work) -> None:
        """Do a piece of work whole, or not at all: what fails before its end writes nothing."""
        desk = self._desk(job.by)
        try:
            result = job.what(desk)
            settle(desk, desk.decisions, self._salt, self._audit_share)
        except BaseException as error:
            job.done.set_exception(_answer(error))
            if not isinstance(error, Refusal | sa.exc.DBAPIError):
                log.exception("a piece of work failed", error=type(error).__name__)
            if desk.has_acted:
                raise  # what is in memory is ahead of what was written: it is taken up anew
            return
        self._write(desk)
        job.done.set_result(result)

    def _do_quietly(self, job: _Quiet) -> None:
        try:
            result = job.what()
        except Refusal as refusal:
            job.done.set_exception(refusal)
            return
        except BaseException as error:
            job.done.set_exception(_answer(error))
            raise
        self.state.forget_opened()
        self._resume(self._begins)
        job.done.set_result(result)

    def _desk(self, by: str) -> Desk:
        return Desk(self.route, self.database, self._counters, self.clock.now(), by, self.reporters)

    def _write(self, desk: Desk) -> None:
        """Write until it is written: what was done is never dropped."""
        if not desk.is_empty:
            self._persist(desk.write)
            self.changed.set()

    def _persist(self, attempt: Callable[[], object]) -> None:
        pause = 0.05
        while True:
            try:
                attempt()
            except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
                if self._stopping.is_set():
                    raise
                self.halted = GONE
                log.warning("the database does not answer; trying again", error=type(error).__name__, pause=pause)
                self._stopping.wait(pause)
                pause = min(2 * pause, 2.0)
            else:
                self.halted = ""
                return

    def _look_at_the_time(self) -> None:
        register = self.route.sequencer.register
        due = register.due(self.clock.now())
        if due:
            desk = self._desk("time")
            for identity in due:
                person, sanction = register.owner(identity), register.sanction(identity)
                desk.act(Expire, "it came to its end", sanction=identity)
                desk.send("sanction.expired", *person, sanction_record(sanction))
            self._write(desk)
        if self._heir is not None and self._heir[3].is_ready:
            self._activate()

    # Policies

    def _succeed(self, desk: Desk, version: Version, why: str) -> bool:
        policies = self.versions.know(version)
        desk.put(tables.policy_versions, version.row(policies.version, desk.now, desk.by, why))
        if self.route.adopt(policies):
            self._heir = None
            self._adopted(desk, version, why)
            return True
        self._heir = (version, desk.by, why, Succession(self.route, policies, self.state.log, native=self._native))
        return False

    def _activate(self) -> None:
        assert self._heir is not None
        version, by, why, heir = self._heir
        self._heir = None
        desk = self._desk(by)
        heir.activate()
        self.route.kernel.beside = True
        self._adopted(desk, version, why)
        self._write(desk)
        self.state.snapshot(self.route)

    def _adopted(self, desk: Desk, version: Version, why: str) -> None:
        policies = self.route.policies
        self.route.sequencer.brakes.promise(version.promised)
        desk.act(Adopt, why, version=policies.version)
        desk.send("policy.adopted", "", "", {"version": policies.version, "by": desk.by, "why": why})
        self.state.follow(version.texts, version.parameters, policies, self._geometry, self._salt)

    @property
    def is_succeeding(self) -> bool:
        """Whether other policies are catching up with the log."""
        return self._heir is not None

    # Beginning and end

    def _resume(self, begins: Version) -> None:
        for one in privacy.unfinished(self.database):
            names = (one.service, one.account, one.alias)
            privacy.carry_out(self.database, self.state.folder, *names, self.clock.now())
        with self.database.begin() as rows:
            acts = list(projection.all_acts(rows))
            known = {row.name: row.value for row in rows.execute(sa.select(tables.progress))}
            last = rows.execute(sa.select(tables.ledger).order_by(tables.ledger.c.number.desc()).limit(1)).one_or_none()
            self._sealed = (last.number, last.seal) if last is not None else (0, "")
            self.reporters.load(rows)
        self.clock.not_before(known.get("clock", 0))
        self._counters = Counters(acts[-1][0] if acts else 0, self._sealed[0])
        adoptions = [act for _, act in acts if isinstance(act, Adopt)]
        if not adoptions:
            self._begin(begins)
            return self._resume(begins)
        self._replay(adoptions, [act for _, act in acts], known.get("sequence", 0))
        return None

    def _begin(self, begins: Version) -> None:
        """The first policies are adopted like any others."""
        policies = self.versions.know(begins)
        self.state.follow(begins.texts, begins.parameters, policies, self._geometry, self._salt)
        self.route = self._fresh_route(policies, policies)
        desk = self._desk("service")
        desk.put(tables.policy_versions, begins.row(policies.version, desk.now, "service", "the first start"))
        desk.act(Adopt, "the first start", version=policies.version)
        desk.write()
        self._counters = Counters(1, 0)

    def _replay(self, adoptions: Sequence[Adopt], acts: Sequence[Any], known: int) -> None:
        first, current = adoptions[0].version, adoptions[-1].version
        through, version = self.state.snapshot_version() if self.state.folder.exists() else (0, "")
        begun = max(
            (n for n, one in enumerate(adoptions) if one.version == version and one.after <= through), default=0
        )
        latest = self.versions.version(current)
        salt, policies = self._salt, self.versions.policies
        self.state.follow(latest.texts, latest.parameters, policies(current), self._geometry, salt)
        self.route = self._fresh_route(policies(adoptions[begun].version), policies(first))
        self.route.wait_for(acts, self._change_kernel, self.versions.promising, begun + 1)
        missed: list[Decision] = []
        for done in self.state.resume(self.route, lambda found: missed.extend(d for d in found if d.sequence > known)):
            log.info("judging the log again", events=done)
        for batch in self.state.log.read_between(known + 1, self.state.log.last):
            self.reporters.stamp(batch.select(LOGGED.names))
        self.route.sequencer.register.touched = {(one.service, one.account): None for one in missed}
        self._decided(missed)

    def _fresh_route(self, kernel: PolicySet, sequencer: PolicySet) -> Route:
        route = Route(
            kernel, self._salt, now=self.clock.now(), geometry=self._geometry, workers=self._workers,
            keeper=self.state, native=self._native,
        )  # fmt: skip
        route.kernel.beside = True
        route.sequencer = Sequencer(sequencer, self._salt)
        route.sequencer.ledger.anchor(*self._sealed)
        route.stamp = self.reporters.stamp
        return route

    def _change_kernel(self, adopted: Adopt) -> None:
        """While the log is replayed: bring the kernel to the policies that were adopted here."""
        route, policies = self.route, self.versions.policies(adopted.version)
        if not route.kernel.adopt(policies):
            heir = Engine(policies, self._salt, self._workers, self._geometry, native=self._native)
            for batch in self.state.log.read_between(1, adopted.after):
                heir.observe(batch.select(LOGGED.names))
            heir.succeed(route.kernel)
            route.kernel = heir
        route.policies = policies

    def _recover(self, why: str) -> None:
        """Forget what is in memory, which may be ahead of the disk, and begin again from what was kept."""
        self.halted = why
        log.error("halted; what was answered is safe, and taking goes on when this is mended", why=why)
        while not self._stopping.is_set():
            self._refuse_what_waits(why)
            self._stopping.wait(1.0)
            try:
                self.state.forget_opened()
                self._resume(self._begins)
            except sa.exc.DBAPIError as error:
                self.halted = GONE if isinstance(error, _GONE) else "the database refuses what was decided; see the log"
            except (OSError, Refusal) as error:
                self.halted = str(error)
            else:
                self.halted = ""
                log.info("going on")
                return

    def _refuse_what_waits(self, why: str) -> None:
        while not self._queue.empty():
            job = self._queue.get_nowait()
            if job is not None:
                job.done.set_exception(Unavailable(why))
            if isinstance(job, _Rows):
                with self._lock:
                    self._waiting -= job.size

    def _end(self) -> None:
        if not self.halted and self.route.sequence > 0:
            self.state.snapshot(self.route)

    def _must_run(self) -> None:
        if self.halted and self.halted != GONE:
            raise Unavailable(self.halted)
        if self._stopping.is_set():
            raise Unavailable("the service is stopping")


def _answer(error: BaseException) -> BaseException:
    if isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError):
        return Unavailable("the database does not answer")
    return error
