"""An organiser: invites the people of a list twice in ten days with one text; half answer within hours.

25 to 60 people, most of whom do not have the number, within an hour: assumptions. Could be mistaken for: bulk spam with
one text.
"""

from __future__ import annotations

from functools import partial

from cartellino.simulator.acts import connect, send
from cartellino.simulator.days import steadily
from cartellino.simulator.habit import Person
from cartellino.simulator.outreach import be_of_age, new_stranger, text_of
from cartellino.simulator.reaction import Reaction, react
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, HOUR

AGES = (30, 1_500)
GUESTS = (25, 60)
REPLIES = (0.35, 0.65)
STRANGERS = 0.9


class Organiser(Person):
    """Invites people."""

    name = "organiser"
    rooted = False

    def move_in(self, town: Town, me: Resident) -> None:
        """Invite on two evenings."""
        be_of_age(town, me, AGES)
        guests = [new_stranger(me) for _ in range(me.rng.randint(*GUESTS))]
        first = town.start + int(me.rng.uniform(0, 3) * DAY)
        for begins in (first, first + int(me.rng.uniform(5, 10) * DAY)):
            town.at(begins, partial(invite_all, town, me, guests, me.rng.uniform(0.2, 1) * HOUR))


def invite_all(town: Town, me: Resident, guests: list[str], lasts: float) -> None:
    """Write one text to everybody on a list, within a time."""
    connect(town, me)
    text, left = text_of(me, 1), iter(guests)
    welcome = Reaction(me.rng.uniform(*REPLIES), blocks=0.004, reports=0.001, reads=0.9)

    def invite() -> None:
        guest = next(left)
        if send(town, me, guest, known=me.rng.random() >= STRANGERS, **text):
            react(town, me, guest, welcome)

    steadily(town, me.rng, lasts / len(guests), len(guests), invite)
