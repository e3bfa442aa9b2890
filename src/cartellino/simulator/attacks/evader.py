"""A ban evader: spams until it is banned, then registers a new account on the same device, again and again.

Without a ban it moves on every day or two by itself. Rates: assumptions. Every burned account is labelled.
Gives itself away by: a new account on the device of a banned one.
"""

from __future__ import annotations

from dataclasses import replace

from cartellino.enforcement.decision import Decision
from cartellino.simulator.acts import register
from cartellino.simulator.attacks.arrival import arrive
from cartellino.simulator.days import steadily
from cartellino.simulator.habit import Attack
from cartellino.simulator.label import label
from cartellino.simulator.reaction import intrude
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, SECOND


class Evader(Attack):
    """One device, one account after the other."""

    name = "evader"

    def move_in(self, town: Town, me: Resident) -> None:
        """Arrive with a new account, and use it until it is lost."""
        town.at(arrive(town, me, bought=0, latest=0.3), lambda: _burn(town, me))


def _burn(town: Town, me: Resident) -> None:
    """Spam for some hours; move on to another account after a ban, or after a day or two."""
    count, pause = me.rng.randint(150, 500), me.rng.uniform(15, 50) * SECOND
    steadily(town, me.rng, pause, count, lambda: _spam(town, me))
    moves = iter((True,))

    def move_on() -> None:
        if next(moves, False):
            _begin_again(town, me)

    def heard(decision: Decision) -> None:
        if decision.action.kind == "ban" and decision.mode == "live":
            town.after(me.rng.uniform(10, 120) * MINUTE, move_on)

    town.listen(me.account, heard)
    town.after(me.rng.uniform(1, 2) * DAY, move_on)


def _spam(town: Town, me: Resident) -> None:
    intrude(town, me, town.neighbours.stranger(me.rng, me))


def _begin_again(town: Town, me: Resident) -> None:
    """Register another account with another number, on the same device and network."""
    name = town.neighbours.new_name()
    fresh = replace(me, account=name, number=f"n-{name}", rng=town.random(name), answered={}, willing={})
    fresh.abuses_since = town.now
    town.labels.append(label(fresh))
    register(town, fresh)
    town.after(me.rng.uniform(0.1, 3) * HOUR, lambda: _burn(town, fresh))
