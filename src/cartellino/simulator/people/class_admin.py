"""The administrator of a school class: makes a group, adds 25 to 45 parents within the hour, then writes to it.

Size and pace are assumptions; few parents decline or leave. Could be mistaken for: group stuffing, which looks the same
but for who knows whom, and for how many groups there are.
"""

from __future__ import annotations

from cartellino.simulator.acts import log
from cartellino.simulator.days import day_times, every_day, midnight_of, one_by_one, steadily
from cartellino.simulator.habit import Person
from cartellino.simulator.people.family import Family
from cartellino.simulator.resident import Resident
from cartellino.simulator.talk import chat_in_group
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, HOUR, MINUTE

KNOW_THE_ADMIN = 0.8


class ClassAdmin(Person):
    """Gathers the parents of a class."""

    name = "class-admin"

    def move_in(self, town: Town, me: Resident) -> None:
        """Make the group on one of the first evenings."""
        day = midnight_of(me, town.start) + me.rng.randrange(max(1, (town.end - town.start) // DAY // 2)) * DAY
        town.at(day + int(me.rng.uniform(17, 20) * HOUR), lambda: _gather(town, me))
        Family().move_in(town, me)


def _gather(town: Town, me: Resident) -> None:
    group = f"g-{me.account}-class"
    if not log(town, me, "group_created", group=group):
        return
    parents = me.rng.randint(25, 45)
    left = iter(_parents(town, me, parents))
    pause = me.rng.uniform(20, 50) * MINUTE / parents
    steadily(town, me.rng, pause, parents, lambda: _add(town, me, group, next(left)))
    me.groups = [group]
    every_day(town, me, lambda day: one_by_one(town, day_times(me, day, 3), lambda: chat_in_group(town, me)))


def _parents(town: Town, me: Resident, wanted: int) -> list[str]:
    known = me.rng.sample(me.contacts, min(len(me.contacts), round(KNOW_THE_ADMIN * wanted)))
    return known + town.neighbours.acquaintances(me.rng, me, wanted - len(known))


def _add(town: Town, me: Resident, group: str, parent: str) -> None:
    known = parent in me.contacts or me.rng.random() < KNOW_THE_ADMIN
    if log(town, me, "member_added", group=group, peer=parent, known=known) and me.rng.random() < 0.03:
        town.after(me.rng.uniform(1, 48) * HOUR, lambda: town.emit("member_left", me.account, group=group, peer=parent))
