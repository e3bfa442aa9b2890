"""A patient scraper: 150 to 600 profiles a day, day after day, in waking hours.

Rates: assumptions. Gives itself away by: distinct profiles over days, and no conversation at all.
"""

from __future__ import annotations

from cartellino.simulator.attacks.arrival import arrive, open_shift
from cartellino.simulator.attacks.scraper_fast import look
from cartellino.simulator.days import day_times, every_day, one_by_one
from cartellino.simulator.habit import Attack
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import Instant


class ScraperSlow(Attack):
    """Looks at some hundred profiles every day."""

    name = "scraper-slow"

    def move_in(self, town: Town, me: Resident) -> None:
        """Come, and begin."""
        a_day = me.rng.uniform(150, 600)
        begins = arrive(town, me, latest=0.4)
        town.at(begins, lambda: every_day(town, me, lambda midnight: _day(town, me, midnight, a_day)))


def _day(town: Town, me: Resident, midnight: Instant, a_day: float) -> None:
    open_shift(town, me, midnight)
    one_by_one(town, day_times(me, midnight, a_day), lambda: look(town, me))
