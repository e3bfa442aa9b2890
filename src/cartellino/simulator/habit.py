"""What a habit is: a way to live in the town, honest or an attack."""

from __future__ import annotations

from typing import Protocol

from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town


class Habit(Protocol):
    """One instance lives in one resident, or in all accounts of one operation (`crew`)."""

    name: str
    abusive: bool
    rooted: bool
    """Lives in the town from the start: with a household, and contacts who know each other."""
    crew: tuple[int, int]
    """How many accounts, at least and at most, one operation has."""

    def move_in(self, town: Town, me: Resident) -> None:
        """Schedule what this resident does first; every act schedules the next."""


class Person:
    """What honest habits have in common."""

    abusive = False
    rooted = True
    crew = (1, 1)


class Attack:
    """What attacks have in common: the account serves nothing else, and knows nobody."""

    abusive = True
    rooted = False
    crew = (1, 1)
