"""A farm of quiet numbers on few phones: each writes to a few strangers a day, in ever other words.

12 to 30 numbers on three to six phones, 6 to 15 strangers a day each: assumptions. Gives itself away by: many young
accounts of one phone that all write to strangers, and what these do.
"""

from __future__ import annotations

from cartellino.simulator.acts import register
from cartellino.simulator.habit import Attack
from cartellino.simulator.outreach import Manner, reach_out
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import HOUR

MANNER = Manner((6, 15), replies=(0.02, 0.08), blocks=(0.03, 0.08), reports=(0.01, 0.03), works=1.0)


class QuietFarm(Attack):
    """One farm; all its numbers share one instance."""

    name = "quiet-farm"
    crew = (12, 30)

    def __init__(self) -> None:
        self.phones: list[str] = []

    def move_in(self, town: Town, me: Resident) -> None:
        """Register within two days on one of the farm's phones, and begin some hours later."""
        self.phones = self.phones or [f"d-{me.account}-{number}" for number in range(me.rng.randint(3, 6))]
        me.device = me.rng.choice(self.phones)
        comes = town.start + int(me.rng.uniform(1, 48) * HOUR)
        me.abuses_since = comes
        town.at(comes, lambda: register(town, me))
        town.at(comes + int(me.rng.uniform(2, 10) * HOUR), lambda: reach_out(town, me, MANNER))
