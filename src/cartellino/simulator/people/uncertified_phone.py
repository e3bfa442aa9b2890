"""An uncertified phone: the app is the official one, but the phone cannot prove it.

Some connect thirty times a day, since such phones kill apps in the background: assumption. In 2017 Google counted
some 2,000 certified makers and models; phones without its services are common in some countries. Could be mistaken
for: an unofficial app.
"""

from __future__ import annotations

from cartellino.simulator.acts import connect
from cartellino.simulator.days import day_times, every_day, one_by_one
from cartellino.simulator.habit import Person
from cartellino.simulator.outreach import be_of_age
from cartellino.simulator.people.shared_phone import arrive_at
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import HOUR

AGES = (10, 1_000)
CLIENTS = ("Town/4.2", "Town/4.1", "Town Lite/2.0", "Town Go/1.3")


class UncertifiedPhone(Person):
    """Has a phone whose maker nobody has certified."""

    name = "uncertified-phone"
    rooted = False

    def move_in(self, town: Town, me: Resident) -> None:
        """Connect again and again."""
        me.client, me.attestation = me.rng.choice(CLIENTS), "failed"
        connects = me.rng.uniform(3, 40)
        if me.rng.random() < 0.3:
            town.at(town.start + int(me.rng.uniform(1, 48) * HOUR), lambda: arrive_at(town, me, a_day=8, known=0.8))
        else:
            be_of_age(town, me, AGES)
            every_day(town, me, lambda day: one_by_one(town, day_times(me, day, connects), lambda: connect(town, me)))
