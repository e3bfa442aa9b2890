"""A family member: a few dozen contacts, a handful of messages a day, most of them answered, some to the family's
group.

On the busiest day 5 messages at the median and 25 at the 90th percentile (CollegeMsg in `data/legit_profiles.txt`): the
number of chats begun in a day is drawn from a lognormal distribution with a median of 0.4, and days differ. Could be
mistaken for: nothing; but some are blocked or reported by chance.
"""

from __future__ import annotations

from cartellino.simulator.days import day_times, every_day, one_by_one
from cartellino.simulator.habit import Person
from cartellino.simulator.pastimes import open_client
from cartellino.simulator.resident import Resident
from cartellino.simulator.talk import chat, chat_in_group, friend
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, Instant

IN_GROUPS = 0.2
"""The share of messages to groups (assumption; WhatsApp's white paper: about 90 % of messages are to one person)."""


class Family(Person):
    """Writes to contacts, and is answered."""

    name = "family"

    def __init__(self, wakes: float = 8, sleeps: float = 23) -> None:
        self.wakes, self.sleeps = wakes, sleeps

    def move_in(self, town: Town, me: Resident) -> None:
        """Live every day from now on."""
        mean = min(me.rng.lognormvariate(-0.9, 1.3), 30)
        every_day(town, me, lambda midnight: self._day(town, me, midnight, mean))

    def _day(self, town: Town, me: Resident, midnight: Instant, mean: float) -> None:
        busy = min(me.rng.lognormvariate(-0.15, 0.6), 4)
        times = day_times(me, midnight, mean * busy, self.wakes, self.sleeps)
        opens = times[0] - 1 if times else midnight + int((self.wakes + self.sleeps) / 48 * DAY)
        town.at(opens, lambda: open_client(town, me))
        one_by_one(town, times, lambda: _act(town, me))


def _act(town: Town, me: Resident) -> None:
    if me.groups and me.rng.random() < IN_GROUPS:
        chat_in_group(town, me)
    elif me.contacts:
        chat(town, me, friend(me))
