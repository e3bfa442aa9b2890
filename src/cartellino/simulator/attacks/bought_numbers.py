"""Bought aged numbers: bulk spam by numbers of three months to four years.

60 to 200 strangers a day; half send one text: assumptions. Numbers of age are for sale, which is why age alone is no
proof of anything. Gives itself away by: blocks and reports, and silence.
"""

from __future__ import annotations

from cartellino.simulator.habit import Attack
from cartellino.simulator.outreach import Manner, Operation
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town

MANNER = Manner(
    (60, 200), ages=(90, 1_500), replies=(0.02, 0.06), blocks=(0.05, 0.1), reports=(0.02, 0.05), works=1.0, one_text=0.5
)
NEWBORN = 0.0


class BoughtNumbers(Attack):
    """Uses numbers of age."""

    name = "bought-numbers"

    def move_in(self, town: Town, me: Resident) -> None:
        """Come with a number, and go on with the next when it is lost."""
        Operation().run(town, me, MANNER, NEWBORN)
