"""The new owner of a recycled prepaid number: old contacts write, are told that they are wrong, and some block.

Up to 5 a day; one in ten of them blocks, one in fifty reports: assumptions. In the US numbers are
given again after 45 to 90 days (FCC 18-177). The owner writes to a few friends of their own, who have not saved the
number. Could be mistaken for: a spammer whom people block.
"""

from __future__ import annotations

from cartellino.simulator.acts import register
from cartellino.simulator.days import day_times, every_day, one_by_one
from cartellino.simulator.habit import Person
from cartellino.simulator.outreach import new_stranger, note_outsider
from cartellino.simulator.reaction import WELCOME, Reaction, intrude
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import HOUR, MINUTE, Instant

DISAPPOINTED = Reaction(replies=0.3, blocks=0.1, reports=0.02, reads=0.9)


class RecycledNumber(Person):
    """Has a number that others still have in their contacts."""

    name = "recycled-number"
    rooted = False

    def move_in(self, town: Town, me: Resident) -> None:
        """Register on the first day."""
        town.at(town.start + int(me.rng.uniform(8, 20) * HOUR), lambda: _arrive(town, me))


def _arrive(town: Town, me: Resident) -> None:
    register(town, me)
    strays, friends = me.rng.uniform(0, 5), me.rng.uniform(1, 6)

    def stray() -> None:
        other = new_stranger(me)
        note_outsider(town, other)
        town.emit("message_sent", other, peer=me.account, known=True)
        town.after(me.rng.expovariate(1 / (30 * MINUTE)), lambda: intrude(town, me, other, DISAPPOINTED))

    def day(midnight: Instant) -> None:
        one_by_one(town, day_times(me, midnight, strays), stray)
        one_by_one(town, day_times(me, midnight, friends / 2), lambda: intrude(town, me, new_stranger(me), WELCOME))

    every_day(town, me, day)
