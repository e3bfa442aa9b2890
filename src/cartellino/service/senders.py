"""The book of business senders: their state in memory, and every fact that changed it on disk.

A message is judged and its budgets are taken in one step, so that two messages cannot take the same last place. A fact
changes the state at once and is written by a thread of its own, which writes what has gathered in one transaction;
whoever must not go on before it is on disk waits for it.
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from hashlib import blake2b
from inspect import getsource
from threading import Condition, RLock, Thread
from time import monotonic
from typing import NamedTuple

import msgspec
import structlog

from cartellino.commands import sender_facts
from cartellino.queries import senders as stored
from cartellino.senders import accounts, days, facts, people
from cartellino.senders import message as messages
from cartellino.senders import state as states
from cartellino.senders.facts import Asked, Fact, Forgotten, Lost, Message, Names, Refused
from cartellino.senders.fold import apply
from cartellino.senders.judging import Objection, case_of, judge
from cartellino.senders.pillars import Pillars, pillars_of
from cartellino.senders.state import Senders
from cartellino.service.condition import Conditions
from cartellino.service.sender_copy import copy_of
from cartellino.service.sender_queue import SenderQueue
from cartellino.storage.database import Database, DatabaseFault
from cartellino.vocabulary.times import SECOND, Instant

MOST_WAITING = 50_000
"""Most facts that wait to be written while the database is away; beyond it, what can be refused is."""

EXACT = 15 * SECOND
"""Smaller differences between two clocks are none: the platform tells whole seconds, and answers take time."""

SNAPSHOT_EVERY = 50_000
MOMENT = 0.05
"""Seconds after which a fact is on disk that nobody waits for."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0
_CONDITION = "senders"
_MEASURED_FOR = 50
_ERASED_WITHIN = 10.0

log = structlog.get_logger()


class Judged(NamedTuple):
    """What the rules said to a message: what refuses it, what is only observed, and when its intent is on disk."""

    refusing: tuple[Objection, ...]
    observed: tuple[Objection, ...]
    stored: Future[None]


