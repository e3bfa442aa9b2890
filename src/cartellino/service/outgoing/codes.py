"""The queue of one-time codes, which have a table, a thread and a schedule apart from all other messages.

A code gives access to an account, so it is stored only until it is delivered or ends. It is never in the outbox, and so
never in the stream, among the dead messages or in an export.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
import structlog

from cartellino.commands import webhooks
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.service.outgoing.message import Attempt, Message, next_try
from cartellino.service.writer import Writer
from cartellino.storage import tables
from cartellino.vocabulary.actors import COURIER
from cartellino.vocabulary.times import SECOND, Duration, Instant, show_instant

PAUSES: tuple[Duration, ...] = (SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 20 * SECOND, 30 * SECOND)
"""Pauses before each further try; the last one repeats."""

BATCH = 16
"""Most codes that are read at once for one webhook."""

log = structlog.get_logger()


class Codes:
    """The codes in the database, as a queue for each webhook."""

    name = "one-time codes"

    def __init__(self, writer: Writer) -> None:
        """Changes are written by the writer."""
        self._writer = writer

    def prepare(self) -> bool:
        """Delete the codes that have ended."""
        over = sa.select(sa.func.count()).where(tables.codes.c.ends_at <= self._writer.clock.now())
        with self._writer.database.begin() as rows:
            count = rows.scalar(over) or 0
        if count:
            log.warning("one-time codes ended before they could be delivered", codes=count)
            self._writer.do(_forget_ended, COURIER).result(30)
        return False

    def receivers(self) -> list[str]:
        """Return the active webhooks for which a code waits."""
        codes, hooks = tables.codes, tables.webhooks
        query = sa.select(hooks.c.webhook_id).join(codes, codes.c.webhook_id == hooks.c.webhook_id).distinct()
        with self._writer.database.begin() as rows:
            return list(rows.scalars(query.where(webhooks.is_active())))

    def due(self, webhook: str, now: Instant) -> list[Message]:
        """Return the codes that are due for a webhook."""
        codes, hooks = tables.codes, tables.webhooks
        query = (
            sa.select(codes, hooks.c.url, hooks.c.secret)
            .join(hooks, hooks.c.webhook_id == codes.c.webhook_id)
            .where(codes.c.webhook_id == webhook, codes.c.next_at <= now, codes.c.ends_at > now)
            .order_by(codes.c.next_at, codes.c.code_id)
            .limit(BATCH)
        )
        with self._writer.database.begin() as rows:
            return [_message(row) for row in rows.execute(query)]

    def record(self, unit: UnitOfWork, attempts: Sequence[Attempt]) -> None:
        """Delete and count the delivered codes, and record when the others are tried again."""
        codes = tables.codes
        for attempt in attempts:
            of_code = codes.c.code_id == attempt.message.key
            again = {"tries": attempt.message.tries + 1, "next_at": next_try(attempt, PAUSES, unit.now)}
            unit.change(
                sa.update(codes).where(of_code).values(**again) if attempt.error else sa.delete(codes).where(of_code)
            )
        for webhook, delivered in Counter(attempt.message.webhook for attempt in attempts if not attempt.error).items():
            webhooks.count_codes(unit, webhook, delivered)


def _message(row: sa.Row[Any]) -> Message:
    data = {"code": row.code, "ends_at": show_instant(row.ends_at)}
    body = webhooks.body_of(webhooks.CODE, row.at, row.service, row.account, data)
    return Message(row.code_id, row.webhook_id, row.url, row.secret, row.code_id, body, row.tries, row.ends_at)


def _forget_ended(unit: UnitOfWork) -> None:
    unit.change(sa.delete(tables.codes).where(tables.codes.c.ends_at <= unit.now))
