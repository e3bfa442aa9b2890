"""What a demonstration prepares: sign-ins for every role, doors for account holders, and where the tour leads.

What doors and tour lead to is looked up again and again, since cards end and cases are decided. A service that anybody
relies on has none of this.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Door:
    """A door to the page of an account holder: its name, whose page that is now, in words, and its language."""

    name: str
    about: str
    account: str
    language: str

    @property
    def path(self) -> str:
        """Where it is; whoever opens it is let in, as often as they like."""
        return f"/account/demo/{self.name}"


@dataclass(frozen=True)
class Heard:
    """The case that the tour points at: of the story while that is open, else whatever waits."""

    case: str
    is_of_story: bool
    is_open: bool


@dataclass(frozen=True)
class Tour:
    """The doors that are prepared, and the case and rule that the tour points at."""

    password: str
    roles: tuple[str, ...]
    doors: tuple[Door, ...]
    heard: Heard
    rule: str
    parameter: str
    speed: float
    accounts: int
