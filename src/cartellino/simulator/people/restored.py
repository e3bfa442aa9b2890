"""Somebody restored after a wrong ban: registers the old number again, and writes to contacts who removed it
meanwhile.

The account is years old, which only `account_since` tells. Half of the contacts removed the number: assumption.
Could be mistaken for: a burned number that begins again, by rules on young accounts and strangers.
"""

from __future__ import annotations

from cartellino.simulator.acts import log, look_up_contacts, send
from cartellino.simulator.days import steadily
from cartellino.simulator.habit import Person
from cartellino.simulator.people.family import Family
from cartellino.simulator.reaction import WELCOME, react
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, HOUR, MINUTE

REMOVED = 0.5


class Restored(Person):
    """Comes back, and says so."""

    name = "restored"
    rooted = False

    def move_in(self, town: Town, me: Resident) -> None:
        """Register again on one of the first days."""
        me.since = town.start - int(me.rng.uniform(2, 9) * 365 * DAY)
        town.after(me.rng.uniform(0, 0.7) * (town.end - town.start), lambda: _return(town, me))


def _return(town: Town, me: Resident) -> None:
    town.neighbours.join(me)
    log(town, me, "registered", number=me.number, account_since=me.since)
    me.contacts = town.neighbours.acquaintances(me.rng, me, me.rng.randint(15, 50))
    look_up_contacts(town, me, hits=0.9)
    town.after(10 * MINUTE, lambda: _greet_everybody(town, me))
    town.after(9 * HOUR, lambda: Family().move_in(town, me))


def _greet_everybody(town: Town, me: Resident) -> None:
    untold = iter(list(me.contacts))
    pause = me.rng.uniform(2, 8) * HOUR / len(me.contacts)
    steadily(town, me.rng, pause, len(me.contacts), lambda: _greet(town, me, next(untold)))


def _greet(town: Town, me: Resident, contact: str) -> None:
    if send(town, me, contact, known=me.rng.random() >= REMOVED):
        react(town, me, contact, WELCOME)
