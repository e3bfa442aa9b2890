"""The victim of a report brigade: a family member whom 6 to 30 accounts report within an hour.

The reporters have poor credit and never received anything. Sizes: assumption. Could be mistaken for: a spammer,
by rules that count reports.
"""

from __future__ import annotations

from cartellino.simulator.habit import Person
from cartellino.simulator.people.brigade import brigade
from cartellino.simulator.people.family import Family
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town

REASONS = ("spam", "harassment", "hate")


class ReportVictim(Person):
    """Lives like a family member, and is reported by a brigade."""

    name = "report-victim"

    def move_in(self, town: Town, me: Resident) -> None:
        """Live; the brigade comes one day."""

        def strike(by: str, credit: int) -> None:
            reason = me.rng.choice(REASONS)
            town.emit("reported", me.account, peer=by, reason=reason, had_contact=False, credit=credit)

        brigade(town, me, (6, 30), strike)
        Family().move_in(town, me)
