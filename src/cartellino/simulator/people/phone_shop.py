"""A phone shop: sets up its customers' accounts on the shop's address, and sometimes on the shop's own phone.

6 to 12 accounts made on one phone within five days, which then move to phones of their own: assumptions. Could be
mistaken for: a device farm.
"""

from __future__ import annotations

from cartellino.simulator.habit import Person
from cartellino.simulator.people.shared_phone import arrive_at
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY


class PhoneShop(Person):
    """Shares a place with others; all share one instance."""

    name = "phone-shop"
    rooted = False
    crew = (6, 12)

    def __init__(self) -> None:
        self.place = ""

    def move_in(self, town: Town, me: Resident) -> None:
        """Register on one of the first days, and write to people from then on."""
        self.place = self.place or f"p-{me.account}"
        me.device, me.address, own = self.place, self.place, (me.device, me.address)
        town.at(town.start + int(me.rng.uniform(0.3, 5) * DAY), lambda: _set_up(town, me, own))


def _set_up(town: Town, me: Resident, own: tuple[str, str]) -> None:
    """Register in the shop, and take the account home on another phone."""
    arrive_at(town, me, a_day=8, known=0.7)
    me.device, me.address = own
