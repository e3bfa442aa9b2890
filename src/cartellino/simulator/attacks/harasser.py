"""A harasser: dozens of messages a day to each of a few victims, who do not answer, block and report; then to new
ones.

Rates: assumptions. Costs a few people a great deal, and is invisible to rules that count strangers. Gives itself away
by: many messages to one peer without an answer, and reports of harassment from people who had contact and have a good
record. A report alone never leads to a ban: a person has to review it.
"""

from __future__ import annotations

from cartellino.simulator.acts import send
from cartellino.simulator.attacks.arrival import arrive, open_shift
from cartellino.simulator.days import day_times, every_day, one_by_one
from cartellino.simulator.habit import Attack
from cartellino.simulator.reaction import block, report
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import HOUR, Instant

REASONS = ("harassment", "intimidation")


class Harasser(Attack):
    """Has two to four victims at a time."""

    name = "harasser"

    def move_in(self, town: Town, me: Resident) -> None:
        """Come, and begin."""
        a_day, victims = me.rng.uniform(20, 50), me.rng.randint(2, 4)
        begins = arrive(town, me, latest=0.4)
        town.at(begins, lambda: every_day(town, me, lambda midnight: _day(town, me, midnight, a_day, victims)))


def _day(town: Town, me: Resident, midnight: Instant, a_day: float, victims: int) -> None:
    open_shift(town, me, midnight)
    while len(me.contacts) < victims:
        me.contacts.append(town.neighbours.stranger(me.rng, me))
    for victim in list(me.contacts):
        _pester(town, me, midnight, victim, a_day)


def _pester(town: Town, me: Resident, midnight: Instant, victim: str, a_day: float) -> None:
    one_by_one(town, day_times(me, midnight, a_day, 9, 24), lambda: _write(town, me, victim))
    if me.rng.random() < 0.6:
        town.at(midnight + int(me.rng.uniform(15, 23) * HOUR), lambda: _defend(town, me, victim))


def _write(town: Town, me: Resident, victim: str) -> None:
    if victim in me.contacts:
        send(town, me, victim, known=False, media=me.rng.choice(("text", "text", "text", "voice", "call")))


def _defend(town: Town, me: Resident, victim: str) -> None:
    """Let the victim block the account and perhaps report it; tomorrow the harasser finds another victim."""
    if victim not in me.contacts:
        return
    block(town, me, victim)
    me.contacts.remove(victim)
    if me.rng.random() < 0.7:
        town.after(HOUR / 12, lambda: report(town, me, victim, REASONS, me.rng.randint(50, 95)))
