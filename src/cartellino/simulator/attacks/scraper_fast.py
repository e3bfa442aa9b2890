"""A scraper in a hurry: looks at thousands of profiles an hour.

Rates: assumptions (WhatsApp bans for a time for "scraping", `research/whatsapp_facts.md` A1, and gives no
figure). Costs people their photos and names. Gives itself away by: distinct profiles, and no conversation at
all.
"""

from __future__ import annotations

from cartellino.simulator.acts import log
from cartellino.simulator.attacks.arrival import arrive
from cartellino.simulator.days import steadily
from cartellino.simulator.habit import Attack
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import HOUR


class ScraperFast(Attack):
    """Goes through a list until it is done."""

    name = "scraper-fast"

    def move_in(self, town: Town, me: Resident) -> None:
        """Look at 2,000 to 6,000 profiles an hour, for up to three hours."""
        an_hour = me.rng.uniform(2_000, 6_000)
        count = int(an_hour * me.rng.uniform(0.7, 3))
        begins = arrive(town, me, latest=0.8)
        town.at(begins, lambda: steadily(town, me.rng, HOUR / an_hour, count, lambda: look(town, me)))


def look(town: Town, me: Resident) -> None:
    """Look at the profile of somebody who does not know the account."""
    log(town, me, "profile_viewed", peer=town.neighbours.stranger(me.rng, me))
