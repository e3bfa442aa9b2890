"""A rented account: an honest person lends a number of years to a campaign, and goes on living beside it.

20 to 60 strangers a day for the campaign, on the same device, and six messages a day to friends: assumptions. Gives
itself away by: what the strangers do.
"""

from __future__ import annotations

from cartellino.simulator.attacks.money_pleas import arrive_at_home
from cartellino.simulator.habit import Attack
from cartellino.simulator.outreach import Manner, be_of_age, reach_out
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY

MANNER = Manner(
    (20, 60),
    ages=(100, 2_000),
    replies=(0.02, 0.06),
    blocks=(0.04, 0.09),
    reports=(0.01, 0.04),
    works=1.0,
    one_text=0.5,
)


class Rented(Attack):
    """An honest past, and an honest present beside the campaign."""

    name = "rented"

    def move_in(self, town: Town, me: Resident) -> None:
        """Live honestly, and spam from one of the first days on."""
        be_of_age(town, me, MANNER.ages)
        me.abuses_since = town.start + int(me.rng.uniform(1, 5) * DAY)
        town.at(town.start, lambda: arrive_at_home(town, me))
        town.at(me.abuses_since, lambda: reach_out(town, me, MANNER))
