"""What a demonstration prepares: sign-ins for every role, doors for account holders, and the stations of a tour.

The targets of doors and tour are looked up again and again, since sanctions end and cases are decided. A real service
has none of this.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Door:
    """A link to an account holder's page: its name, a description, the account it leads to now, and the language."""

    name: str
    about: str
    account: str
    language: str

    @property
    def path(self) -> str:
        """The path of the link, which lets anybody in as often as they like."""
        return f"/account/demo/{self.name}"


@dataclass(frozen=True)
class Heard:
    """The case that the tour points at: that of the story while it is open, else any open one."""

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
