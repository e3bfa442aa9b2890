"""Watches the health of the services: takes rows, ends buckets, and says what the monitor says.

A row waits in the bucket of its time, which is judged a minute after it has ended. What is stored is what the monitor
has taken, so a restart reads it again, in a thread, with the telemetry of the last day from the event log; until that
is done, nothing is known. `cartellino availability replay` says the same of the same rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Lock, Thread
from types import SimpleNamespace
from typing import NamedTuple

import pyarrow as pa
import structlog

from cartellino.availability.baseline import BUCKET
from cartellino.availability.changes import WORKS, is_over, kind_of
from cartellino.availability.evidence import Cause
from cartellino.availability.history import Quarter
from cartellino.availability.monitor import CellState
from cartellino.availability.replay import Stream, place
from cartellino.availability.rows import Announcement, Change, Problem, Row
from cartellino.commands.health import KEPT
from cartellino.events.event import Event as Happened
from cartellino.kernel.columns import integers
from cartellino.kernel.machine import core
from cartellino.pipeline.indexed_log import IndexedLog
from cartellino.queries import health
from cartellino.queries.health import Key, Sent
from cartellino.service.clock import Clock
from cartellino.service.condition import Conditions
from cartellino.service.telemetry_tap import TelemetryTap
from cartellino.service.watched_services import WatchedServices
from cartellino.service.write_queue import Busy
from cartellino.storage.database import Database, is_away
from cartellino.vocabulary.times import DAY, MINUTE, Duration, Instant

GRACE: Duration = MINUTE
"""How long after its end a bucket is judged, and how far ahead of the clock a row may be."""

LARGEST = 200_000
"""Most rows that wait."""

READ_AGAIN: Duration = DAY
"""How far back telemetry is read from the event log after a start."""

MANY = 100_000
"""Events of a log from which on it is worth while to compile what reads them."""

_STALLED = 2
"""Buckets without any event after which that is stated."""

log = structlog.get_logger()


Keyed = Sequence[tuple[Key, Sent]]


class Seen(NamedTuple):
    """What the monitor says, as of the end of the latest bucket; 0 while nothing is known."""

    as_of: Instant = 0
    cells: tuple[CellState, ...] = ()
    causes: tuple[Cause, ...] = ()
    works: tuple[Change, ...] = ()
    """Maintenance that is planned or going on."""
    announced: tuple[Announcement, ...] = ()
    """What authorities have announced that is in force."""


def ends(work: Change) -> Instant:
    """Return when a maintenance is over."""
    return work.until if work.until is not None else work.begins + WORKS


def in_force(told: Announcement, at: Instant) -> bool:
    """Say whether what was announced is in force."""
    return told.withdraws is None and max(told.time, told.starts) <= at and (told.ends is None or at < told.ends)


class HealthWatch:
    """The monitor, and the rows of the buckets that have not been judged yet."""

    def __init__(self, database: Database, clock: Clock, salt: str, conditions: Conditions, *, native: bool) -> None:
        """`salt` keys the sampling of telemetry; `native` says whether the kernel may be compiled."""
        self.seen = Seen()
        self.is_ready = Event()
        """Set once everything that was stored has been read."""
        self._tap = TelemetryTap(salt)
        self._database, self._clock, self._conditions = database, clock, conditions
        self._native = native
        self._stream = Stream()
        self._waiting: dict[int, dict[Key, Sent]] = {}
        self._reported: dict[tuple[str, str], Instant] = {}
        self._services = WatchedServices()
        self._open = 0
        self._lock, self._judging = Lock(), Lock()
        self._is_waiting = False
        self._stopping = Event()
        self._thread: Thread | None = None

    def start(self, events: IndexedLog) -> None:
        """Begin to read what is stored; events that come from now on are told to `listen`."""
        self._thread = Thread(target=self._read, args=(events, events.log.last), name="health", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End reading."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    # Taking rows

    def listen(self, batch: pa.RecordBatch, functions: SimpleNamespace) -> None:
        """Take what events say of health. Whatever goes wrong, the way of events goes on."""
        try:
            self._tap.add(batch, functions)
        except Exception as error:
            log.exception("telemetry of some events is lost", error=type(error).__name__)

    def refusal(self, time: Instant) -> str:
        """Return the code of why a row of this time is not taken: `late` or `future`; empty if it is."""
        now = self._clock.now()
        if time > now + GRACE:
            return "future"
        bucket = time // BUCKET
        return "late" if bucket < self._open or (bucket + 1) * BUCKET + GRACE <= now else ""

    def hold(self, rows: Sequence[tuple[Key, Sent]]) -> list[tuple[Key, Sent]]:
        """Let rows wait for the end of their buckets; return those that count.

        Of a person only the first report within a quarter of an hour counts, whatever it is about. What is late by now
        does not. Raises `Busy` when too many wait.
        """
        with self._lock:
            if sum(map(len, self._waiting.values())) + len(rows) > LARGEST:
                raise Busy("too many rows of health came within a quarter of an hour")
            counted = [(key, row) for key, row in rows if self._counts(row)]
            for key, row in counted:
                self._waiting.setdefault(row.time // BUCKET, {})[key] = row
            return counted

    def _counts(self, row: Sent) -> bool:
        if row.time // BUCKET < self._open:
            return False
        if not isinstance(row, Problem) or row.reporter is None:
            return True
        person = row.service, row.reporter
        before = self._reported.get(person)
        if before is not None and abs(row.time - before) < BUCKET:
            return False
        self._reported[person] = row.time
        return True

    def release(self, rows: Iterable[tuple[Key, Sent]]) -> None:
        """Take back rows that could not be stored, unless they were judged already."""
        with self._lock:
            for key, row in rows:
                self._waiting.get(row.time // BUCKET, {}).pop(key, None)
                if isinstance(row, Problem) and row.reporter is not None:
                    self._reported.pop((row.service, row.reporter), None)

    # Judging

    def keep_up(self) -> None:
        """Judge the buckets that ended a minute ago."""
        if self.is_ready.is_set() and not self._is_waiting:
            self._judge_until((self._clock.now() - GRACE) // BUCKET)

    @contextmanager
    def judging_nothing(self) -> Iterator[None]:
        """Wait with judging: for a clock that jumps, when the rows of the time it has jumped over are still to come."""
        with self._judging:
            self._is_waiting = True
        try:
            yield
        finally:
            self._is_waiting = False

    def _judge_until(self, bucket: int) -> None:
        """Judge every bucket before one."""
        with self._judging:
            begun = self._open
            self._correct()
            for due in sorted(at for at in self._waiting.keys() | set(self._tap.buckets()) if at < bucket):
                self._judge(due)
            self._close(bucket)
            self._tap.close(bucket)
            if self._stream.has_begun:
                self._stream.close_until(bucket)
            if self.is_ready.is_set() and (bucket > begun or not self.seen.as_of):
                self.show()
                self._tell_feed()

    def _correct(self) -> None:
        """Say of whom it is known by now that they were not missing: their events have come late."""
        if late := self._tap.take_late():
            self._stream.monitor.came_late(late)

    def _tell_feed(self) -> None:
        """State that our own feed stands still, where it used to come."""
        since = self._stream.monitor.telemetry.feed.stalled_since
        if since is None:
            self._conditions.clear("telemetry")
        elif self._open - since >= _STALLED:
            self._conditions.state("telemetry", "no event has come for half an hour, though events used to come: who is"
                                   " missing is unknown, and what only telemetry knows turns grey")  # fmt: skip

    def _judge(self, bucket: int) -> None:
        rows = self._close(bucket + 1, bucket)
        telemetry = self._tap.take_away(bucket)
        if self._stream.has_begun:
            self._stream.close_until(bucket)
        self._stream.monitor.telemetry.shares = telemetry.shares
        for row in self._watched(rows, telemetry.events, bucket):
            self._stream.take(row)

    def _watched(self, rows: Keyed, events: Iterable[Happened], bucket: int) -> list[Row]:
        """Return the rows of the services that are watched, in their order; what is said of others is stored only."""
        met: list[Row] = [row for row in events if self._services.meet(row.service)]
        met += [
            row for key, row in sorted(rows, key=lambda pair: place(pair[1]))
            if isinstance(row, Announcement) or not row.service
            or self._services.admits(row.service, key.source, bucket)
        ]  # fmt: skip
        return sorted(met, key=place)

    def _close(self, until: int, bucket: int = -1) -> Keyed:
        """Let no more rows come before a bucket; return those that wait for the end of one."""
        with self._lock:
            if until > self._open:
                self._open = until
                since = (until - 2) * BUCKET
                self._reported = {person: at for person, at in self._reported.items() if at >= since}
            return list(self._waiting.pop(bucket, {}).items())

    def show(self) -> None:
        """Say what the monitor says now."""
        monitor = self._stream.monitor
        now = self._clock.now()
        works = tuple(
            one for one in monitor.changes if kind_of(one) == "maintenance" and not is_over(one) and ends(one) > now
        )
        told = tuple(one for one in monitor.announcements if not one.is_own and in_force(one, now))
        self.seen = Seen(self._open * BUCKET, tuple(monitor.states()), monitor.causes, works, told)

    def day(self, service: str, place: str, feature: str) -> list[Quarter]:
        """Return the last day of a series: of a country or the world (`WORLD`), of a feature or of all (`ALL`)."""
        monitor = self._stream.monitor
        number = monitor.cells.find(service, place, feature)
        return [] if number is None else monitor.day.series(number)

    # Reading again what is stored

    def _read(self, events: IndexedLog, last: int) -> None:
        while not self._stopping.is_set():
            try:
                self._read_again(events, last)
            except Exception as error:
                if is_away(error):
                    self._stopping.wait(1.0)
                    continue
                log.exception("the health of before cannot be read", error=type(error).__name__)
                self._conditions.state("availability", "what was known of the service's health could not be read")
            self.is_ready.set()
            self.keep_up()
            return

    def _read_again(self, events: IndexedLog, last: int) -> None:
        """Take everything that is stored, in the order of time: rows, then rows and events of the last day."""
        now = self._clock.now()
        with self._judging:
            self._stream, self._open = Stream(), 0
            self._tap.close(0)
        today = max(0, now - READ_AGAIN) // BUCKET * BUCKET
        first = max(0, now - KEPT) // DAY * DAY
        for begin, end in [(0, first), *((day, min(day + DAY, today)) for day in range(first, today, DAY))]:
            self._read_rows(begin, end)
            self._judge_until(end // BUCKET)
        self._read_rows(today, now + 2 * GRACE)
        functions = core(native=self._native and last >= MANY)
        for batch in events.since(today):
            if self._stopping.is_set():
                return
            before = batch.filter(pa.array(integers(batch.column("sequence")) <= last))
            if before.num_rows:
                self._tap.add(before, functions)
                self._judge_until(min(int(integers(before.column("time")).max()), now - GRACE) // BUCKET - 1)

    def _read_rows(self, since: Instant, until: Instant) -> None:
        if self._stopping.is_set():
            return
        with self._database.begin() as rows:
            kept = list(health.stored(rows, since, until))
        with self._lock:
            for key, row in kept:
                self._waiting.setdefault(row.time // BUCKET, {})[key] = row
                if isinstance(row, Problem) and row.reporter is not None:
                    self._reported[row.service, row.reporter] = row.time
