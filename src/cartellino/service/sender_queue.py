"""The queue of messages that wait until they may be sent. A gateway opens it and lets them leave."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from typing import Any, TypeAlias

import msgspec
import structlog

from cartellino.commands import sender_queue as commands
from cartellino.commands.names import random_id
from cartellino.queries import sender_queue as queries
from cartellino.queries.sender_queue import Item
from cartellino.senders.facts import Message
from cartellino.storage.database import Database
from cartellino.vocabulary.refusals import NotFound, Refusal
from cartellino.vocabulary.times import Instant

MOST_WAITING = 20_000
"""Most messages that wait, of all numbers."""


log = structlog.get_logger()


class Shut(Refusal):
    """Nothing leaves from here."""

    code = "not-now"


class Full(Refusal):
    """Too many messages wait."""

    code = "busy"


class Taken(Refusal):
    """The key was given to another message, or the item left."""

    code = "not-now"


class Wanted(msgspec.Struct, frozen=True):
    """A message as the platform takes it, the edge it goes to, and the campaign it belongs to."""

    message: Mapping[str, Any]
    edge: str = "messages"
    campaign: str = ""


Reader: TypeAlias = Callable[[str, Wanted], Awaitable[Message]]
"""Reads what a number wants to send; raises `BadArgument` for what is no message."""


class SenderQueue:
    """Messages that wait. Any thread may use it."""

    def __init__(self, database: Database) -> None:
        """It is shut until a gateway opens it."""
        self._database = database
        self._reader: Reader | None = None
        self._wake: Callable[[], object] = lambda: None

    def open(self, reader: Reader, wake: Callable[[], object]) -> None:
        """Take messages that `reader` understands; `wake` is called after each, in any thread."""
        self._reader, self._wake = reader, wake

    async def read(self, number: str, wanted: Wanted) -> Message:
        """Return what rules look at.

        Raises `Shut` where no gateway runs or it has no token, and `BadArgument` for what is no message.
        """
        if self._reader is None:
            raise Shut("nothing leaves from here: run `cartellino gateway` with CARTELLINO_WHATSAPP_TOKEN set")
        return await self._reader(number, wanted)

    def put(self, number: str, wanted: Wanted, key: str, now: Instant, begins: Instant, ends: Instant) -> Item:
        """Let a message wait from `begins` until `ends` at the latest; the same one again under the same key is one.

        Raises `Taken` if another one has the key, and `Full`.
        """
        body = msgspec.json.encode(wanted, order="sorted")
        name = _name(number, key) if key else random_id("q")
        item = Item(item_id=name, phone_number_id=number, idempotency_key=key, digest=sha256(body).hexdigest(), at=now,
                    expires_at=ends, next_at=begins, body=body)  # fmt: skip
        with self._database.begin_writing() as rows:
            if queries.item(rows, number, name) is None and queries.waiting(rows) >= MOST_WAITING:
                raise Full(f"{MOST_WAITING:,} messages wait already; send this one later")
            commands.add(rows, item)
            held = queries.item(rows, number, name) or item
        if held.digest != item.digest:
            raise Taken(f"the key `{key}` was given to another message; a key names one message for a week")
        self._wake()
        return held

    def cancel(self, number: str, name: str, now: Instant) -> Item:
        """Cancel an item that waits.

        Raises `NotFound`, and `Taken` if it does not wait any more.
        """
        with self._database.begin_writing() as rows:
            held = queries.item(rows, number, name)
            if held is None:
                raise NotFound(f"no message `{name}` waits or waited here")
            if not commands.cancel(rows, held, queries.CANCELLED, now):
                raise Taken(f"it does not wait any more: {held.state}")
            return msgspec.structs.replace(held, state=queries.CANCELLED, body=b"")

    # What leaves

    def recover(self, now: Instant) -> None:
        """Give up what was leaving when the process ended."""
        with self._database.begin_writing() as rows:
            lost = commands.lose(rows, now)
        if lost:
            log.warning("queued messages were leaving when the process ended; they count as sent", many=lost)

    def due(self, now: Instant, most: int) -> list[Item]:
        """Return items to look at."""
        with self._database.begin() as rows:
            return queries.due(rows, now, most)

    def leave(self, item: Item) -> bool:
        """Write down that an item is about to be forwarded; false if it was cancelled meanwhile."""
        with self._database.begin_writing() as rows:
            return commands.leave(rows, item)

    def put_off(self, puts_off: list[tuple[Item, Instant, str]]) -> None:
        """Let items wait longer, and say why."""
        with self._database.begin_writing() as rows:
            commands.put_off(rows, puts_off)

    def end(self, item: Item, state: str, now: Instant, *, said: str = "", message_id: str = "") -> None:
        """Write down what became of an item."""
        with self._database.begin_writing() as rows:
            commands.end(rows, item, state, now, said=said, message_id=message_id)


def _name(number: str, key: str) -> str:
    """Return the name of the item under a key: the same again, so that a table has it once."""
    return f"q_{sha256(f'{number}/{key}'.encode()).hexdigest()[:24]}"
