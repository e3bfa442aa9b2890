"""A family member: a few dozen contacts, a handful of messages a day, nearly all answered.

Median busiest day 5 messages, 90th percentile 25 (CollegeMsg in `data/legit_profiles.txt`): the daily mean is drawn
lognormal around 3. Could be mistaken for: nothing.
"""

from __future__ import annotations

from cartellino.simulator.resident import Resident, chat, connect, day_times
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, MINUTE


class Family:
    """Writes to contacts, and is answered."""

    name = "family"
    abusive = False

    def move_in(self, town: Town, me: Resident) -> None:
        """Live every day of the town."""
        mean = min(me.rng.lognormvariate(1.0, 0.7), 20)
        for day in range(town.start, town.end, DAY):
            times = day_times(me, day, mean)
            if times:
                town.at(times[0] - MINUTE, lambda: connect(town, me))
            for time in times:
                town.at(time, lambda: chat(town, me, me.rng.choice(me.contacts), replies=0.6))
