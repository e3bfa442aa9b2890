"""A swindler: writes as somebody else to 5 to 15 strangers a day, many of whom answer; some see through it and report.

Rates: assumptions (WhatsApp took down 6.8 million accounts of scam centres in half a year,
`research/whatsapp_facts.md` A3). Costs few people very much. People answer, so rules on silence see nothing.
Gives itself away by: reports of impersonation, hacking or illegal offers by people with a good record who had
contact.
"""

from __future__ import annotations

from cartellino.simulator.attacks.arrival import arrive, open_shift
from cartellino.simulator.days import day_times, every_day, one_by_one
from cartellino.simulator.habit import Attack
from cartellino.simulator.reaction import Reaction, intrude
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import Instant

REACTION = Reaction(replies=0.35, blocks=0.1, reports=0.12, reasons=("impersonation", "hacking", "illegal"))


class ReportedSwindler(Attack):
    """Works on some strangers every day."""

    name = "reported-swindler"

    def move_in(self, town: Town, me: Resident) -> None:
        """Come, and begin."""
        a_day = me.rng.uniform(5, 15)
        begins = arrive(town, me, latest=0.4)
        town.at(begins, lambda: every_day(town, me, lambda midnight: _day(town, me, midnight, a_day)))


def _day(town: Town, me: Resident, midnight: Instant, a_day: float) -> None:
    open_shift(town, me, midnight)
    times = day_times(me, midnight, a_day)
    one_by_one(town, times, lambda: intrude(town, me, town.neighbours.stranger(me.rng, me), REACTION))
