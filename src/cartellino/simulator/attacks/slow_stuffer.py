"""Slow group stuffing: a few strangers are added to groups every day.

10 to 25 a day; a third decline or leave at once, some block: assumptions. Gives itself away by: who declines and
leaves.
"""

from __future__ import annotations

from cartellino.simulator.acts import connect, log
from cartellino.simulator.attacks.group_stuffer import resist
from cartellino.simulator.days import day_times, every_day, one_by_one
from cartellino.simulator.habit import Attack
from cartellino.simulator.outreach import begin_with, new_stranger
from cartellino.simulator.reaction import ill_will
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import HOUR, MINUTE, Instant

AGES = (5, 1_000)
RESIST = 0.6
"""The share of members who react as in fast stuffing, two thirds of whom decline or leave."""


class SlowStuffer(Attack):
    """Fills groups for weeks."""

    name = "slow-stuffer"

    def move_in(self, town: Town, me: Resident) -> None:
        """Come, and begin."""
        town.at(town.start + int(me.rng.uniform(1, 48) * HOUR), lambda: _begin(town, me))


def _begin(town: Town, me: Resident) -> None:
    begin_with(town, me, AGES, newborn=0.5)
    a_day = me.rng.uniform(10, 25)

    def day(midnight: Instant) -> None:
        group = f"g-{me.account}-{midnight}"
        connect(town, me)
        log(town, me, "group_created", group=group)
        one_by_one(town, day_times(me, midnight, a_day), lambda: _add(town, me, group))

    every_day(town, me, day)


def _add(town: Town, me: Resident, group: str) -> None:
    member = new_stranger(me)
    if log(town, me, "member_added", group=group, peer=member, known=False) and me.rng.random() < RESIST * ill_will(
        town, me
    ):
        town.after(me.rng.expovariate(1 / (60 * MINUTE)), lambda: resist(town, me, group, member))
