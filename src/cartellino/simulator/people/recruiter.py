"""A recruiter: writes to 15 to 50 candidates a day, who left their numbers somewhere.

A tenth to a third answer; one or two in a hundred block, one in three hundred reports: assumptions. Could be mistaken
for: slow bulk spam.
"""

from __future__ import annotations

from cartellino.simulator.habit import Person
from cartellino.simulator.outreach import Manner, be_of_age, reach_out
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town

MANNER = Manner(a_day=(15, 50), ages=(60, 1_500), replies=(0.1, 0.35), blocks=(0.005, 0.02), works=0.7, one_text=0.3)


class Recruiter(Person):
    """Looks for people for jobs."""

    name = "recruiter"
    rooted = False

    def move_in(self, town: Town, me: Resident) -> None:
        """Work from the first day on."""
        be_of_age(town, me, MANNER.ages)
        reach_out(town, me, MANNER)
