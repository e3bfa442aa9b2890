"""What a demonstration prepares: sign-ins for every role, links for account holders, and where the tour leads.

A service that anybody relies on has none of this.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Door:
    """A page of an account holder: whose, in words, and the path that lets one in."""

    about: str
    path: str
    language: str


@dataclass(frozen=True)
class Tour:
    """The prepared doors, and the case and rule that the tour points at."""

    password: str
    roles: tuple[str, ...]
    doors: tuple[Door, ...]
    case: str
    rule: str
    parameter: str
    speed: float
    accounts: int
