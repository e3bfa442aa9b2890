"""The writer: one thread through which everything passes that changes state, one piece after the other.

    rows    gathered for up to 50 ms → the log (fsync) → answered → judged → decided → one transaction
    work    filings, outcomes, acts of operators → done as a unit of work → one transaction → answered
    time    sanctions that come to their end, each exactly once

The log and the acts are all that decides. After a crash `start` replays both, and what the database does not have yet
is written; so nothing that was answered is lost, and nothing is decided twice. While the database is gone, what is
decided waits, the queue fills, and senders are told to come back later; nothing is dropped.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from threading import Event, Thread
from time import monotonic
from typing import NamedTuple, TypeVar

import sqlalchemy as sa
import structlog

from cartellino.commands import erasure, personal_data, projection
from cartellino.commands.consequences import sanction_record, settle
from cartellino.commands.unit_of_work import Counters, UnitOfWork
from cartellino.enforcement.acts import Act, Adopt, Expire, Record
from cartellino.enforcement.decision import Decision
from cartellino.enforcement.ledger import Change
from cartellino.enforcement.sequencer import Sequencer
from cartellino.events.batches import Chunk
from cartellino.events.logged import LOGGED
from cartellino.kernel.engine import Engine
from cartellino.kernel.geometry import Geometry
from cartellino.pipeline.history_import import Past, source_of_past
from cartellino.pipeline.policy_switch import PolicySwitch
from cartellino.pipeline.reporter_credit import Reporters
from cartellino.pipeline.route import Route, Step
from cartellino.pipeline.state_folder import StateFolder
from cartellino.policies.policyset import PolicySet
from cartellino.policies.rule import Rule
from cartellino.queries import reports
from cartellino.queries.policy_versions import Version, Versions
from cartellino.service import timekeeping, told
from cartellino.service.clock import Clock
from cartellino.service.installation import Installation
from cartellino.service.throughput import Throughput
from cartellino.service.write_queue import FilesJob, RowsJob, Unavailable, WorkJob, WriteQueue
from cartellino.storage import tables
from cartellino.storage.database import Database, is_away
from cartellino.storage.faults import DamagedLog, WriteFailed
from cartellino.storage.retention import forget
from cartellino.vocabulary.actors import LOG, SERVICE, TIME, Actor
from cartellino.vocabulary.edition import EDITION
from cartellino.vocabulary.refusals import Refusal
from cartellino.vocabulary.times import Duration

GATHER = 0.05
"""Seconds for which rows are gathered, so that many senders share one fsync and one transaction."""

TICK = 0.25
"""Seconds after which the writer looks at the time, when nothing comes."""

GONE = "the database does not answer"
"""Why nothing is written, while events are taken."""

_UNREAD = f"{GONE}, and what was kept cannot be read again yet"
"""Why nothing is taken, after something else went wrong."""

LARGEST_BATCH = 65_536
"""Rows that are taken together."""

MOST_OF_A_PAST = 1 << 62
"""A body was bounded when it was read; what is admitted has to be kept."""

Result = TypeVar("Result")

log = structlog.get_logger()


class _Switch(NamedTuple):
    """Other policies on their way to decide: the version, who let them and why, and what fills their series."""

    version: Version
    by: Actor
    why: str
    policy_switch: PolicySwitch


def end_the_process() -> None:
    """End the process at once, with a code that makes whatever supervises it start it again.

    What was answered is on the disk, and the start that follows takes it up.
    """
    os._exit(os.EX_SOFTWARE)


class Writer:
    """The one writer of a data folder."""

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
        ended: Callable[[], object] = end_the_process,
    ) -> None:
        """`waiting` is how many rows may wait; `audit_share` the share of decisions that are audited; `ended` is called
        when the writer cannot go on, whatever happens: a service without its writer would only seem to live.
        """
        self.state = state
        self.database = database
        self.clock = clock
        self.installation = installation
        self.versions = Versions(database)
        self.halted = "starting"
        self.changed = Event()
        self._salt = salt
        self._geometry = geometry if geometry is not None else Geometry()
        self._workers = workers
        self._native = native
        self._audit_share = audit_share
        self._ended = ended
        self._queue = WriteQueue(waiting)
        self._stopping = Event()
        self._switch: _Switch | None = None
        self._thread = Thread(target=self._run, name="writer", daemon=True)
        self._watch = timekeeping.Watch(clock)
        self.reporters = Reporters()
        self.throughput = Throughput()

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
        self._queue.wake()
        if self._thread.is_alive():
            self._thread.join()
        self.installation.close()

    def take(self, source: str, chunks: list[Chunk], *, past: bool = False) -> Future[list[Step]]:
        """Take rows of a source; answered as soon as the disk has them. Of its `past` in any order: nothing is decided
        on it.

        Raises `Busy` when too many wait, `Unavailable` when nothing can be taken now.
        """
        self._must_run()
        if why := timekeeping.put_off(self.clock.read(), chunks):
            raise Unavailable(why)
        return self._queue.put_rows(source, chunks, past=past)

    def do(self, what: Callable[[UnitOfWork], Result], by: Actor = SERVICE) -> Future[Result]:
        """Do a piece of work; answered once it is written.

        Raises `Unavailable` when nothing can be done now.
        """
        self._must_run()
        return self._queue.put_work(what, by)

    def erase(self, service: str, account: str, by: Actor, why: str) -> Future[str]:
        """Erase an account; the answer is the alias that stands in its place from now on."""

        def work() -> str:
            person, now = (service, account), self.clock.now()
            return erasure.erase(self.database, self.state, self.route, person, now=now, by=by, why=why)

        return self._quietly(work)

    def forget(self, kept: Mapping[str, Duration]) -> Future[dict[str, int]]:
        """Forget events that are older than their kinds are kept; return how many, by kind."""

        def work() -> dict[str, int]:
            self.state.will_forget(self.route)
            spared = personal_data.held_rows(self.database, self.route.sequencer.ledger.pseudonym)
            log_folder = self.state.folder / "log"
            return forget(log_folder, kept, self.clock.now(), compression="lz4", spared=spared)

        return self._quietly(work)

    def _quietly(self, what: Callable[[], Result]) -> Future[Result]:
        self._must_run()
        return self._queue.put_files(what)

    @property
    def waiting(self) -> int:
        """How many rows wait."""
        return self._queue.rows

    def succeed(
        self, version: Version, by: Actor, why: str, first: Callable[[UnitOfWork], object] | None = None
    ) -> Future[bool]:
        """Let other policies decide: at once if they count what is counted, else when they have caught up with the log.

        The answer says whether it was at once. `first` is done as a unit of work before, and may refuse.
        """

        def work(unit: UnitOfWork) -> bool:
            if first is not None:
                first(unit)
            return self._succeed(unit, version, why)

        return self.do(work, by)

    # The thread

    def _run(self) -> None:
        """Work until told to stop. Whatever goes wrong, the thread goes on or the process ends with it."""
        try:
            while not (self._stopping.is_set() and self._queue.is_empty):
                self._turn_or_recover()
            self._end()
        except BaseException as error:
            self.halted = f"the writer ended ({type(error).__name__})"
            log.critical("the writer ended, and the process with it", error=type(error).__name__, exc_info=error)
            self._ended()
        finally:
            self._queue.refuse_everything(Unavailable(self.halted or "the service is stopping"))

    def _turn_or_recover(self) -> None:
        try:
            self._turn()
        except (DamagedLog, WriteFailed) as error:
            self._recover(str(error))
        except Exception as error:
            if is_away(error):
                self._recover(_UNREAD)
                return
            # a fault of ours: nothing goes on that might be wrong
            log.exception("the writer failed", error=type(error).__name__)
            self._recover(f"the service failed ({type(error).__name__}); see its log")

    def _turn(self) -> None:
        jobs = self._queue.gather(TICK, GATHER, LARGEST_BATCH)
        rows = [job for job in jobs if isinstance(job, RowsJob) and not job.past]
        if rows:
            self._take(rows)
        for job in jobs:
            if isinstance(job, RowsJob) and job.past:
                self._take_past(job)
            elif isinstance(job, WorkJob):
                self._do(job)
            elif isinstance(job, FilesJob):
                self._do_quietly(job)
        self._queue.finished(jobs)
        self._look_at_the_time()
        self.throughput.note(monotonic(), self.route.sequence)

    def _take(self, jobs: Sequence[RowsJob]) -> None:
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
            self._queue.refuse(jobs, Unavailable(f"nothing of this was taken: {error}"))
            raise
        self._decided(decisions)
        self.state.record(decisions, self.route)

    def _take_past(self, job: RowsJob) -> None:
        """Sort the past of a source, keep it, and let the kernel see it."""
        self.route.arrivals.now = self.clock.now()
        past, source = Past(self.route.admits(), most=MOST_OF_A_PAST), source_of_past(job.source)
        try:
            steps = [past.take(chunk, source) for chunk in job.chunks]
            for step in steps:
                self.route.statistics.refuse(step.rejections, step.held)
            for part in past.sorted():
                self.route.append(*part, decides=False)
        except BaseException as error:
            self.halted = "events cannot be kept"
            self._queue.refuse([job], Unavailable(f"it is not sure that all of this was taken; send it again: {error}"))
            raise
        job.done.set_result(steps)
        self._decided(())
        self.state.record((), self.route)

    def _decided(self, decisions: Sequence[Decision]) -> None:
        """Do what follows from decisions and write it, however long the database is gone."""
        reports = self.reporters.fresh()

        token = secrets.token_hex(12)

        def attempt() -> None:
            unit = self._unit(LOG, token)
            settle(unit, list(decisions), self._salt, self._audit_share)
            for change in reports:
                unit.insert(tables.reports, change)
            if not unit.is_empty:
                unit.write()
                self.changed.set()

        self._persist(attempt)

    def _do(self, job: WorkJob) -> None:
        """Do a piece of work whole, or not at all: what fails before its end writes nothing."""
        unit = self._unit(job.by)
        try:
            result = job.what(unit)
            settle(unit, unit.decisions, self._salt, self._audit_share)
        except BaseException as error:
            if unit.has_acted:  # before anybody hears of it: what is in memory by now is not to be shown
                self.halted = f"a piece of work failed ({type(error).__name__})"
            job.done.set_exception(_answer(error))
            if not isinstance(error, Refusal | sa.exc.DBAPIError) and not is_away(error):
                log.exception("a piece of work failed", error=type(error).__name__)
            if unit.has_acted:
                raise  # what is in memory is ahead of what was written: it is taken up anew
            return
        self._write(unit)
        job.done.set_result(result)

    def _do_quietly(self, job: FilesJob) -> None:
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

    def _unit(self, by: Actor, token: str = "") -> UnitOfWork:
        return UnitOfWork(
            self.route, self.database, self._counters, self.clock.now(), by, self.reporters,
            fence=self.installation, token=token,
        )  # fmt: skip

    def _write(self, unit: UnitOfWork) -> None:
        """Write until it is written: what was done is never dropped."""
        if not unit.is_empty:
            self._persist(unit.write)
            self.changed.set()

    def _persist(self, attempt: Callable[[], object]) -> None:
        pause = 0.05
        while True:
            try:
                attempt()
            except Exception as error:
                if not is_away(error) or self._stopping.is_set():
                    raise
                self.halted = GONE
                log.warning("the database does not answer; trying again", error=type(error).__name__, pause=pause)
                self._stopping.wait(pause)
                pause = min(2 * pause, 2.0)
            else:
                self.halted = ""
                return

    def _look_at_the_time(self) -> None:
        if self._watch.look().lasted:
            self._follow_the_clock()
        register = self.route.sequencer.register
        due = register.due(self.clock.now())
        if due:
            unit = self._unit(TIME)
            for identity in due:
                person, sanction = register.owner(identity), register.sanction(identity)
                unit.act(Expire, "it came to its end", sanction=identity)
                unit.send("sanction.expired", *person, sanction_record(sanction))
            self._write(unit)
        if self._switch is not None and self._switch.policy_switch.is_ready:
            self._finish_switch(self._switch)

    def _follow_the_clock(self) -> None:
        unit = self._unit(TIME)
        try:
            timekeeping.follow(unit, self.clock, "it has lasted five minutes", confirmed=False)
        except Exception as error:
            if is_away(error):
                return  # as soon as the database answers
            raise
        self._write(unit)

    # Policies

    def _succeed(self, unit: UnitOfWork, version: Version, why: str) -> bool:
        policies = self.versions.know(version)
        unit.put(tables.policy_versions, version.row(policies.version, unit.now, unit.by, why))
        if self.route.adopt(policies):
            self._adopted(unit, version, why)
            self._switch = None
            return True
        pending = {"version": policies.version, "at": unit.now, "by": unit.by, "why": why}
        unit.change(sa.delete(tables.policy_switches))
        unit.insert(tables.policy_switches, pending)
        self._begin_switch(version, unit.by, why)
        return False

    def _begin_switch(self, version: Version, by: Actor, why: str) -> None:
        policy_switch = PolicySwitch(self.route, self.versions.know(version), self.state.log, native=self._native)
        self._switch = _Switch(version, by, why, policy_switch)

    def _finish_switch(self, switch: _Switch) -> None:
        self._switch = None
        unit = self._unit(switch.by)
        try:
            switch.policy_switch.activate()
        except (DamagedLog, WriteFailed):
            raise  # it begins anew once the disk is mended
        except Exception as error:
            log.exception("policies could not take over; those in force go on", error=type(error).__name__)
            unit.change(sa.delete(tables.policy_switches))
            what = "policies could not take over; see the log of the service"
            unit.act(Record, switch.why, what=what, subject=switch.policy_switch.policies.version)
            self._write(unit)
            return
        self.route.kernel.beside = True
        self._adopted(unit, switch.version, switch.why)
        self._write(unit)
        self.state.snapshot(self.route)

    def _resume_switch(self) -> None:
        """Begin a switch anew that was answered for and had not taken over when the process ended."""
        self._switch = None
        with self.database.begin() as rows:
            pending = rows.execute(sa.select(tables.policy_switches)).one_or_none()
        if pending is not None:
            self._begin_switch(self.versions.version(pending.version), Actor(pending.by), pending.why)

    def _adopted(self, unit: UnitOfWork, version: Version, why: str) -> None:
        policies = self.route.policies
        self.route.sequencer.brakes.promise(version.promised)
        unit.act(Adopt, why, version=policies.version, edition=EDITION)
        unit.change(sa.delete(tables.policy_switches))
        unit.send("policy.adopted", "", "", {"version": policies.version, "by": unit.by, "why": why})
        self.state.follow(version.texts, version.parameters, policies, self._geometry, self._salt)

    @property
    def is_succeeding(self) -> bool:
        """Whether other policies are catching up with the log."""
        return self._switch is not None

    # Beginning and end

    def _resume(self, begins: Version) -> None:
        for one in erasure.unfinished(self.database):
            erasure.carry_out(self.database, self.state.folder, one)
        with self.database.begin() as rows:
            self.installation.must_be_ours(rows)
            acts = list(projection.all_acts(rows))
            known = {row.name: row.value for row in rows.execute(sa.select(tables.progress))}
            last = rows.execute(sa.select(tables.ledger).order_by(tables.ledger.c.number.desc()).limit(1)).one_or_none()
            self._sealed = (last.number, last.seal) if last is not None else (0, "")
            self.reporters.load(reports.settled(rows))
        self.clock.begin(timekeeping.last_seen(known, self.state.log))
        self._counters = Counters(acts[-1][0] if acts else 0, self._sealed[0], known.get("sequence", 0))
        adoptions = [act for _, act in acts if isinstance(act, Adopt)]
        if not adoptions:
            self._begin(begins)
            return self._resume(begins)
        self._replay(acts, known.get("sequence", 0), self._edition(adoptions[-1]))
        if adoptions[-1].edition < EDITION:
            self._adopt_edition(adoptions[-1])
        self._resume_switch()
        return None

    def _edition(self, adopted: Adopt) -> told.Begun | None:
        """Return where the edition began by which this program decides; `None` where all of the log is of it.

        After an upgrade it begins now. If that is cut off, the next start begins it again: nothing has happened since.
        """
        with self.database.begin_writing() as rows:
            if adopted.edition < EDITION:
                told.begin(rows, EDITION, self.clock.now())
            return told.latest(rows)

    def _adopt_edition(self, adopted: Adopt) -> None:
        """The policies in force go on under this program's edition of the meaning, for events from here on."""
        unit = self._unit(SERVICE)
        unit.act(Adopt, "a new edition of the meaning", version=adopted.version, edition=EDITION)
        unit.write()
        self.state.snapshot(self.route)

    def _begin(self, begins: Version) -> None:
        """The first policies are adopted like any others."""
        policies = self.versions.know(begins)
        self.state.follow(begins.texts, begins.parameters, policies, self._geometry, self._salt)
        self.route = self._fresh_route(policies, policies)
        unit = self._unit(SERVICE)
        unit.put(tables.policy_versions, begins.row(policies.version, unit.now, SERVICE, "the first start"))
        unit.act(Adopt, "the first start", version=policies.version, edition=EDITION)
        timekeeping.begin(unit)
        unit.write()
        self._counters = Counters(1, 0)

    def _replay(self, acts: Sequence[tuple[int, Act]], known: int, edition: told.Begun | None) -> None:
        """Bring a fresh route to the end of the log; `acts` come with their numbers."""
        since = edition.act if edition is not None else 0
        before = [act for number, act in acts if number <= since and isinstance(act, Adopt)]
        later = [act for number, act in acts if number > since]
        adoptions = [*before[-1:], *(act for act in later if isinstance(act, Adopt))]
        through, version = self.state.snapshot_version() if self.state.folder.exists() else (0, "")
        begun = max(
            (n for n, one in enumerate(adoptions) if one.version == version and one.after <= through), default=0
        )
        current = adoptions[-1].version
        latest = self.versions.version(current)
        salt, policies = self._salt, self.versions.policies
        self.state.follow(latest.texts, latest.parameters, policies(current), self._geometry, salt)
        self.route = self._fresh_route(policies(adoptions[begun].version), policies((before or adoptions)[0].version))
        for adopted in before[1:]:
            self.route.sequencer.adopt(policies(adopted.version))
        if edition is not None:
            self._go_on_from(edition, before[-1])
        skipped = begun if before else begun + 1
        self.route.wait_for(later, self._change_kernel, self.versions.promising, skipped)
        missed: list[Decision] = []
        after = edition.sequence if edition is not None else 0
        for done in self.state.resume(
            self.route, lambda found: missed.extend(d for d in found if d.sequence > known), after
        ):
            log.info("judging the log again", events=done)
        self._continue_ledger()
        for batch in self.state.log.read_between(known + 1, self.state.log.last):
            self.reporters.stamp(batch.select(LOGGED.names))
        self.route.sequencer.register.touched = {(one.service, one.account): None for one in missed}
        self._decided(missed)

    def _go_on_from(self, edition: told.Begun, adopted: Adopt) -> None:
        """Let the sequencer go on from what an earlier edition left."""

        def rule_of(version: str, name: str) -> Rule | None:
            return self.versions.policies(version).rule(name)

        self.route.sequencer.brakes.promise(self.versions.promising(adopted.version)[1])
        with self.database.begin() as rows:
            self.route.sequencer.go_on_from(told.told(rows, edition, self.state.noted(), rule_of))

    def _continue_ledger(self) -> None:
        """Take over rows of the ledger that the replay did not lead to, so that the next ones get free numbers."""
        ledger, written = self.route.sequencer.ledger, self._sealed[0]
        if ledger.last < written:
            log.error("the replay led to fewer rows of the ledger than were written", rows=ledger.last, of=written)
            numbers = tables.ledger.c.number
            later = sa.select(tables.ledger).where(numbers > ledger.last).order_by(numbers)
            with self.database.begin() as rows:
                ledger.continue_after(Change(**one._mapping) for one in rows.execute(later))

    def _fresh_route(self, kernel: PolicySet, sequencer: PolicySet) -> Route:
        route = Route(
            kernel, self._salt, now=self.clock.now(), geometry=self._geometry, workers=self._workers,
            store=self.state, native=self._native,
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
            self._queue.refuse_everything(Unavailable(self.halted))
            self._stopping.wait(1.0)
            try:
                self.state.forget_opened()
                self._resume(self._begins)
            except (sa.exc.DBAPIError, sa.exc.TimeoutError, ConnectionError) as error:
                self.halted = _UNREAD if is_away(error) else "the database refuses what was decided; see the log"
            except (OSError, Refusal) as error:
                self.halted = str(error)
            except Exception as error:  # the next try may go well; the thread must not end
                log.exception("taking up what was kept failed", error=type(error).__name__)
                self.halted = f"the service failed ({type(error).__name__}); see its log"
            else:
                self.halted = ""
                log.info("going on")
                return

    def _end(self) -> None:
        """Write down what the kernel knows; without it nothing is lost, and the next start has more to judge again."""
        if self.halted or self.route.sequence == 0:
            return
        try:
            self.state.snapshot(self.route)
        except (OSError, Refusal) as error:
            log.error("what the kernel knows could not be written down", why=str(error))
        self._keep_up()

    def _keep_up(self) -> None:
        """Let the database know how far the log goes; where it is away, it learns that at the next start."""
        unit = self._unit(SERVICE)
        unit.keep_up()
        try:
            if not unit.is_empty:
                unit.write()
        except Exception as error:
            if not is_away(error):
                raise

    def _must_run(self) -> None:
        if self.halted and self.halted != GONE:
            raise Unavailable(self.halted)
        if self._stopping.is_set():
            raise Unavailable("the service is stopping")


def _answer(error: BaseException) -> BaseException:
    if is_away(error):
        return Unavailable(GONE)
    return error
