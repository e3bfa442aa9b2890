"""An emergency volunteer: on two days of a flood or an earthquake writes to hundreds who asked some office for help.

60 to 220 people a day, from five in the morning to past midnight, with one text; 30 to 60 % answer: assumptions. Could
be mistaken for: fast bulk spam, and a program that never sleeps.
"""

from __future__ import annotations

from cartellino.simulator.acts import connect
from cartellino.simulator.days import day_times, every_day, one_by_one
from cartellino.simulator.habit import Person
from cartellino.simulator.outreach import be_of_age, meet, text_of
from cartellino.simulator.reaction import Reaction
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, Instant

AGES = (30, 2_000)


class Volunteer(Person):
    """Helps for two days."""

    name = "volunteer"
    rooted = False

    def move_in(self, town: Town, me: Resident) -> None:
        """Begin on one of the first days."""
        be_of_age(town, me, AGES)
        begins, a_day = town.start + int(me.rng.uniform(0, 5)) * DAY, me.rng.uniform(60, 220)
        text, grateful = text_of(me, 0.7), Reaction(me.rng.uniform(0.3, 0.6), blocks=0.005, reports=0.001, reads=0.9)

        def day(midnight: Instant) -> None:
            if begins <= midnight + DAY / 2 < begins + 2 * DAY:
                connect(town, me)
                times = day_times(me, midnight, a_day, wakes=5, sleeps=25)
                one_by_one(town, times, lambda: meet(town, me, grateful, **text))

        every_day(town, me, day)
