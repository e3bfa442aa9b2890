"""The status of the writer: whether it accepts events, and if not, why."""

from __future__ import annotations

import os
from enum import Enum

AWAY = "the database does not answer"
"""The reason why nothing is written, while events are still accepted."""

NOT_READ = f"{AWAY}, and what was kept cannot be read again yet"
"""The reason why nothing is accepted: after an error, the state cannot be recovered without the database."""


class Phase(Enum):
    """The phases of the writer."""

    TAKES = "events are taken and written"
    WAITS = "events are taken, and written as soon as the database answers"
    HALTED = "nothing is taken"


class WriterStatus:
    """The writer's phase with the reason; set by its thread, read by all."""

    def __init__(self) -> None:
        """Start halted: nothing is accepted before the recovery."""
        self._now = (Phase.HALTED, "starting")

    @property
    def phase(self) -> Phase:
        """The current phase."""
        return self._now[0]

    @property
    def reason(self) -> str:
        """The reason for the phase; empty while events are accepted and written."""
        return self._now[1]

    @property
    def refusal(self) -> str:
        """Why nothing is accepted; empty while events are."""
        phase, reason = self._now
        return reason if phase is Phase.HALTED else ""

    def takes(self) -> None:
        """Set the phase in which events are accepted and written."""
        self._now = (Phase.TAKES, "")

    def waits(self) -> None:
        """Set the phase in which events are accepted while the database is away."""
        self._now = (Phase.WAITS, AWAY)

    def halts(self, reason: str) -> None:
        """Set the phase in which nothing is accepted until the problem is solved."""
        self._now = (Phase.HALTED, reason)


def end_the_process() -> None:
    """End the process at once, with an exit code on which a supervisor starts it again.

    What was acknowledged is on the disk, and the next start recovers it.
    """
    os._exit(os.EX_SOFTWARE)
