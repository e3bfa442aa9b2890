"""A broadcast abuser: lists of 100 to 256 strangers, several times a day, always the same offer.

Rates: assumptions (256 is the size of WhatsApp's lists; whether a service delivers to those who do not have the
number is its own choice). Gives itself away by: recipients who do not know the account, who block and report.
"""

from __future__ import annotations

from cartellino.simulator.acts import log
from cartellino.simulator.attacks.arrival import arrive, open_shift
from cartellino.simulator.days import day_times, every_day, one_by_one, poisson
from cartellino.simulator.habit import Attack
from cartellino.simulator.reaction import Reaction, react
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import Instant

REACHED = 0.3
"""The share of recipients who open a broadcast at all."""


class BroadcastAbuser(Attack):
    """Sends to lists that it bought."""

    name = "broadcast-abuser"

    def move_in(self, town: Town, me: Resident) -> None:
        """Come, and begin."""
        a_day = me.rng.uniform(2, 8)
        begins = arrive(town, me)
        town.at(begins, lambda: every_day(town, me, lambda midnight: _day(town, me, midnight, a_day)))


def _day(town: Town, me: Resident, midnight: Instant, a_day: float) -> None:
    open_shift(town, me, midnight)
    one_by_one(town, day_times(me, midnight, a_day), lambda: _broadcast(town, me))


def _broadcast(town: Town, me: Resident) -> None:
    size = me.rng.randint(100, 256)
    unknown = round(size * me.rng.uniform(0.8, 1))
    offer = {"media": "image", "content": f"{me.account}-offer", "content_by": "server", "forwards": 0}
    if log(town, me, "broadcast_sent", recipients=size, unknown_recipients=unknown, **offer):
        for _ in range(poisson(me.rng, unknown * REACHED)):
            react(town, me, town.neighbours.stranger(me.rng, me), Reaction(replies=0.01, reads=0))
