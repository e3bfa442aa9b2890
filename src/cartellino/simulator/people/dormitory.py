"""A dormitory or an office: dozens behind one address, many of whom make their accounts in the same week.

20 to 60 accounts, all behind one address, each on a phone of its own: assumptions. Could be mistaken for: a farm of
accounts.
"""

from __future__ import annotations

from cartellino.simulator.habit import Person
from cartellino.simulator.people.shared_phone import arrive_at
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY


class Dormitory(Person):
    """Shares a place with others; all share one instance."""

    name = "dormitory"
    rooted = False
    crew = (20, 60)

    def __init__(self) -> None:
        self.place = ""

    def move_in(self, town: Town, me: Resident) -> None:
        """Register on one of the first days, and write to people from then on."""
        self.place = self.place or f"p-{me.account}"
        me.address = self.place
        town.at(town.start + int(me.rng.uniform(0.3, 5) * DAY), lambda: arrive_at(town, me, a_day=8, known=0.7))
