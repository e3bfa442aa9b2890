"""A person courted by a ring: strangers write first and chat for days, then all block and report within the hour.

6 to 20 members, made hours or days before, who talk to nobody else; a third have farmed credit: assumptions. Could be
mistaken for: a swindler whom victims report.
"""

from __future__ import annotations

from functools import partial

from cartellino.simulator.acts import connect, send
from cartellino.simulator.habit import Person
from cartellino.simulator.outreach import be_of_age, note_outsider
from cartellino.simulator.resident import Resident
from cartellino.simulator.talk import note_reply
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, HOUR, MINUTE

AGES = (20, 2_000)
REASONS = ("spam", "harassment", "illegal", "impersonation")


class Courted(Person):
    """Answers strangers who mean ill."""

    name = "courted"
    rooted = False

    def move_in(self, town: Town, me: Resident) -> None:
        """Be found by a ring."""
        be_of_age(town, me, AGES)
        town.at(town.start, lambda: connect(town, me))
        strikes = town.start + int(me.rng.uniform(3, 8) * DAY)
        old = me.rng.uniform(1, 60) * HOUR
        for number in range(me.rng.randint(6, 20)):
            member, credit = f"r-{me.account}-{number}", 80 if me.rng.random() < 1 / 3 else me.rng.randint(40, 60)
            comes = strikes - int(me.rng.uniform(0.5, 1) * old)
            note_outsider(town, member, role="ring", abusive=True)
            town.at(comes, partial(town.emit, "registered", member))
            town.at(comes + int(me.rng.uniform(1, 20) * MINUTE), partial(_chat, town, me, member))
            town.at(strikes + int(me.rng.uniform(0, 1) * HOUR), partial(_turn, town, me, member, credit))


def _chat(town: Town, me: Resident, member: str) -> None:
    town.emit("message_sent", member, peer=me.account, known=False)
    if send(town, me, member, known=False, ability="reply"):
        note_reply(town, me, member)


def _turn(town: Town, me: Resident, member: str, credit: int) -> None:
    town.emit("blocked", me.account, peer=member, had_contact=True, credit=credit)
    town.emit("reported", me.account, peer=member, had_contact=True, credit=credit, reason=me.rng.choice(REASONS))
