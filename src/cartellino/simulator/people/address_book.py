"""An address book on a new phone: the client looks up every number in it at once, and perhaps again.

100 to 2,500 numbers, of which 25 to 80 % are on the service: assumptions (business people collect numbers for years).
Could be mistaken for: enumeration of numbers.
"""

from __future__ import annotations

from cartellino.simulator.acts import log, look_up_contacts
from cartellino.simulator.habit import Person
from cartellino.simulator.outreach import be_of_age, log_uniform
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, HOUR

AGES = (5, 2_500)


class AddressBook(Person):
    """Gets a new phone."""

    name = "address-book"
    rooted = False

    def move_in(self, town: Town, me: Resident) -> None:
        """Change the phone on one of the first days; one in three looks the book up twice."""
        be_of_age(town, me, AGES)
        me.contacts = [f"o-{me.account}-{number}" for number in range(int(log_uniform(me.rng, (100, 2_500))))]
        hits, begins = me.rng.uniform(0.25, 0.8), town.start + int(me.rng.uniform(0, 6) * DAY)
        for again in range(1 + (me.rng.random() < 1 / 3)):
            town.at(begins + again * HOUR, lambda: log(town, me, "connected", account_since=me.since))
            town.at(begins + again * HOUR + 1, lambda: look_up_contacts(town, me, hits))
