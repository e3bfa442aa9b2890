"""One phone handed round a family: each makes an account, and writes to people who know them.

Four to seven accounts within five days, six messages a day each, three in four to people who have the number:
assumptions. Could be mistaken for: a device farm, and evasion.
"""

from __future__ import annotations

from cartellino.simulator.acts import connect, register, send
from cartellino.simulator.days import day_times, every_day, one_by_one
from cartellino.simulator.habit import Person
from cartellino.simulator.reaction import WELCOME, react
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, Instant


class SharedPhone(Person):
    """Lives with others on one phone; all share one instance."""

    name = "shared-phone"
    rooted = False
    crew = (4, 7)

    def __init__(self) -> None:
        self.device = ""

    def move_in(self, town: Town, me: Resident) -> None:
        """Register on one of the first days, and write to people from then on."""
        self.device = self.device or me.device
        me.device = self.device
        town.at(town.start + int(me.rng.uniform(0.3, 5) * DAY), lambda: arrive_at(town, me, a_day=6, known=0.75))


def arrive_at(town: Town, me: Resident, a_day: float, known: float) -> None:
    """Register, and write to a dozen people from then on, of whom a share has the number."""
    register(town, me)
    friends = {f"o-{me.account}-{number}": me.rng.random() < known for number in range(12)}

    def write() -> None:
        friend = me.rng.choice(list(friends))
        if send(town, me, friend, known=friends[friend]):
            react(town, me, friend, WELCOME)

    def day(midnight: Instant) -> None:
        times = day_times(me, midnight, a_day, wakes=9, sleeps=23)
        if times:
            town.at(times[0] - 1, lambda: connect(town, me))
            one_by_one(town, times, write)

    every_day(town, me, day)
