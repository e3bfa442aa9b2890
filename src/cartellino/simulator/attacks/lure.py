"""A lure: an advertisement brings victims to write first; they are answered, and swindled.

5 to 20 a day; one in seven reports for hacking, illegal offers or impersonation a day or more later, one in ten blocks:
assumptions. Gives itself away by: credible reports on many days, by people with a life of their own.
"""

from __future__ import annotations

from cartellino.simulator.acts import connect, send
from cartellino.simulator.days import day_times, every_day, one_by_one
from cartellino.simulator.habit import Attack
from cartellino.simulator.outreach import begin_with, new_stranger, note_outsider
from cartellino.simulator.reaction import block, credit_of, ill_will, report
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, Instant

AGES = (5, 1_000)
REASONS = ("hacking", "illegal", "impersonation")


class Lure(Attack):
    """Waits for victims."""

    name = "lure"

    def move_in(self, town: Town, me: Resident) -> None:
        """Come, and wait."""
        town.at(town.start + int(me.rng.uniform(1, 48) * HOUR), lambda: _begin(town, me))


def _begin(town: Town, me: Resident) -> None:
    begin_with(town, me, AGES, newborn=0.5)
    a_day = me.rng.uniform(5, 20)

    def come() -> None:
        victim = new_stranger(me)
        note_outsider(town, victim)
        town.emit("message_sent", victim, peer=me.account, known=False)
        town.after(me.rng.expovariate(1 / (10 * MINUTE)), lambda: _swindle(town, me, victim))

    def day(midnight: Instant) -> None:
        connect(town, me)
        one_by_one(town, day_times(me, midnight, a_day), come)

    every_day(town, me, day)


def _swindle(town: Town, me: Resident, victim: str) -> None:
    if send(town, me, victim, known=False, ability="reply"):
        drawn, later = me.rng.random(), me.rng.uniform(0.5, 4) * DAY
        if drawn < 1 / 7 * ill_will(town, me):
            town.after(later, lambda: report(town, me, victim, REASONS, credit_of(me.rng)))
        elif drawn < 1 / 4 * ill_will(town, me):
            town.after(later, lambda: block(town, me, victim))
