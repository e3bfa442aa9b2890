"""A greeter: sends good wishes to everybody at once on a holiday (Lebaran, Natale, Diwali).

60 to 250 people within one to three hours, a tenth to a third of whom do not have the number; all greeters of the
town do it on the same day, half of them with the same picture. Two in five answer: assumptions. Could be mistaken
for: bulk spam, and a campaign.
"""

from __future__ import annotations

from cartellino.simulator.acts import connect, send
from cartellino.simulator.days import steadily
from cartellino.simulator.habit import Person
from cartellino.simulator.outreach import be_of_age, new_stranger, text_of
from cartellino.simulator.reaction import Reaction, react
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, HOUR

AGES = (20, 2_000)
HOLIDAY = 4
WELCOME = Reaction(replies=0.4, blocks=0.002, reports=0.0005, reads=0.9)


class Greeter(Person):
    """Thinks of everybody on one day."""

    name = "greeter"
    rooted = False

    def move_in(self, town: Town, me: Resident) -> None:
        """Greet on the holiday."""
        be_of_age(town, me, AGES)
        town.at(town.start + HOLIDAY * DAY + int(me.rng.uniform(6, 12) * HOUR), lambda: _greet(town, me))


def _greet(town: Town, me: Resident) -> None:
    connect(town, me)
    people, strangers = me.rng.randint(60, 250), me.rng.uniform(0.1, 0.35)
    picture = {"content": "holiday", "content_by": "server", "forwards": 0}
    wishes = picture if me.rng.random() < 0.5 else text_of(me, 1)

    def greet() -> None:
        friend = new_stranger(me)
        if send(town, me, friend, known=me.rng.random() >= strangers, media="image", **wishes):
            react(town, me, friend, WELCOME)

    steadily(town, me.rng, me.rng.uniform(1, 3) * HOUR / people, people, greet)
