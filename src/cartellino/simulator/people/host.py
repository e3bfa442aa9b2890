"""A host, a clinic or a workshop: sends one text to each of the day's guests, who do not have the number.

5 to 40 guests a day, of whom a fifth to a half answer: assumptions. Could be mistaken for: bulk spam with one text.
"""

from __future__ import annotations

from cartellino.simulator.habit import Person
from cartellino.simulator.outreach import Manner, be_of_age, reach_out
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town

MANNER = Manner(a_day=(5, 40), ages=(30, 1_500), replies=(0.2, 0.5), blocks=(0.0, 0.01), works=1.0, one_text=1.0)


class Host(Person):
    """Tells the day's guests where to come."""

    name = "host"
    rooted = False

    def move_in(self, town: Town, me: Resident) -> None:
        """Work from the first day on."""
        be_of_age(town, me, MANNER.ages)
        reach_out(town, me, MANNER)
