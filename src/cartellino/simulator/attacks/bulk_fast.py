"""Bulk spam, fast: a fresh account writes to strangers as fast as it can.

The pattern of WhatsApp's white paper (2019): intensity shortly after registration. 5 to 20 messages a minute to numbers
from a list, none of whom know the account. Gives itself away by: strangers without answers, blocks, reports.
"""

from __future__ import annotations

from cartellino.simulator.resident import Reaction, Resident, intrude, register
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import HOUR, MINUTE, SECOND


class BulkFast:
    """Registers, waits a little, and sends until it is stopped."""

    name = "bulk-fast"
    abusive = True

    def move_in(self, town: Town, me: Resident) -> None:
        """Register some time in the first days, then send one message after the other."""
        begins = town.start + int(me.rng.uniform(0, 0.8) * (town.end - town.start))
        pause = me.rng.uniform(3, 12) * SECOND
        left = me.rng.randint(300, 2_000)

        def next_one(left: int) -> None:
            victim = f"stranger-{me.rng.randrange(10_000_000)}"
            intrude(town, me, victim, Reaction(), media="text")
            if left > 1:
                town.after(me.rng.expovariate(1 / pause), lambda: next_one(left - 1))

        town.at(begins, lambda: register(town, me))
        town.at(begins + int(me.rng.uniform(10, 120) * MINUTE) + HOUR, lambda: next_one(left))
