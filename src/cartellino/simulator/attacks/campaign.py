"""A campaign: a farm of 20 to 40 accounts on few devices and addresses, registered in quick succession, sends the same
content.

Each account writes to only 10 to 25 strangers a day, like an honest busy person. Sizes: assumptions; that
senders rotate is measured (TREC 2007: 20 messages a day mark 8 of 20,602 spam senders; one Indonesian text came
from 72 numbers, `research/datasets.md`). Gives itself away by: equal content from many young accounts that
share devices and addresses.
"""

from __future__ import annotations

from dataclasses import dataclass

from cartellino.simulator.acts import register
from cartellino.simulator.attacks.arrival import open_shift
from cartellino.simulator.days import day_times, every_day, one_by_one
from cartellino.simulator.habit import Attack
from cartellino.simulator.reaction import Reaction, intrude
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import HOUR, MINUTE, Instant

REACTION = Reaction(replies=0.03, blocks=0.05, reports=0.03)


@dataclass(frozen=True)
class Farm:
    """What the accounts of one operation share."""

    name: str
    begins: Instant
    devices: int
    addresses: int


class Campaign(Attack):
    """One farm; all its accounts share one instance."""

    name = "campaign"
    crew = (20, 40)

    def __init__(self) -> None:
        self.farm: Farm | None = None
        self.members = 0

    def move_in(self, town: Town, me: Resident) -> None:
        """Register some minutes after the previous account, and begin to send some hours later."""
        farm = self.farm = self.farm or _found(town, me)
        me.device = f"d-{farm.name}-{self.members % farm.devices}"
        me.address = f"h-{farm.name}-{self.members % farm.addresses}"
        registers = farm.begins + int(self.members * me.rng.uniform(2, 6) * MINUTE)
        me.abuses_since = registers + int(me.rng.uniform(2, 6) * HOUR)
        self.members += 1
        town.at(registers, lambda: register(town, me))
        town.at(me.abuses_since, lambda: _work(town, me, farm))


def _found(town: Town, me: Resident) -> Farm:
    begins = town.start + int(me.rng.uniform(0, 0.4) * (town.end - town.start))
    return Farm(f"{me.rng.getrandbits(32):08x}", begins, me.rng.randint(3, 8), me.rng.randint(2, 4))


def _work(town: Town, me: Resident, farm: Farm) -> None:
    a_day = me.rng.uniform(10, 25)
    every_day(town, me, lambda midnight: _day(town, me, midnight, a_day, farm))


def _day(town: Town, me: Resident, midnight: Instant, a_day: float, farm: Farm) -> None:
    open_shift(town, me, midnight)
    one_by_one(town, day_times(me, midnight, a_day), lambda: _send(town, me, farm))


def _send(town: Town, me: Resident, farm: Farm) -> None:
    victim = town.neighbours.stranger(me.rng, me)
    content = {"media": "image", "content": f"c-{farm.name}", "content_by": "server", "forwards": 0}
    intrude(town, me, victim, REACTION, **content)
