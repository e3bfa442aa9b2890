"""The courier of a queue: sends its messages to the receivers, with a lane for each webhook.

A lane sends one message after the other, so that first tries keep their order and a slow receiver delays only itself.
The courier's thread only reads and writes the database; the caller's thread waits for receivers.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic
from typing import Protocol

import sqlalchemy as sa
import structlog

from cartellino.commands import webhooks
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.service.outgoing.caller import Caller
from cartellino.service.outgoing.message import Attempt, Message, answered, failed
from cartellino.service.write_queue import Unavailable
from cartellino.service.writer import Writer
from cartellino.vocabulary.actors import COURIER
from cartellino.vocabulary.times import Instant

TURN = 2.0
"""Seconds after which a lane drops the rest of its batch, which is then read anew."""

PATIENCE = 30.0
"""Seconds that a courier waits for the writer."""

log = structlog.get_logger()


class Queue(Protocol):
    """A queue of messages, each for one webhook."""

    name: str

    def prepare(self) -> bool:
        """Bring the queue up to date; say whether there is more to do at once."""

    def receivers(self) -> list[str]:
        """Return the webhooks to call."""

    def due(self, webhook: str, now: Instant) -> list[Message]:
        """Return the next batch of messages that are due for a webhook, in order."""

    def record(self, unit: UnitOfWork, attempts: Sequence[Attempt]) -> None:
        """Record the results of tries."""


@dataclass
class _Lane:
    """The state of one webhook: the batch under way, when it began, and until when the receiver asked us to wait."""

    carrying: Future[None] | None = None
    began: float = 0.0
    waits_until: Instant = 0

    @property
    def is_busy(self) -> bool:
        return self.carrying is not None and not self.carrying.done()

    def stop(self) -> None:
        if self.carrying is not None:
            self.carrying.cancel()


class Courier:
    """Sends the messages of one queue."""

    def __init__(self, queue: Queue, writer: Writer, caller: Caller, wake: Event, every: float) -> None:
        """Look for messages when `wake` is set, and `every` so many seconds."""
        self.trouble = ""
        self._queue = queue
        self._writer = writer
        self._caller = caller
        self._wake = wake
        self._every = every
        self._lanes: dict[str, _Lane] = {}
        self._tried: SimpleQueue[Attempt] = SimpleQueue()
        self._unrecorded: list[Attempt] = []
        self._stopping = Event()
        self._thread = Thread(target=self._run, name=f"courier of {queue.name}", daemon=True)

    def start(self) -> None:
        """Start sending."""
        self._thread.start()

    def stop(self) -> None:
        """Stop sending. Messages under way are cancelled and count as not delivered; they are tried again later."""
        self._stopping.set()
        self._wake.set()

    def join(self, seconds: float) -> None:
        """Wait for the thread to end, at most so many seconds."""
        if self._thread.is_alive():
            self._thread.join(seconds)

    @property
    def is_alive(self) -> bool:
        """Whether the thread is running."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._turn()
                self.trouble = ""
            except (sa.exc.DBAPIError, ConnectionError, Unavailable, TimeoutError) as error:
                self.trouble = f"{self._queue.name} wait: {type(error).__name__}"
            except Exception as error:  # the next turn may succeed, and a courier must never end by itself
                log.exception("a courier failed", queue=self._queue.name, error=type(error).__name__)
                self.trouble = f"{self._queue.name} wait: {type(error).__name__}"
            self._wake.wait(self._every)
            self._wake.clear()
        self._end()

    def _turn(self) -> None:
        free = [webhook for webhook, lane in self._lanes.items() if not lane.is_busy]
        self._record()
        if self._queue.prepare():
            self._wake.set()
        receivers = set(self._queue.receivers())
        for webhook in self._lanes.keys() - receivers:
            self._lanes.pop(webhook).stop()
        fresh = receivers - self._lanes.keys()
        self._lanes |= {webhook: _Lane() for webhook in fresh}
        self._begin([webhook for webhook in (*free, *fresh) if webhook in self._lanes])

    def _begin(self, free: list[str]) -> None:
        """Start the free lanes, the least recently used first; at most `webhooks.MOST` send at a time."""
        now, busy = self._writer.clock.now(), sum(lane.is_busy for lane in self._lanes.values())
        for webhook in sorted(free, key=lambda name: self._lanes[name].began):
            lane = self._lanes[webhook]
            batch = self._queue.due(webhook, now) if busy < webhooks.MOST and lane.waits_until <= now else []
            if batch:
                busy += 1
                lane.began = monotonic()
                lane.carrying = self._caller.begin(self._carry(batch))
                lane.carrying.add_done_callback(lambda _: self._wake.set())

    async def _carry(self, batch: Sequence[Message]) -> None:
        began = monotonic()
        for message in batch:
            tried = await self._try(message)
            if tried is not None:
                self._tried.put(tried)
                self._wake.set()
            if (tried is not None and tried.stops) or monotonic() - began > TURN:
                return

    async def _try(self, message: Message) -> Attempt | None:
        now = self._writer.clock.now()
        if message.ends_at is not None and message.ends_at <= now:
            return None
        try:
            return answered(message, await self._caller.post(message.url, message.body, message.headers(now)))
        except Exception as error:  # whatever a receiver does, its message is tried again, and the others are sent
            return failed(message, error)

    def _record(self) -> None:
        """Record the results of tries; those that cannot be written now are kept for the next turn."""
        while True:
            try:
                self._unrecorded.append(self._tried.get_nowait())
            except Empty:
                break
        attempts = list(self._unrecorded)
        if not attempts:
            return
        for attempt in attempts:
            if attempt.message.webhook in self._lanes and attempt.wait:
                self._lanes[attempt.message.webhook].waits_until = self._writer.clock.now() + attempt.wait
        self._writer.do(lambda unit: self._written(unit, attempts), COURIER).result(PATIENCE)
        self._unrecorded.clear()

    def _written(self, unit: UnitOfWork, attempts: Sequence[Attempt]) -> None:
        self._queue.record(unit, attempts)
        columns: dict[str, dict[str, object]] = {}
        for attempt in attempts:
            error = {"last_error": attempt.error, "last_error_at": unit.now, "last_status": attempt.status}
            columns.setdefault(attempt.message.webhook, {}).update(
                error if attempt.error else {"last_success_at": unit.now}
            )
        for webhook, values in columns.items():
            webhooks.note(unit, webhook, **values)
        for webhook, why in {attempt.message.webhook: attempt.error for attempt in attempts if attempt.is_gone}.items():
            log.warning("a webhook is paused: its receiver wants no more", webhook=webhook, why=why)
            webhooks.pause(unit, webhook, why)

    def _end(self) -> None:
        for lane in self._lanes.values():
            lane.stop()
        try:
            self._record()
        except Exception as error:  # deliveries that are not recorded are repeated: messages arrive at least once
            log.warning("what was delivered last could not be written down", error=type(error).__name__)
