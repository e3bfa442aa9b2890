"""The victim of a brigade with farmed credit: accounts of good record, which never had contact, report within an hour.

10 to 60 members, of whom a third have earned a record of 70 or more by reporting real spam: assumptions. Could be
mistaken for: a swindler, by rules that trust a record.
"""

from __future__ import annotations

from cartellino.simulator.acts import connect
from cartellino.simulator.habit import Person
from cartellino.simulator.outreach import be_of_age
from cartellino.simulator.people.brigade import brigade
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town


class FarmedVictim(Person):
    """Is struck by people with a record."""

    name = "farmed-victim"
    rooted = False

    def move_in(self, town: Town, me: Resident) -> None:
        """Live quietly; the brigade comes one day."""
        be_of_age(town, me, (20, 2_000))
        town.at(town.start, lambda: connect(town, me))

        def strike(by: str, credit: int) -> None:
            worth = 85 if me.rng.random() < 1 / 3 else credit
            town.emit("blocked", me.account, peer=by, had_contact=False, credit=worth)
            town.emit("reported", me.account, peer=by, had_contact=False, credit=worth, reason="spam")

        brigade(town, me, (10, 60), strike)
