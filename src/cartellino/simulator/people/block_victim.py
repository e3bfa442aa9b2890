"""The victim of a block brigade: a family member whom 10 to 60 accounts block within an hour.

The blockers have poor credit and never received anything. Sizes: assumption. Could be mistaken for: a spammer, by rules
that count blocks.
"""

from __future__ import annotations

from cartellino.simulator.habit import Person
from cartellino.simulator.people.brigade import brigade
from cartellino.simulator.people.family import Family
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town


class BlockVictim(Person):
    """Lives like a family member, and is blocked by a brigade."""

    name = "block-victim"

    def move_in(self, town: Town, me: Resident) -> None:
        """Live; the brigade comes one day."""

        def strike(by: str, credit: int) -> None:
            town.emit("blocked", me.account, peer=by, had_contact=False, credit=credit)

        brigade(town, me, (10, 60), strike)
        Family().move_in(town, me)
