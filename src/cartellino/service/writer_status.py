"""Whether the writer takes events, and if not, why."""

from __future__ import annotations

import os
from enum import Enum

AWAY = "the database does not answer"
"""Why nothing is written, while events are taken."""

NOT_READ = f"{AWAY}, and what was kept cannot be read again yet"
"""Why nothing is taken, after something else went wrong."""


class Phase(Enum):
    """What the writer does."""

    TAKES = "events are taken and written"
    WAITS = "events are taken, and written as soon as the database answers"
    HALTED = "nothing is taken"


class WriterStatus:
    """The writer's phase with the reason; set by its thread, read by all."""

    def __init__(self) -> None:
        """Nothing is taken before the start."""
        self._now = (Phase.HALTED, "starting")

    @property
    def phase(self) -> Phase:
        """What the writer does now."""
        return self._now[0]

    @property
    def reason(self) -> str:
        """Why it does not simply take and write; empty while it does."""
        return self._now[1]

    @property
    def refusal(self) -> str:
        """Why nothing is taken; empty while events are."""
        phase, reason = self._now
        return reason if phase is Phase.HALTED else ""

    def takes(self) -> None:
        """All is well."""
        self._now = (Phase.TAKES, "")

    def waits(self) -> None:
        """The database is away."""
        self._now = (Phase.WAITS, AWAY)

    def halts(self, reason: str) -> None:
        """Nothing is taken until this is mended."""
        self._now = (Phase.HALTED, reason)


def end_the_process() -> None:
    """End the process at once, with a code that makes whatever supervises it start it again.

    What was answered is on the disk, and the start that follows takes it up.
    """
    os._exit(os.EX_SOFTWARE)
