"""A community health worker: reminds the families of a district of visits and vaccinations.

10 to 40 households a day, a third to two thirds of which answer: assumptions. Could be mistaken for: slow bulk spam.
"""

from __future__ import annotations

from cartellino.simulator.habit import Person
from cartellino.simulator.outreach import Manner, be_of_age, reach_out
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town

MANNER = Manner(a_day=(10, 40), ages=(20, 900), replies=(0.3, 0.65), blocks=(0.0, 0.01), one_text=0.6)


class HealthWorker(Person):
    """Looks after a district."""

    name = "health-worker"
    rooted = False

    def move_in(self, town: Town, me: Resident) -> None:
        """Work from the first day on."""
        be_of_age(town, me, MANNER.ages)
        reach_out(town, me, MANNER)
