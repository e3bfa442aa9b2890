"""The speaker of a class, a course or a parish: fills a group with people who do not have the number.

30 to 160 people, within the hour or on two evenings; 3 to 10 % decline or leave: assumptions. Could be mistaken for:
group stuffing.
"""

from __future__ import annotations

from cartellino.simulator.acts import connect, log
from cartellino.simulator.days import steadily
from cartellino.simulator.habit import Person
from cartellino.simulator.outreach import be_of_age, new_stranger
from cartellino.simulator.reaction import ill_will
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, HOUR

AGES = (20, 1_500)


class ClassSpeaker(Person):
    """Gathers people of a list."""

    name = "class-speaker"
    rooted = False

    def move_in(self, town: Town, me: Resident) -> None:
        """Fill the group on one evening, or on two."""
        be_of_age(town, me, AGES)
        people, evenings = me.rng.randint(30, 160), me.rng.choice((1, 2))
        group, begins = f"g-{me.account}", town.start + int(me.rng.uniform(0, 5)) * DAY + 17 * HOUR
        leaves = me.rng.uniform(0.03, 0.1) * ill_will(town, me)
        town.at(begins, lambda: connect(town, me))
        town.at(begins, lambda: log(town, me, "group_created", group=group))
        for evening in range(evenings):
            count = people // evenings
            pause = me.rng.uniform(0.3, 2) * HOUR / count
            town.at(
                begins + evening * DAY + 1,
                lambda count=count, pause=pause: steadily(  # type: ignore[misc]
                    town, me.rng, pause, count, lambda: _add(town, me, group, leaves)
                ),
            )


def _add(town: Town, me: Resident, group: str, leaves: float) -> None:
    person = new_stranger(me)
    if log(town, me, "member_added", group=group, peer=person, known=me.rng.random() < 0.2):
        drawn, later = me.rng.random(), me.rng.uniform(0.1, 40) * HOUR
        if drawn < leaves / 3:
            town.after(later, lambda: town.emit("invite_declined", me.account, group=group, peer=person))
        elif drawn < leaves:
            town.after(later, lambda: town.emit("member_left", me.account, group=group, peer=person))
