"""A group stuffer: makes dozens of groups within the hour and adds strangers to them.

The white paper (2019) names it: "an account that attempts to quickly create dozens of groups or add thousands
of users". Shares of who declines, leaves and reports: assumptions. Gives itself away by: members who do not
know it, and leave.
"""

from __future__ import annotations

from cartellino.simulator.acts import log
from cartellino.simulator.attacks.arrival import arrive
from cartellino.simulator.days import steadily
from cartellino.simulator.habit import Attack
from cartellino.simulator.reaction import block, credit_of, report
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import MINUTE, SECOND


class GroupStuffer(Attack):
    """Makes groups, and fills them."""

    name = "group-stuffer"

    def move_in(self, town: Town, me: Resident) -> None:
        """Make 24 to 60 groups, one every minute or two."""
        groups, pause = me.rng.randint(24, 60), me.rng.uniform(40, 100) * SECOND
        town.at(arrive(town, me, latest=0.8), lambda: steadily(town, me.rng, pause, groups, lambda: _stuff(town, me)))


def _stuff(town: Town, me: Resident) -> None:
    group = f"g-{me.rng.getrandbits(40):010x}"
    if log(town, me, "group_created", group=group):
        count = me.rng.randint(15, 60)
        steadily(town, me.rng, 1.5 * SECOND, count, lambda: _add(town, me, group))
        town.after(3 * MINUTE, lambda: log(town, me, "message_sent", group=group, media="image"))


def _add(town: Town, me: Resident, group: str) -> None:
    member = town.neighbours.stranger(me.rng, me)
    if log(town, me, "member_added", group=group, peer=member, known=False):
        town.after(me.rng.expovariate(1 / (30 * MINUTE)), lambda: resist(town, me, group, member))


def resist(town: Town, me: Resident, group: str, member: str) -> None:
    """Let somebody who was added decline, leave, block, report, or stay."""
    drawn = me.rng.random()
    if drawn < 0.25:
        town.emit("invite_declined", me.account, group=group, peer=member)
    elif drawn < 0.65:
        town.emit("member_left", me.account, group=group, peer=member)
    elif drawn < 0.69:
        block(town, me, member)
    elif drawn < 0.72:
        report(town, me, member, ("spam",), credit_of(me.rng))
