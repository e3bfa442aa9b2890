"""A number enumerator: checks one number after another for an account on the service; most have none.

Hundreds an hour with 85 to 95 % misses: assumptions; an honest address book hits in about 80 %. Gives itself
away by: misses.
"""

from __future__ import annotations

from cartellino.simulator.acts import log
from cartellino.simulator.attacks.arrival import arrive, open_shift
from cartellino.simulator.days import day_times, every_day, one_by_one
from cartellino.simulator.habit import Attack
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import Instant


class NumberEnumerator(Attack):
    """Tries numbers for an hour or two of every day."""

    name = "number-enumerator"

    def move_in(self, town: Town, me: Resident) -> None:
        """Come, and begin."""
        an_hour, misses = me.rng.uniform(200, 500), me.rng.uniform(0.85, 0.95)
        begins = arrive(town, me)
        town.at(begins, lambda: every_day(town, me, lambda midnight: _day(town, me, midnight, an_hour, misses)))


def _day(town: Town, me: Resident, midnight: Instant, an_hour: float, misses: float) -> None:
    open_shift(town, me, midnight)
    hours, begins = me.rng.uniform(1, 2.5), me.rng.uniform(8, 18)
    times = day_times(me, midnight, an_hour * hours, begins, begins + hours)
    one_by_one(town, times, lambda: _check(town, me, misses))


def _check(town: Town, me: Resident, misses: float) -> None:
    log(town, me, "number_checked", reason="miss" if me.rng.random() < misses else "hit")
