"""A small shop: customers write first, and the shop answers within minutes.

5 to 40 customers a day: assumption. Most customers do not have the shop in their contacts, so most of its messages go
to people who do not know it; only `solicited` tells them from slow bulk spam. Could be mistaken for: slow bulk spam.
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
MANNERS = Manners(known=0.2, thanks=0.5)
"""Of the customers."""


class SmallShop(Person):
    """Customers write from nine to seven, except on Sundays."""

    name = "small-shop"

    def move_in(self, town: Town, me: Resident) -> None:
        """Start the shop, and the private life of its owner, who uses the account like a family member."""
        keep_shop(town, me, customers_per_day=me.rng.uniform(5, 40))
        Family().move_in(town, me)


def keep_shop(town: Town, me: Resident, customers_per_day: float) -> None:
    """Answer customers from now on, `customers_per_day` of them on average on each working day."""

    def day(midnight: Instant) -> None:
        if weekday(me, midnight) != SUNDAY:
            times = day_times(me, midnight, customers_per_day, wakes=9, sleeps=19)
            one_by_one(town, times, lambda: _serve(town, me))

    every_day(town, me, day)


def _serve(town: Town, me: Resident) -> None:
    media = "image" if me.rng.random() < 0.15 else "text"  # assumption
    delay = me.rng.lognormvariate(1.8, 1.0) * MINUTE  # median 6 minutes, 95th percentile 31: assumption
    inquire(town, me, delay, MANNERS, media=media)