class SenderBook:
    """State and facts of business senders. Any thread may use it."""

    def __init__(
        self, database: Database, now: Callable[[], Instant], conditions: Conditions, *, default_mode: str = "observe"
    ) -> None:
        """`now` is the time of the service, which the platform's clock may correct (`set_time`).

        `default_mode` is that of rules that nobody set: a gateway only observes until somebody trusts it.
        """
        self._database, self._now, self._conditions = database, now, conditions
        self.state = Senders()
        self.queue = SenderQueue(database)
        self.lock = RLock()
        self.default_mode = default_mode
        self._waiting: deque[tuple[Fact, Future[None] | None]] = deque()
        self._wake = Condition()
        self._stopping, self._away, self._is_waited_for = False, False, False
        self._written, self._offset = 0, 0
        self._measured: dict[str, tuple[float, Pillars]] = {}
        self._thread = Thread(target=self._write, name="senders", daemon=True)

    # Life

    def start(self) -> None:
        """Read the state from the database, and begin to write.

        What was being sent when the process ended may have been sent: it counts as such, and nobody sends it again.
        """
        self._load()
        self._thread.start()
        if self.state.pending:
            self.record(*(Lost(at=self.now(), attempt=attempt) for attempt in list(self.state.pending)))

    def stop(self) -> None:
        """Write what waits, and end."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread.is_alive():
            self._thread.join(10)

    def _load(self) -> None:
        self.state, kept_at, last = _read(self._database)
        self._written = last - kept_at

    # Time

    def now(self) -> Instant:
        """Return the time by which windows are judged: the service's, corrected by the platform's clock."""
        return self._now() + self._offset

    def set_time(self, platform: Instant) -> None:
        """Go by the platform's clock from now on, which says this; small differences are none."""
        offset = platform - self._now()
        self._offset = offset if abs(offset) > EXACT else 0

    # Facts

    @property
    def is_away(self) -> bool:
        """Whether facts cannot be written now."""
        return self._away or len(self._waiting) >= MOST_WAITING

    def mode_of(self, rule: str) -> str:
        """Return the mode of a rule."""
        return "off" if self.state.bypass else self.state.modes.get(rule, self.default_mode)

    def judge(self, message: Message) -> tuple[tuple[Objection, ...], tuple[Objection, ...]]:
        """Return what refuses a message, and what would but is only observed."""
        with self.lock:
            said = judge(self.state, message, self.now())
        modes = {objection.rule: self.mode_of(objection.rule) for objection in said}
        refusing = tuple(objection for objection in said if modes[objection.rule] == "enforce")
        return refusing, tuple(objection for objection in said if modes[objection.rule] == "observe")

    def ask(self, message: Message, attempt: str) -> Judged:
        """Judge a message and, unless it is refused, take its budgets; what happened is a fact either way."""
        with self.lock:
            message = case_of(self.state, message, self.now()).message  # under the category that its template has now
            refusing, observed = self.judge(message)
            if refusing:
                first = refusing[0]
                refused = Refused(
                    at=self.now(), message=message, rule=first.rule, next_allowed_at=first.next_allowed_at
                )
                return Judged(refusing, observed, self.record(refused))
            would = tuple(objection.rule for objection in observed)
            return Judged((), observed, self.record(
                Asked(at=self.now(), attempt=attempt, message=message, would_refuse=would)))  # fmt: skip

    def note(self, known: Fact) -> None:
        """Change the state by a fact that nobody waits for: it is on disk a moment later, with others."""
        with self.lock, self._wake:
            apply(self.state, known)
            if len(self._waiting) < 2 * MOST_WAITING:
                self._waiting.append((known, None))
            if len(self._waiting) == 1:
                self._wake.notify()

    def record(self, *known: Fact) -> Future[None]:
        """Change the state by facts, and return when they are on disk."""
        done: Future[None] = Future()
        with self.lock, self._wake:
            for fact in known:
                apply(self.state, fact)
                if len(self._waiting) < 2 * MOST_WAITING:
                    self._waiting.append((fact, done if fact is known[-1] else None))
            if not known:
                done.set_result(None)
            self._is_waited_for = True
            self._wake.notify()
        return done

    def erase(self, names: Names, actor: str) -> Forgotten:
        """Erase a person but for what they asked us not to send, in the state and on the disk.

        Raises `DatabaseFault` or `TimeoutError` if it is not on disk in time; then it is to be asked for again.
        """
        with self.lock:
            person = self.state.people.find(names)
            known = frozenset(names) | (person.names if person is not None else set())
            fact = Forgotten(at=self.now(), person=names, actor=actor)
            stored = self.record(fact)
        stored.result(_ERASED_WITHIN)
        with self._database.begin_writing() as rows:
            sender_facts.scrub(rows, known)
        self._written = SNAPSHOT_EVERY  # the snapshot still has what was erased
        self.keep_up()
        return fact

    def read(self, what: Callable[[Senders, Instant], object]) -> object:
        """Read the state while nothing changes it."""
        with self.lock:
            return what(self.state, self.now())

    def pillars(self, number: str) -> Pillars:
        """Measure the pillars of a number; a measurement holds for fifty times as long as it took."""
        held = self._measured.get(number)
        if held is not None and monotonic() < held[0]:
            return held[1]
        began = monotonic()
        state = self.copied()
        found = pillars_of(state, state.number(number), self.now())
        self._measured[number] = (monotonic() + _MEASURED_FOR * (monotonic() - began), found)
        return found

    def copied(self) -> Senders:
        """Return a copy of the state for long computations, which must not hold up who sends."""
        return copy_of(self.state, self.lock)

    # Writing

    def _write(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            with self._wake:
                while not self._waiting and not self._stopping:
                    self._wake.wait()
                if not self._is_waited_for and not self._stopping:
                    self._wake.wait(MOMENT)
                if not self._waiting:
                    break
                batch, self._is_waited_for = list(self._waiting), False
            try:
                self._write_batch([fact for fact, _ in batch])
            except DatabaseFault as fault:
                self._is_away(fault)
                if self._stopping:
                    return
                with self._wake:
                    self._wake.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
                continue
            pause = _FIRST_PAUSE
            self._are_written(batch)

    def _write_batch(self, batch: Iterable[Fact]) -> None:
        with self._database.begin_writing() as rows:
            sender_facts.append(rows, list(batch))

    def _are_written(self, batch: list[tuple[Fact, Future[None] | None]]) -> None:
        with self._wake:
            for _ in batch:
                self._waiting.popleft()
        self._written += len(batch)
        if self._away:
            self._away = False
            self._conditions.clear(_CONDITION)
        for _, done in batch:
            if done is not None:
                done.set_result(None)

    def _is_away(self, fault: BaseException) -> None:
        if not self._away:
            log.warning("facts of senders cannot be written", error=type(fault).__name__)
        self._away = True
        self._conditions.state(_CONDITION, "what the gateway learns cannot be written now: replies, codes and orders "
                               "pass, what else a business begins is refused until it can")  # fmt: skip

    def keep_up(self) -> None:
        """Keep a snapshot now and then, and forget old facts."""
        if self._written < SNAPSHOT_EVERY:
            return
        with self.lock, self._database.begin() as rows:
            if self._waiting:
                return  # the state is ahead of what is written
            number, packed = stored.last(rows), _packed(self.state)
        with self._database.begin_writing() as rows:
            sender_facts.keep_snapshot(rows, LAYOUT, number, packed, self._now())
            sender_facts.forget(rows, self._now(), number)
        self._written = 0


def read_state(database: Database) -> Senders:
    """Return the state in a database, which a gateway may be writing to."""
    return _read(database)[0]


def _read(database: Database) -> tuple[Senders, int, int]:
    """Return the state, the number of the fact up to which the snapshot has it, and that of the last fact."""
    with database.begin() as rows:
        held = stored.snapshot(rows, LAYOUT)
        state, kept_at = (Senders(), 0) if held is None else (_unpacked(held[1]), held[0])
        last = kept_at
        for number, fact in stored.facts_after(rows, kept_at):
            apply(state, fact)
            last = number
    return state, kept_at, last


_SOURCES = (facts, messages, people, accounts, days, states)
LAYOUT = blake2b("".join(getsource(module) for module in _SOURCES).encode(), digest_size=12).hexdigest()
"""What a snapshot is made of; another version of the program folds the facts anew."""


def _packed(state: Senders) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(state), 1)


def _unpacked(packed: bytes) -> Senders:
    return msgspec.msgpack.decode(zlib.decompress(packed), type=Senders)
