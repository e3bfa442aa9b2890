"""Spun bulk that sleeps at night: every stranger gets other words, at hours and a pace of honest work.

30 to 80 strangers a day like a courier; half of the numbers are new, the others up to three years old: assumptions.
Gives itself away by: blocks and reports, and silence.
"""

from __future__ import annotations

from cartellino.simulator.habit import Attack
from cartellino.simulator.outreach import Manner, Operation
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town

MANNER = Manner((30, 80), ages=(5, 1_000), replies=(0.02, 0.08), blocks=(0.03, 0.09), reports=(0.01, 0.04), works=1.0)
NEWBORN = 0.5


class SpunBulk(Attack):
    """Looks like a courier."""

    name = "spun-bulk"

    def move_in(self, town: Town, me: Resident) -> None:
        """Come with a number, and go on with the next when it is lost."""
        Operation().run(town, me, MANNER, NEWBORN)
