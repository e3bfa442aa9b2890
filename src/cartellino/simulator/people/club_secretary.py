"""A club secretary: sends the same news to lists of members who gave their number, and is otherwise a family member.

One to four broadcasts a week to 40 to 150 members, of whom a few deleted the number: assumptions. (In TREC 2007
81 % of legitimate mail is list mail: wanted bulk exists, `research/datasets.md`.) Could be mistaken for:
broadcast abuse, campaign.
"""

from __future__ import annotations

from cartellino.simulator.acts import log
from cartellino.simulator.days import day_times, every_day, one_by_one
from cartellino.simulator.habit import Person
from cartellino.simulator.people.family import Family
from cartellino.simulator.reaction import WELCOME, react
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town


class ClubSecretary(Person):
    """Tells the members what is on."""

    name = "club-secretary"

    def move_in(self, town: Town, me: Resident) -> None:
        """Send news on some days of every week."""
        members, news = me.rng.randint(40, 150), me.rng.uniform(1, 4) / 7
        every_day(town, me, lambda day: one_by_one(town, day_times(me, day, news), lambda: _news(town, me, members)))
        Family().move_in(town, me)


def _news(town: Town, me: Resident, members: int) -> None:
    unknown = sum(me.rng.random() < 0.03 for _ in range(members))
    sent = log(
        town,
        me,
        "broadcast_sent",
        recipients=members,
        unknown_recipients=unknown,
        media=me.rng.choice(("text", "image", "document")),
        content=f"{me.account}-{town.now}",
        content_by="server",
        forwards=0,
    )
    for member in me.contacts if sent else ():
        if me.rng.random() < 0.1:
            react(town, me, member, WELCOME)
