"""A modified client: an otherwise chatty person with an app that is not the official one.

WhatsApp bans for a time for unofficial apps ("Temporarily banned", `research/whatsapp_facts.md` A1). Costs
others their privacy (deleted messages kept, read receipts hidden). Gives itself away by: the client's name,
attestation that fails or is absent on every connect, and 20 to 60 connects a day (assumption).
"""

from __future__ import annotations

from cartellino.simulator.acts import connect
from cartellino.simulator.days import day_times, every_day, one_by_one
from cartellino.simulator.habit import Attack
from cartellino.simulator.people.student import Student
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town

CLIENTS = ("GBChat Mod/17.2", "GBChat Mod/17.4", "Chat Plus/12.0", "AeroTown/9.1")


class ModdedClient(Attack):
    """Lives like a student, with another client."""

    name = "modded-client"
    rooted = True

    def move_in(self, town: Town, me: Resident) -> None:
        """Connect many times a day, and otherwise live like a student."""
        me.client, me.attestation = me.rng.choice(CLIENTS), me.rng.choice(("failed", "absent"))
        me.abuses_since, a_day = town.start, me.rng.uniform(20, 60)
        every_day(town, me, lambda day: one_by_one(town, day_times(me, day, a_day), lambda: connect(town, me)))
        Student().move_in(town, me)
