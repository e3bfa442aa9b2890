"""A support desk: hundreds write first, several colleagues answer from companion devices behind one address.

150 to 400 a day in office hours from Monday to Friday, a seventh of them answered the next day: assumptions.
Could be mistaken for: a program (very regular), bulk spam (most customers do not know the number), a shared or
taken-over account.
"""

from __future__ import annotations

from cartellino.simulator.acts import connect, log
from cartellino.simulator.days import day_times, every_day, one_by_one, weekday
from cartellino.simulator.habit import Person
from cartellino.simulator.inquiry import Manners, inquire
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, Instant

SATURDAY = 5
CALLERS = Manners(known=0.15, thanks=0.4)


class SupportDesk(Person):
    """Answers everybody, sometimes tomorrow."""

    name = "support-desk"
    rooted = False

    def move_in(self, town: Town, me: Resident) -> None:
        """Link the colleagues' devices, and open every working day."""
        first, colleagues = me.device, me.rng.randint(3, 6)
        desks = [f"{first}/{place}" for place in range(colleagues)]
        callers = min(me.rng.uniform(150, 400), 0.5 * len(town.neighbours.honest()))
        town.at(town.start + HOUR, lambda: _link(town, me, desks))
        every_day(town, me, lambda midnight: _office_hours(town, me, midnight, desks, callers))


def _link(town: Town, me: Resident, desks: list[str]) -> None:
    for me.device in desks:
        log(town, me, "device_linked")


def _office_hours(town: Town, me: Resident, midnight: Instant, desks: list[str], callers: float) -> None:
    if weekday(me, midnight) < SATURDAY:
        town.at(midnight + 9 * HOUR, lambda: _open(town, me, desks))
        one_by_one(town, day_times(me, midnight, callers, 9, 18), lambda: _take(town, me, desks))


def _open(town: Town, me: Resident, desks: list[str]) -> None:
    for me.device in desks:
        connect(town, me)


def _take(town: Town, me: Resident, desks: list[str]) -> None:
    """Answer an inquiry from one of the desks, in some cases only tomorrow."""
    me.device = me.rng.choice(desks)
    tomorrow = DAY if me.rng.random() < 0.15 else 0
    inquire(town, me, me.rng.uniform(2, 20) * MINUTE + tomorrow, CALLERS)
