"""A new number told to everybody: somebody who changed it, or registers anew, and writes to all contacts.

40 to 120 people within one to five hours. Half have deleted the old number or never saved the new one, and do not
have the account; 40 to 60 % answer. Two thirds keep the account (`number_changed`), the others register anew, and the
client looks up the address book: assumptions; that such people look like spammers is said in WhatsApp's white paper
(2019). Could be mistaken for: fast bulk spam.
"""

from __future__ import annotations

from cartellino.simulator.acts import log, look_up_contacts, register, send
from cartellino.simulator.days import steadily
from cartellino.simulator.habit import Person
from cartellino.simulator.outreach import be_of_age, new_stranger
from cartellino.simulator.reaction import Reaction, react
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, HOUR, MINUTE

AGES = (60, 2_500)
KEEPS_ACCOUNT = 2 / 3


class NewNumber(Person):
    """Tells everybody."""

    name = "new-number"
    rooted = False

    def move_in(self, town: Town, me: Resident) -> None:
        """Change the number in the daytime of one of the first days."""
        be_of_age(town, me, AGES)
        town.at(
            town.start + int(me.rng.uniform(0, 4)) * DAY + int(me.rng.uniform(9, 18) * HOUR), lambda: _change(town, me)
        )


def _change(town: Town, me: Resident) -> None:
    me.contacts = [new_stranger(me) for _ in range(me.rng.randint(40, 120))]
    keeps = me.rng.random() < KEEPS_ACCOUNT
    if keeps:
        log(town, me, "number_changed", number=f"{me.number}-new", account_since=me.since)
    else:
        register(town, me)
        look_up_contacts(town, me, hits=0.8)
    lasts, untold, knows = me.rng.uniform(1, 5) * HOUR, iter(list(me.contacts)), 0.5 if keeps else 0.1
    welcome = Reaction(me.rng.uniform(0.4, 0.6), blocks=0.003, reports=0.001, reads=0.9)

    def tell() -> None:
        contact = next(untold)
        if send(town, me, contact, known=me.rng.random() < knows):
            react(town, me, contact, welcome)

    pause = lasts / len(me.contacts)
    town.after(10 * MINUTE, lambda: steadily(town, me.rng, pause, len(me.contacts), tell))
