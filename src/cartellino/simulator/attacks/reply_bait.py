"""Reply bait: a third of those written to are accomplices, who answer, so that a third of all answer.

20 to 60 a day: assumption. Gives itself away by: blocks by the others, and answers by people who talk to nobody else.
"""

from __future__ import annotations

from cartellino.simulator.acts import connect
from cartellino.simulator.attacks.accomplices import be_answered, hire
from cartellino.simulator.days import day_times, every_day, one_by_one
from cartellino.simulator.habit import Attack
from cartellino.simulator.outreach import begin_with, meet
from cartellino.simulator.reaction import Reaction
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import HOUR, Instant

ACCOMPLICES = 1 / 3
AGES = (5, 1_000)


class ReplyBait(Attack):
    """Has itself answered."""

    name = "reply-bait"

    def move_in(self, town: Town, me: Resident) -> None:
        """Come, and begin."""
        town.at(town.start + int(me.rng.uniform(1, 48) * HOUR), lambda: _begin(town, me))


def _begin(town: Town, me: Resident) -> None:
    begin_with(town, me, AGES, newborn=0.5)
    a_day, left = me.rng.uniform(20, 60), iter(hire(town, me, 400, "accomplice"))
    reaction = Reaction(replies=me.rng.uniform(0.02, 0.06), blocks=me.rng.uniform(0.05, 0.1), reports=0.03)

    def write() -> None:
        accomplice = next(left, None) if me.rng.random() < ACCOMPLICES else None
        if accomplice is not None:
            be_answered(town, me, accomplice)
        else:
            meet(town, me, reaction)

    def day(midnight: Instant) -> None:
        connect(town, me)
        one_by_one(town, day_times(me, midnight, a_day), write)

    every_day(town, me, day)
