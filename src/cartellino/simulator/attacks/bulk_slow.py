"""Bulk spam, slow: 20 to 60 strangers a day over the waking day, for days, below what daily limits see.

Rates: assumptions. Costs the attacker time. Gives itself away by: hardly anybody answers, few contacts besides,
and blocks and reports that add up over a week.
"""

from __future__ import annotations

from cartellino.simulator.attacks.arrival import arrive, open_shift
from cartellino.simulator.days import day_times, every_day, one_by_one
from cartellino.simulator.habit import Attack
from cartellino.simulator.reaction import Reaction, intrude
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import Instant

REACTION = Reaction(replies=0.04, blocks=0.06, reports=0.03)


class BulkSlow(Attack):
    """Writes to some strangers every day."""

    name = "bulk-slow"

    def move_in(self, town: Town, me: Resident) -> None:
        """Come, and begin."""
        a_day = me.rng.uniform(20, 60)
        begins = arrive(town, me, latest=0.4)
        town.at(begins, lambda: every_day(town, me, lambda midnight: _day(town, me, midnight, a_day)))


def _day(town: Town, me: Resident, midnight: Instant, a_day: float) -> None:
    open_shift(town, me, midnight)
    times = day_times(me, midnight, a_day)
    one_by_one(town, times, lambda: intrude(town, me, town.neighbours.stranger(me.rng, me), REACTION))
