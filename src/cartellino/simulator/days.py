"""Schedules the days and acts of residents. Each schedules only the next one, so that the queue stays short."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random

from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, HOUR, Instant

Day = Callable[[Instant], None]
"""A function that lives one day, given the resident's midnight."""


def every_day(town: Town, me: Resident, live: Day) -> None:
    """Call `live` now for today, and then for every day at the resident's midnight."""
    _Days(town, midnight_of(me, town.now), live).wake()


class _Days:
    """The days of one resident.

    A closure that refers to itself would be shorter, but tens of thousands of such reference cycles keep the garbage
    collector busy.
    """

    __slots__ = ("live", "midnight", "town")

    def __init__(self, town: Town, midnight: Instant, live: Day) -> None:
        self.town, self.midnight, self.live = town, midnight, live

    def wake(self) -> None:
        today = self.midnight
        self.midnight += DAY
        self.town.at(self.midnight, self.wake)
        self.live(today)


def midnight_of(me: Resident, time: Instant) -> Instant:
    """Return the last midnight in the resident's local time."""
    ahead = me.hours * HOUR
    return (time + ahead) // DAY * DAY - ahead


def weekday(me: Resident, midnight: Instant) -> int:
    """Return the day of the week, 0 is Monday; 1970 began on a Thursday."""
    return ((midnight + me.hours * HOUR) // DAY + 3) % 7


def day_times(me: Resident, midnight: Instant, wanted: float, wakes: float = 8, sleeps: float = 23) -> list[Instant]:
    """Draw the times of about `wanted` acts in order, between the local hours `wakes` and `sleeps`."""
    draw, waking = me.rng.random, sleeps - wakes
    return sorted(midnight + int((wakes + waking * draw()) * HOUR) for _ in range(poisson(me.rng, wanted)))


def one_by_one(town: Town, times: Iterable[Instant], act: Callable[[], object]) -> None:
    """Call `act` at each of these times, which are in order; past times are left out."""
    coming = [time for time in times if time >= town.now]
    if coming:
        coming.reverse()
        _Acts(town, coming, act).wait()


class _Acts:
    """The acts of a day, of which only the next one is in the queue."""

    __slots__ = ("act", "coming", "town")

    def __init__(self, town: Town, coming: list[Instant], act: Callable[[], object]) -> None:
        self.town, self.coming, self.act = town, coming, act

    def wait(self) -> None:
        if self.coming:
            self.town.at(self.coming.pop(), self.next)

    def next(self) -> None:
        self.wait()
        self.act()


def steadily(town: Town, rng: Random, pause: float, times: int, act: Callable[[], object]) -> None:
    """Call `act` a number of times, beginning now, with exponential pauses whose mean is `pause` ms."""

    def next_act(left: int) -> None:
        act()
        if left > 1:
            town.after(rng.expovariate(1 / pause), lambda: next_act(left - 1))

    if times > 0:
        next_act(times)


def poisson(rng: Random, mean: float) -> int:
    """Draw from a Poisson distribution by counting exponential gaps."""
    passed, drawn = rng.expovariate(1), 0
    while passed < mean:
        passed += rng.expovariate(1)
        drawn += 1
    return drawn
