"""Round-the-clock enumeration: numbers are checked one by one, day and night, slowly.

10 to 40 an hour, 60 to 95 % misses: assumptions. Gives itself away by: a person looks up an address book once, and
sleeps.
"""

from __future__ import annotations

from cartellino.simulator.acts import connect, log
from cartellino.simulator.days import day_times, every_day, one_by_one
from cartellino.simulator.habit import Attack
from cartellino.simulator.outreach import begin_with
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import HOUR, Instant

AGES = (5, 1_000)


class PatientEnumerator(Attack):
    """Never stops checking."""

    name = "patient-enumerator"

    def move_in(self, town: Town, me: Resident) -> None:
        """Come, and begin."""
        town.at(town.start + int(me.rng.uniform(1, 48) * HOUR), lambda: _begin(town, me))


def _begin(town: Town, me: Resident) -> None:
    begin_with(town, me, AGES, newborn=0.5)
    a_day, misses = me.rng.uniform(240, 960), me.rng.uniform(0.6, 0.95)

    def check() -> None:
        log(town, me, "number_checked", reason="miss" if me.rng.random() < misses else "hit")

    def day(midnight: Instant) -> None:
        connect(town, me)
        one_by_one(town, day_times(me, midnight, a_day, 0, 24), check)

    every_day(town, me, day)
