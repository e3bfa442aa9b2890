"""A seller of one used thing: strangers write first, for some days, and are answered.

10 to 60 people in three days; four in five are answered, and half of those write back; some block a seller who says
no (one in fifty): assumptions. Could be mistaken for: bulk spam, by whoever looks at `known` alone.
"""

from __future__ import annotations

from cartellino.simulator.acts import connect
from cartellino.simulator.days import day_times, every_day, one_by_one
from cartellino.simulator.habit import Person
from cartellino.simulator.outreach import be_of_age, new_stranger, note_outsider
from cartellino.simulator.reaction import Reaction, intrude
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, MINUTE, Instant

AGES = (1, 1_500)


class PrivateSeller(Person):
    """Answers who asks."""

    name = "private-seller"
    rooted = False

    def move_in(self, town: Town, me: Resident) -> None:
        """Offer the thing for three days."""
        be_of_age(town, me, AGES)
        a_day, begins = me.rng.uniform(3, 20), town.start + int(me.rng.uniform(0, 6)) * DAY
        manners = Reaction(replies=0.5, blocks=0.02, reports=0.002, reads=0.9)

        def ask() -> None:
            buyer = new_stranger(me)
            note_outsider(town, buyer)
            town.emit("message_sent", buyer, peer=me.account, known=False)
            town.after(me.rng.expovariate(1 / (20 * MINUTE)), lambda: intrude(town, me, buyer, manners))

        def day(midnight: Instant) -> None:
            if begins <= midnight < begins + 3 * DAY:
                connect(town, me)
                one_by_one(town, day_times(me, midnight, a_day), ask)

        every_day(town, me, day)
