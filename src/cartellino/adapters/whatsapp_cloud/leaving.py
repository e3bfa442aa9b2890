"""Lets queued messages leave: each is judged until every rule lets it pass, and then forwarded, at most once.

That a message leaves is on disk twice before it is forwarded: as a fact, which takes its budgets, and in the queue.
Whatever the outcome, it is not forwarded again, with two exceptions in which it is certain that nothing was sent: the
platform was not reached, or it refused the sender (a limit, a stop, a token), not the message.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

import anyio.to_thread
import msgspec
import structlog

from cartellino.adapters.whatsapp_cloud.connections import Unanswered, Unreached
from cartellino.adapters.whatsapp_cloud.learning import Learner
from cartellino.adapters.whatsapp_cloud.sending import TRY_LATER, Outgoing, Sending, is_stored
from cartellino.adapters.whatsapp_cloud.sends import NotASend
from cartellino.adapters.whatsapp_cloud.upstream import Answer
from cartellino.queries.sender_queue import EXPIRED, LOST, REJECTED, SENT, Item
from cartellino.senders.errors import rule_of
from cartellino.senders.facts import Accepted, Fact, Message, Names, Rejected
from cartellino.senders.judging import Objection
from cartellino.service.condition import Conditions
from cartellino.service.sender_queue import Wanted
from cartellino.service.senders import SenderBook
from cartellino.storage.database import DatabaseFault
from cartellino.vocabulary.times import MINUTE, SECOND, Instant, show_instant

AGAIN = MINUTE
"""After which time a message that is refused is looked at again at the latest: meanwhile somebody may have written."""

LAST_ANSWERS = 4.0
"""Seconds for which answers are waited for at the end."""

AT_ONCE = 16
"""Most messages that are under way at a time; those to one person leave one after the other."""

_BATCH = 200
_PAUSE = 1.0
_CONDITION = "senders-queue"
_TOKEN = 190

_SENDER = frozenset({"stop_number", "stop_business_initiated", "stop_marketing", "stop_utility", "stop_direct_utility",
                     "stop_country", "stop_template", "slow_number", "slow_pair"})  # fmt: skip
"""What follows on an error that is about the sender or its pace, not about the message."""

PutOff: TypeAlias = tuple[Item, Instant, str]
"""An item, until when it waits, and why."""

log = structlog.get_logger()


class Leaving:
    """The task that lets messages leave."""

    def __init__(
        self, book: SenderBook, sending: Sending, learner: Learner, conditions: Conditions, version: str, token: str
    ) -> None:
        """`token` is the operator's at the platform: those of clients are not kept, so without it nothing is taken."""
        self._queue, self._book, self._sending, self._learner = book.queue, book, sending, learner
        self._conditions, self._version, self._token = conditions, version, token
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._places = asyncio.Semaphore(AT_ONCE)

    def start(self) -> None:
        """Take messages, and let them leave."""
        if self._token and self._task is None:
            loop = asyncio.get_running_loop()
            self._queue.open(self._read, partial(loop.call_soon_threadsafe, self._wake.set))
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End once what is under way has its answer; what waits leaves after the next start."""
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=LAST_ANSWERS)
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _read(self, number: str, wanted: Wanted) -> Message:
        await self._learner.ensure(number, self._token)
        message = self._sending.read(number, wanted.message, wanted.campaign).message
        if message is None:
            raise NotASend("read receipts, typing and messages to groups do not wait")
        return message

    async def _run(self) -> None:
        await self._in_the_end(lambda: self._queue.recover(self._book.now()))
        while not self._stopping:
            self._wake.clear()
            looked_at = 0
            try:
                due = await anyio.to_thread.run_sync(self._queue.due, self._book.now(), _BATCH)
                looked_at = len(due)
                await self._look_at(due)
            except DatabaseFault as fault:
                log.warning("the queue cannot be read or written", error=type(fault).__name__)
                looked_at = 0
            except Exception:  # the task must not end: what waits would wait for ever
                log.exception("a look at the queue failed")
                looked_at = 0
            if looked_at < _BATCH and not self._stopping:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), _PAUSE)

    async def _look_at(self, due: Sequence[Item]) -> None:
        """End what has expired, put off what is refused, and let the rest leave."""
        by_person: dict[Names, list[tuple[Item, Message]]] = defaultdict(list)
        puts_off: list[PutOff] = []
        for item in due:
            now = self._book.now()
            if item.expires_at <= now:
                await self._end(item, EXPIRED)
                continue
            wanted = msgspec.json.decode(item.body, type=Wanted)
            try:
                message = await self._read(item.phone_number_id, wanted)
            except NotASend as wrong:  # another version of the program took it
                await self._end(item, REJECTED, said=_said("unreadable", str(wrong)))
                continue
            refusing = await self._sending.objections(message)
            if refusing or self._book.is_away:
                puts_off.append(_put_off(item, refusing, now))
            else:
                by_person[message.person].append((item, message))
        await asyncio.gather(*(self._leave_in_turn(waiting, puts_off) for waiting in by_person.values()))
        if puts_off:
            await anyio.to_thread.run_sync(self._queue.put_off, puts_off)

    async def _leave_in_turn(self, waiting: Sequence[tuple[Item, Message]], puts_off: list[PutOff]) -> None:
        async with self._places:
            for item, message in waiting:
                if self._stopping:
                    return
                put_off = await self._leave(item, message)
                if put_off is not None:
                    puts_off.append(put_off)

    async def _leave(self, item: Item, message: Message) -> PutOff | None:
        """Forward an item; what is returned puts it off instead."""
        attempt = secrets.token_hex(12)
        judged = self._book.ask(message, attempt)
        if judged.refusing:
            return _put_off(item, judged.refusing, self._book.now())
        try:
            is_leaving = await is_stored(judged.stored) and await anyio.to_thread.run_sync(self._queue.leave, item)
        except DatabaseFault:
            is_leaving = False
        if not is_leaving:  # cancelled, or not on disk: it stays, and its budgets are given back
            self._book.record(Rejected(at=self._book.now(), attempt=attempt, code=TRY_LATER, details="not sent"))
            return None
        try:
            said, outcome = await self._sending.deliver(self._outgoing(item), attempt)
        except Unreached as fault:
            return item, self._book.now() + 5 * SECOND, _said("unreached", str(fault))
        except Unanswered as fault:
            await self._end(item, LOST, said=_said("outcome-unknown", str(fault)))
            return None
        return await self._conclude(item, said, outcome)

    def _outgoing(self, item: Item) -> Outgoing:
        wanted = msgspec.json.decode(item.body, type=Wanted)
        headers = [(b"authorization", f"Bearer {self._token}".encode()), (b"content-type", b"application/json")]
        target = f"/{self._version}/{item.phone_number_id}/{wanted.edge}"
        return Outgoing("POST", target, headers, msgspec.json.encode(wanted.message), self._token,
                        item.phone_number_id)  # fmt: skip

    async def _conclude(self, item: Item, said: Answer, outcome: Fact) -> PutOff | None:
        if isinstance(outcome, Accepted):
            self._conditions.clear(_CONDITION)
            await self._end(item, SENT, message_id=outcome.message_id)
            return None
        if not isinstance(outcome, Rejected):
            await self._end(item, LOST, said=_said("outcome-unknown", f"status {said.status}"))
            return None
        why = _said("platform", outcome.details, outcome.code)
        rule = rule_of(outcome.code, outcome.details)
        if outcome.code == _TOKEN:
            self._conditions.state(_CONDITION, "the platform does not accept CARTELLINO_WHATSAPP_TOKEN: queued "
                                   "messages wait")  # fmt: skip
        elif said.status >= 500 or rule is None or rule.action not in _SENDER:
            await self._end(item, REJECTED, said=why)
            return None
        return item, min(self._book.now() + AGAIN, item.expires_at), why

    async def _end(self, item: Item, state: str, *, said: str = "", message_id: str = "") -> None:
        now = self._book.now()
        await self._in_the_end(lambda: self._queue.end(item, state, now, said=said, message_id=message_id))

    async def _in_the_end(self, write: Callable[[], None]) -> None:
        """Write as often as it takes: what became of an item must not be forgotten, and it is not forwarded again."""
        while True:
            try:
                await anyio.to_thread.run_sync(write)
            except DatabaseFault:
                await asyncio.sleep(_PAUSE)
            else:
                return


def _put_off(item: Item, refusing: Sequence[Objection], now: Instant) -> PutOff:
    """Put an item off until every rule that objects would let it pass, and a minute at most."""
    if not refusing:
        return item, now + SECOND, _said("store", "nothing can be written down now")
    latest = max(
        now + AGAIN if objection.next_allowed_at is None else objection.next_allowed_at for objection in refusing
    )
    until = max(now + SECOND // 4, min(latest, now + AGAIN, item.expires_at))
    first = refusing[0]
    next_at = None if first.next_allowed_at is None else show_instant(first.next_allowed_at)
    said = {"rule": first.rule, "details": first.said, "evidence": dict(first.evidence), "next_allowed_at": next_at}
    return item, until, msgspec.json.encode(said).decode()


def _said(rule: str, details: str, code: int | None = None) -> str:
    return msgspec.json.encode({"rule": rule, "code": code, "details": details[:300]}).decode()
