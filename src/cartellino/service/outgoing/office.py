"""Everything that sends messages: the caller, a courier for changes, one for one-time codes, and their figures."""

from __future__ import annotations

from threading import Event
from typing import NamedTuple

import sqlalchemy as sa

from cartellino.notices.words import Words
from cartellino.service.outgoing.caller import Caller
from cartellino.service.outgoing.codes import Codes
from cartellino.service.outgoing.courier import Courier
from cartellino.service.outgoing.messages import Messages
from cartellino.service.outgoing.postman import Postman
from cartellino.service.settings import Settings
from cartellino.service.writer import Writer
from cartellino.storage import tables
from cartellino.vocabulary.times import Instant

STOPPING = 2.0
"""At most so many seconds are waited for all couriers to end, whatever receivers do, and one more for the caller."""


class Figures(NamedTuple):
    """Figures of the queues; `oldest` is the time of the oldest message that waits."""

    waiting: int
    dead: int
    codes: int
    paused: int
    oldest: Instant | None


class Office:
    """Sends all outgoing messages."""

    def __init__(self, writer: Writer, settings: Settings, words: Words) -> None:
        """The settings say whether receivers may be in the own network, and which server takes mail."""
        self._writer = writer
        self._caller = Caller(private=settings.private_webhooks)
        self.postman = Postman(writer, self._caller, settings, words)
        self.check = self._caller.check
        self._couriers = (
            Courier(Codes(writer), writer, self._caller, Event(), every=0.2),
            Courier(Messages(writer), writer, self._caller, writer.changed, every=0.5),
        )

    def start(self) -> None:
        """Start sending."""
        self._caller.start()
        for courier in self._couriers:
            courier.start()
        self.postman.start()

    def stop(self) -> None:
        """Stop sending; messages that wait are sent after the next start."""
        self.postman.stop()
        for courier in self._couriers:
            courier.stop()
        for courier in self._couriers:
            courier.join(STOPPING / len(self._couriers))
        self.postman.join(STOPPING)
        self._caller.stop()

    @property
    def troubles(self) -> list[str]:
        """The problems that keep messages from being sent now."""
        troubles = [
            courier.trouble or "a courier has ended"
            for courier in self._couriers
            if courier.trouble or not courier.is_alive
        ]
        return troubles + [trouble for trouble in (self.postman.trouble,) if trouble]

    def figures(self) -> Figures:
        """Return the figures of the queues."""
        deliveries, hooks = tables.deliveries, tables.webhooks.c
        with self._writer.database.begin() as rows:
            states = sa.select(deliveries.c.state, sa.func.count(), sa.func.min(deliveries.c.message))
            undone = states.where(deliveries.c.state.in_(("waiting", "dead"))).group_by(deliveries.c.state)
            by_state = {row[0]: row for row in rows.execute(undone)}
            paused = sa.select(sa.func.count()).where(hooks.paused_at.is_not(None), hooks.ended_at.is_(None))
            codes = sa.select(sa.func.count()).select_from(tables.codes)
            first = by_state["waiting"][2] if "waiting" in by_state else None
            oldest = rows.scalar(sa.select(tables.outbox.c.at).where(tables.outbox.c.number == first))
            counts = {state: row[1] for state, row in by_state.items()}
            return Figures(counts.get("waiting", 0), counts.get("dead", 0), rows.scalar(codes) or 0,
                           rows.scalar(paused) or 0, oldest)  # fmt: skip
