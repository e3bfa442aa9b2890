"""A newcomer: tells all contacts the new number within an hour or two, then lives like a family member.

WhatsApp's white paper (2019) names this case: a new account that writes to dozens who do not have it "could be
the beginning of a spam attack, or simply telling their contacts about a new phone number". 30 to 100 contacts,
of whom 40 to 60 % answer and hardly anyone blocks: assumptions. The client first looks up the address book.
Could be mistaken for: fast bulk spam, and number enumeration.
"""

from __future__ import annotations

from dataclasses import replace

from cartellino.simulator.acts import look_up_contacts, register, send
from cartellino.simulator.days import midnight_of, steadily
from cartellino.simulator.habit import Person
from cartellino.simulator.people.family import Family
from cartellino.simulator.reaction import WELCOME, Reaction, react
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, HOUR, MINUTE

HAVE_IT_ALREADY = 0.1


class Newcomer(Person):
    """Registers, and tells everybody."""

    name = "newcomer"
    rooted = False

    def move_in(self, town: Town, me: Resident) -> None:
        """Register in the daytime of one of the first days."""
        day = midnight_of(me, town.start) + int(me.rng.uniform(0, 0.8) * (town.end - town.start)) // DAY * DAY
        town.at(max(day + int(me.rng.uniform(9, 20) * HOUR), town.start), lambda: _arrive(town, me))


def _arrive(town: Town, me: Resident) -> None:
    register(town, me)
    me.contacts = town.neighbours.acquaintances(me.rng, me, me.rng.randint(30, 100))
    look_up_contacts(town, me, hits=0.8)
    town.after(10 * MINUTE, lambda: _tell_everybody(town, me))
    town.after(4 * HOUR, lambda: Family().move_in(town, me))


def _tell_everybody(town: Town, me: Resident) -> None:
    untold = iter(list(me.contacts))
    welcome = replace(WELCOME, replies=me.rng.uniform(0.4, 0.6))
    pause = me.rng.uniform(1, 2) * HOUR / len(me.contacts)
    steadily(town, me.rng, pause, len(me.contacts), lambda: _tell(town, me, next(untold), welcome))


def _tell(town: Town, me: Resident, contact: str, welcome: Reaction) -> None:
    if send(town, me, contact, known=me.rng.random() < HAVE_IT_ALREADY):
        react(town, me, contact, welcome)
