"""The queue of changes: each goes from the outbox to every webhook that takes its kind, at least once.

First tries are in the order of the changes. A failed delivery is tried again after longer and longer pauses, for about
three days; then it is dead until an operator replays it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from cartellino.commands import webhooks
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.service.outgoing.message import Attempt, Message, next_try
from cartellino.service.writer import Writer
from cartellino.storage import tables
from cartellino.vocabulary.actors import COURIER
from cartellino.vocabulary.refusals import BadArgument, NotFound
from cartellino.vocabulary.times import HOUR, MINUTE, SECOND, Duration, Instant

PAUSES: tuple[Duration, ...] = (
    5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR,
    24 * HOUR,
)  # fmt: skip
"""Pauses before each further try; after the last one the delivery is dead."""

BATCH = 64
"""Most messages that are read at once for one webhook; the others stay in the database."""

FANNED = 1_000
"""Most messages of the outbox that are fanned out in one unit of work."""

_PROGRESS = sa.select(tables.progress.c.value).where(tables.progress.c.name == "fanned")


class Messages:
    """The deliveries in the database, as a queue for each webhook."""

    name = "webhooks"

    def __init__(self, writer: Writer) -> None:
        """Changes are written by the writer."""
        self._writer = writer

    def prepare(self) -> bool:
        """Create deliveries of the new messages in the outbox; say whether there may be more."""
        with self._writer.database.begin() as rows:
            last = rows.scalar(sa.select(sa.func.max(tables.outbox.c.number))) or 0
            fanned = rows.execute(_PROGRESS).scalar() or 0
        return last > fanned and self._writer.do(fan_out, COURIER).result(30) >= FANNED

    def receivers(self) -> list[str]:
        """Return the active webhooks."""
        with self._writer.database.begin() as rows:
            return list(rows.scalars(sa.select(tables.webhooks.c.webhook_id).where(webhooks.is_active())))

    def due(self, webhook: str, now: Instant) -> list[Message]:
        """Return the messages that are due for a webhook, the longest due first, so first tries keep their order."""
        waiting, hooks, outbox = tables.deliveries, tables.webhooks, tables.outbox
        query = (
            sa.select(waiting.c.number, waiting.c.tries, hooks.c.url, hooks.c.secret, outbox.c.number.label("message"),
                      outbox.c.kind, outbox.c.at, outbox.c.service, outbox.c.account, outbox.c.data)
            .join(hooks, hooks.c.webhook_id == waiting.c.webhook_id)
            .join(outbox, outbox.c.number == waiting.c.message)
            .where(waiting.c.webhook_id == webhook, waiting.c.state == "waiting", waiting.c.next_at <= now)
            .order_by(waiting.c.next_at, waiting.c.number)
            .limit(BATCH)
        )  # fmt: skip
        with self._writer.database.begin() as rows:
            return [_message(webhook, row) for row in rows.execute(query).mappings()]

    def record(self, unit: UnitOfWork, attempts: Sequence[Attempt]) -> None:
        """Record the results of tries."""
        deliveries = tables.deliveries
        for attempt in attempts:
            waiting = (deliveries.c.number == attempt.message.key) & (deliveries.c.state == "waiting")
            values = _after(attempt, unit.now) | {"tries": attempt.message.tries + 1, "error": attempt.error or None}
            unit.change(sa.update(deliveries).where(waiting).values(**values))


def _message(webhook: str, row: sa.RowMapping) -> Message:
    body = webhooks.body_of(row["kind"], row["at"], row["service"], row["account"], row["data"])
    return Message(row["number"], webhook, row["url"], row["secret"], f"m_{row['message']}", body, row["tries"])


def _after(tried: Attempt, now: Instant) -> dict[str, Any]:
    if not tried.error:
        return {"state": "delivered", "done_at": now}
    if tried.message.tries >= len(PAUSES):
        return {"state": "dead", "done_at": now}
    return {"next_at": next_try(tried, PAUSES, now)}


def fan_out(unit: UnitOfWork) -> int:
    """Create a delivery of every new message to each webhook that takes its kind; return the number of messages."""
    done = next((row.value for row in unit.read(_PROGRESS)), 0)
    hooks, messages = webhooks.active(unit), tables.outbox.c
    query = sa.select(messages.number, messages.kind, messages.at).where(messages.number > done)
    fresh = unit.read(query.order_by(messages.number).limit(FANNED))
    for message in fresh:
        for hook in hooks:
            if webhooks.takes(hook.kinds, message.kind) and hook.made_at <= message.at:
                record = {"message": message.number, "webhook_id": hook.webhook_id, "state": "waiting", "tries": 0}
                unit.insert(tables.deliveries, record | {"next_at": unit.now, "done_at": None, "error": None})
    if fresh:
        unit.put(tables.progress, {"name": "fanned", "value": fresh[-1].number})
    return len(fresh)


def replay(unit: UnitOfWork, number: int) -> None:
    """Revive a dead delivery, with a new count of tries.

    Raises `NotFound` when there is no such dead delivery, `BadArgument` when its webhook is paused or ended.
    """
    of_number = tables.deliveries.c.number == number
    query = sa.select(tables.deliveries.c.webhook_id).where(of_number, tables.deliveries.c.state == "dead")
    webhook = next((row.webhook_id for row in unit.read(query)), None)
    if webhook is None:
        raise NotFound(f"there is no dead delivery {number}")
    if webhook not in {hook.webhook_id for hook in webhooks.active(unit)}:
        raise BadArgument(f"the webhook {webhook} of delivery {number} is paused or ended; resume it first")
    again = {"state": "waiting", "tries": 0, "next_at": unit.now, "done_at": None}
    unit.change(sa.update(tables.deliveries).where(of_number).values(**again))
    unit.record("delivery tried again", f"delivery:{number}")
