"""Lets incidents follow what the monitor says, and keeps those that last at hand."""

from __future__ import annotations

from functools import partial

from cartellino.availability.evidence import Cause
from cartellino.availability.following import confirmed
from cartellino.availability.incident import Incident
from cartellino.commands import incidents
from cartellino.queries.incidents import running
from cartellino.service.health_watch import HealthWatch
from cartellino.service.writer import Writer
from cartellino.storage.database import Database


class IncidentWatch:
    """Opens, widens and resolves incidents, once for every bucket that was judged.

    What lasts is kept in memory, so that a page and an answer need no database: they have to be there when it is not.
    """

    def __init__(self, writer: Writer, database: Database, health: HealthWatch) -> None:
        """`health` is whose causes are followed."""
        self._writer, self._database, self._health = writer, database, health
        self.running: tuple[Incident, ...] = ()
        """The incidents that last, the severest first, as of the latest round."""
        self._followed = 0

    def keep_up(self) -> None:
        """Follow the latest causes, unless they were followed already, and see what lasts."""
        seen = self._health.seen
        if seen.as_of > self._followed:
            work = partial(incidents.follow, causes=seen.causes, at=seen.as_of, cells=seen.cells)
            self._writer.do(work, incidents.MONITOR).result(30)
            self._followed = seen.as_of
        with self._database.begin() as rows:
            self.running = tuple(running(rows))

    def causes(self) -> tuple[Cause, ...]:
        """Return what the monitor says, with what people have confirmed."""
        return confirmed(self._health.seen.causes, self.running)
