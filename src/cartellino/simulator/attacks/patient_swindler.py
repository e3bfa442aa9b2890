"""A patient swindler: writes to few strangers, talks to those who answer for days, and is reported later.

2 to 6 a day; a third answer; one in eight of all reports, a day to ten days later, with a good record: assumptions. Few
are reached, and each loses much. Gives itself away by: credible reports on many days.
"""

from __future__ import annotations

from cartellino.simulator.acts import connect, send
from cartellino.simulator.days import day_times, every_day, one_by_one
from cartellino.simulator.habit import Attack
from cartellino.simulator.outreach import begin_with, new_stranger
from cartellino.simulator.reaction import credit_of, ill_will, report
from cartellino.simulator.resident import Resident
from cartellino.simulator.talk import answer
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, Instant

AGES = (5, 1_500)
REASONS = ("hacking", "illegal", "impersonation", "spam")
TALKS = 5
"""How often they write to somebody who answers."""


class PatientSwindler(Attack):
    """Has time."""

    name = "patient-swindler"

    def move_in(self, town: Town, me: Resident) -> None:
        """Come, and begin."""
        town.at(town.start + int(me.rng.uniform(1, 48) * HOUR), lambda: _begin(town, me))


def _begin(town: Town, me: Resident) -> None:
    begin_with(town, me, AGES, newborn=0.4)
    a_day = me.rng.uniform(2, 6)

    def day(midnight: Instant) -> None:
        connect(town, me)
        one_by_one(town, day_times(me, midnight, a_day), lambda: _approach(town, me))

    every_day(town, me, day)


def _approach(town: Town, me: Resident) -> None:
    victim = new_stranger(me)
    if not send(town, me, victim, known=False):
        return
    if me.rng.random() < 1 / 3:
        for number in range(TALKS):
            town.after((number + me.rng.random()) * DAY, lambda: answer(town, me, victim, known=False))
            town.after((number + 1) * DAY + 5 * MINUTE, lambda: send(town, me, victim, known=False, ability="reply"))
    if me.rng.random() < 1 / 8 * ill_will(town, me):
        later = me.rng.uniform(1, 10) * DAY
        town.after(later, lambda: report(town, me, victim, REASONS, credit_of(me.rng)))
