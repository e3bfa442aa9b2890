"""A student, as measured in CollegeMsg (Panzarasa et al. 2009): a heavy tail, and many new acquaintances.

At the 50th / 90th / 99th percentile 5 / 25 / 91 messages on the busiest day, 2 / 8 / 30 new contacts, and shares of
contacts who never answer of .25 / .61 / .93 (`data/legit_profiles.txt`). New acquaintances do not have the student's
number. Could be mistaken for: slow bulk spam, in the weeks when a course begins.
"""

from __future__ import annotations

from cartellino.simulator.content import dress
from cartellino.simulator.days import day_times, every_day, one_by_one
from cartellino.simulator.habit import Person
from cartellino.simulator.pastimes import open_client
from cartellino.simulator.reaction import Reaction, intrude
from cartellino.simulator.resident import Resident
from cartellino.simulator.talk import chat, friend
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import Instant


class Student(Person):
    """Talks in bursts, and meets people."""

    name = "student"

    def move_in(self, town: Town, me: Resident) -> None:
        """Draw the busiest day, of which every other day is a fraction; those whom friends ignore meet more people."""
        busiest = min(me.rng.lognormvariate(1.45, 1.35), 180) / SENDS_PER_ACT
        meets = max(min(me.rng.lognormvariate(-0.3, 1.6) / busiest, 0.7), me.ignored**4)
        welcome = Reaction(replies=1 - me.ignored, blocks=0.01, reports=0.003, reads=0.9)
        every_day(town, me, lambda midnight: _day(town, me, midnight, busiest, meets, welcome))


SENDS_PER_ACT = 1.4
"""The mean number of messages that follow from one act, with replies and their continuation, measured in this town."""


def _day(town: Town, me: Resident, midnight: Instant, busiest: float, meets: float, welcome: Reaction) -> None:
    times = day_times(me, midnight, busiest * me.rng.random() ** 2, wakes=9, sleeps=26)
    if times:
        town.at(times[0] - 1, lambda: open_client(town, me))
        one_by_one(town, times, lambda: _act(town, me, meets, welcome))


def _act(town: Town, me: Resident, meets: float, welcome: Reaction) -> None:
    if me.rng.random() < meets:
        _meet(town, me, welcome)
    elif me.contacts:
        chat(town, me, friend(me))


def _meet(town: Town, me: Resident, welcome: Reaction) -> None:
    """Write to a fellow student; an acquaintance becomes a contact."""
    fellow = town.neighbours.stranger(me.rng, me)
    if intrude(town, me, fellow, welcome, **dress(town, me.rng)) and len(me.contacts) < 240:
        me.contacts.append(fellow)
