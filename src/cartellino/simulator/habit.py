"""Habits: ways to live in the town, honest or as an attack."""

from __future__ import annotations

from typing import Protocol

from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town


class Habit(Protocol):
    """A way to live. One instance belongs to one resident, or to all accounts of one operation (`crew`)."""

    name: str
    abusive: bool
    rooted: bool
    """Whether such residents live in the town from the start, with a household, and contacts who know each other."""
    crew: tuple[int, int]
    """The least and the largest number of accounts in one operation."""

    def move_in(self, town: Town, me: Resident) -> None:
        """Schedule the first acts of a resident; every act schedules the next."""


class Person:
    """What honest habits have in common."""

    abusive = False
    rooted = True
    crew = (1, 1)


class Attack:
    """What attacks have in common: the account is used for nothing else, and knows nobody."""

    abusive = True
    rooted = False
    crew = (1, 1)
