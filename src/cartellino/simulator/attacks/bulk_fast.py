"""Bulk spam, fast: an account writes to strangers as fast as it can.

The pattern of WhatsApp's white paper (2019): intensity shortly after registration. 5 to 20 messages a minute to numbers
from a list, none of whom know the account; cheap, since the account is meant to be lost. Rates: assumptions. Gives
itself away by: strangers without answers, blocks, reports.
"""

from __future__ import annotations

from cartellino.simulator.attacks.arrival import arrive
from cartellino.simulator.habit import Attack
from cartellino.simulator.reaction import intrude
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import HOUR, SECOND


class BulkFast(Attack):
    """Arrives, waits a little, and sends until its list is done."""

    name = "bulk-fast"

    def move_in(self, town: Town, me: Resident) -> None:
        """Send one message after the other."""
        pause, count = me.rng.uniform(3, 12) * SECOND, me.rng.randint(300, 2_000)
        town.at(arrive(town, me, latest=0.8), lambda: _spam(town, me, pause, count))


def _spam(town: Town, me: Resident, pause: float, left: int) -> None:
    """Write to the next stranger on the list; a blocked message is tried again about every hour until it is allowed."""
    sent = intrude(town, me, town.neighbours.stranger(me.rng, me))
    if left > sent:
        wait = pause if sent else HOUR
        town.after(me.rng.expovariate(1 / wait), lambda: _spam(town, me, pause, left - sent))
