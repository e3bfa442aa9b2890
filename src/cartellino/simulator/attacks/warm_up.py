"""Warm-up: accomplices answer a new number for days, so that it looks popular; then it is used for bulk.

10 to 25 accomplices, three days, then 40 to 120 strangers a day: assumptions (guides for sellers of bulk tools advise
it). Gives itself away by: answers by people who talk to nobody else, and what real strangers do.
"""

from __future__ import annotations

from functools import partial

from cartellino.simulator.attacks.accomplices import WARM, be_answered, hire
from cartellino.simulator.habit import Attack
from cartellino.simulator.outreach import Manner, begin_with, reach_out
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, HOUR

MANNER = Manner((40, 120), ages=(5, 200), replies=(0.02, 0.06), blocks=(0.05, 0.1), reports=(0.02, 0.04), works=1.0)


class WarmUp(Attack):
    """Is made popular first."""

    name = "warm-up"

    def move_in(self, town: Town, me: Resident) -> None:
        """Come, be answered for days, and begin."""
        town.at(town.start + int(me.rng.uniform(1, 48) * HOUR), lambda: _begin(town, me))


def _begin(town: Town, me: Resident) -> None:
    begin_with(town, me, MANNER.ages, newborn=0.6)
    for name in hire(town, me, me.rng.randint(10, 25), "accomplice"):
        for day in range(3):
            town.after(HOUR + (day + me.rng.uniform(0, 0.5)) * DAY, partial(be_answered, town, me, name))
    town.after(WARM, lambda: reach_out(town, me, MANNER))
