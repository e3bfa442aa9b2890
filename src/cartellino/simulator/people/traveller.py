"""A traveller: another country every few days, hotel networks, sometimes another device; otherwise a family member.

Frequency and destinations are assumed. Could be mistaken for: a taken-over account (new device, address and region).
"""

from __future__ import annotations

from cartellino.simulator.acts import log
from cartellino.simulator.habit import Person
from cartellino.simulator.people.family import Family
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY

COUNTRIES = ("IT", "DE", "FR", "ES", "GB", "US", "BR", "ID", "SG", "AE", "TR", "TH")


class Traveller(Person):
    """Moves on, and on."""

    name = "traveller"

    def move_in(self, town: Town, me: Resident) -> None:
        """Leave on one of the first days."""
        town.after(me.rng.uniform(0.2, 2) * DAY, lambda: _move_on(town, me))
        Family().move_in(town, me)


def _move_on(town: Town, me: Resident) -> None:
    me.region = me.rng.choice(COUNTRIES)
    me.home = f"hotel-{me.region}-{me.rng.randrange(400)}"
    me.address, me.carrier = me.home, f"carrier-{me.region}-0"
    if me.rng.random() < 0.3:
        me.device = f"{me.device.split('/')[0]}/{me.rng.randrange(3)}"
        log(town, me, "device_linked")
    log(town, me, "connected", number=me.number, account_since=me.since)
    town.after(me.rng.uniform(1.5, 4) * DAY, lambda: _move_on(town, me))
