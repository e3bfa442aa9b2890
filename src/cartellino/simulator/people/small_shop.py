"""A small shop: customers write first, the shop answers within minutes or hours, and knows its suppliers.

5 to 40 customers a day: assumption. Most customers do not have the shop in their contacts, so most of its
messages count as messages to strangers. Could be mistaken for: slow bulk spam.
"""

from __future__ import annotations

from cartellino.simulator.days import day_times, every_day, one_by_one, weekday
from cartellino.simulator.habit import Person
from cartellino.simulator.inquiry import Manners, inquire
from cartellino.simulator.people.family import Family
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import MINUTE, Instant

SUNDAY = 6
CUSTOMERS = Manners(known=0.2, thanks=0.5)


class SmallShop(Person):
    """Answers customers from nine to seven, but not on Sundays."""

    name = "small-shop"

    def move_in(self, town: Town, me: Resident) -> None:
        """Open every day; the owner has a life besides."""
        keep_shop(town, me, customers=me.rng.uniform(5, 40))
        Family().move_in(town, me)


def keep_shop(town: Town, me: Resident, customers: float) -> None:
    """Answer about so many customers a day from now on."""

    def day(midnight: Instant) -> None:
        if weekday(me, midnight) != SUNDAY:
            times = day_times(me, midnight, customers, wakes=9, sleeps=19)
            one_by_one(town, times, lambda: _serve(town, me))

    every_day(town, me, day)


def _serve(town: Town, me: Resident) -> None:
    media = "image" if me.rng.random() < 0.15 else "text"
    inquire(town, me, me.rng.lognormvariate(1.8, 1.0) * MINUTE, CUSTOMERS, media=media)
