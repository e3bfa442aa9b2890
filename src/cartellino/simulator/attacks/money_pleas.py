"""A takeover with pleas for money: an intruder asks the holder's real contacts, one by one, and nobody else.

20 to 60 contacts, who have the number, within three hours; two in five answer, some report: assumptions. A code was
lured out of the holder, so only two to eight sign-ins fail. Gives itself away by: a new device far away, from which
everybody is written to.
"""

from __future__ import annotations

from dataclasses import replace

from cartellino.simulator.acts import connect, log, send
from cartellino.simulator.days import steadily
from cartellino.simulator.habit import Attack
from cartellino.simulator.outreach import be_of_age, new_stranger
from cartellino.simulator.people.shared_phone import arrive_at
from cartellino.simulator.reaction import Reaction, react
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, SECOND

FRIENDS = Reaction(replies=0.4, blocks=0.02, reports=0.08, reads=0.9, reasons=("hacking", "impersonation"))


class MoneyPleas(Attack):
    """An honest life, until the account is somebody else's."""

    name = "money-pleas"

    def move_in(self, town: Town, me: Resident) -> None:
        """Live honestly, until the intruder comes."""
        be_of_age(town, me, (100, 2_500))
        me.abuses_since = town.start + int(me.rng.uniform(2, 8) * DAY)
        town.at(town.start, lambda: arrive_at_home(town, me))
        town.at(me.abuses_since, lambda: _enter(town, me))


def arrive_at_home(town: Town, me: Resident) -> None:
    """Live like somebody who has been there for long."""
    since = me.since
    arrive_at(town, me, a_day=5, known=1.0)
    me.since = since
    connect(town, me)


def _enter(town: Town, me: Resident) -> None:
    place = f"{me.rng.getrandbits(32):08x}"
    thief = replace(me, device=f"d-{place}", address=f"h-{place}", region=me.rng.choice(("NG", "KH", "RU", "IN")))
    for number in range(me.rng.randint(2, 8)):
        town.after(number * 20 * SECOND, lambda: log(town, thief, "sign_in_failed", reason="wrong-code"))
    town.after(5 * MINUTE, lambda: log(town, thief, "device_linked"))
    friends = [new_stranger(me) for _ in range(me.rng.randint(20, 60))]
    left, lasts = iter(friends), me.rng.uniform(0.3, 3) * HOUR

    def plead() -> None:
        friend = next(left)
        if send(town, thief, friend, known=True):
            react(town, thief, friend, FRIENDS)

    town.after(10 * MINUTE, lambda: steadily(town, thief.rng, lasts / len(friends), len(friends), plead))
