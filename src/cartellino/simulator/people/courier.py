"""A courier or craftsman: tells some 55 people a day that they are at the door, none of whom has the number.

One in eight answers, one in a hundred blocks; half send a text that is always the same: assumptions, as are the age of
the number, one month to three years, and a round of 30 to 80 doors. Could be mistaken for: bulk spam by an aged number.
"""

from __future__ import annotations

from cartellino.simulator.habit import Person
from cartellino.simulator.outreach import Manner, be_of_age, reach_out
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town

MANNER = Manner(a_day=(30, 80), ages=(30, 1_000), replies=(0.08, 0.2), blocks=(0.0, 0.015), one_text=0.5)


class Courier(Person):
    """Goes from door to door."""

    name = "courier"
    rooted = False

    def move_in(self, town: Town, me: Resident) -> None:
        """Work from the first day on."""
        be_of_age(town, me, MANNER.ages)
        reach_out(town, me, MANNER)
