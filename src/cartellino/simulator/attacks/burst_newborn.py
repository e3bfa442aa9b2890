"""A burst from a new account: within five minutes of registration it sends more than a hundred messages in 15 seconds.

This is the white paper's own example (2019) of what is "almost certain to be engaged in abuse" and banned at once.
Gives itself away by: exactly that.
"""

from __future__ import annotations

from functools import partial

from cartellino.simulator.acts import register
from cartellino.simulator.habit import Attack
from cartellino.simulator.reaction import intrude
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import MINUTE, SECOND


class BurstNewborn(Attack):
    """Registers, and bursts."""

    name = "burst-newborn"

    def move_in(self, town: Town, me: Resident) -> None:
        """Register at any time of the town."""
        registers = town.start + int(me.rng.uniform(0, 0.95) * (town.end - town.start))
        me.abuses_since = registers + int(me.rng.uniform(0.5, 4.5) * MINUTE)
        town.at(registers, lambda: register(town, me))
        town.at(me.abuses_since, lambda: _burst(town, me))


def _burst(town: Town, me: Resident) -> None:
    for _ in range(me.rng.randint(110, 200)):
        victim = town.neighbours.stranger(me.rng, me)
        town.after(me.rng.uniform(0, 14) * SECOND, partial(intrude, town, me, victim))
