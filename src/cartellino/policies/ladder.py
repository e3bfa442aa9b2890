"""Ladders: the rungs that an account climbs with each strike, and what each rung forbids.

Between a warning and a ban there are limits that leave existing conversations possible (law 4).

>>> Rung("restriction", ("new_chats",), 86_400_000).show()
'restriction of new chats for 24h'
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from cartellino.vocabulary.times import DAY, HOUR, Duration, show_duration

RungKind = Literal["warning", "restriction", "suspension", "ban"]
RUNG_KINDS: tuple[RungKind, ...] = ("warning", "restriction", "suspension", "ban")

ActionKind = Literal["warning", "challenge", "restriction", "suspension", "ban", "review", "diagnosis"]

SEVERITY: MappingProxyType[str, int] = MappingProxyType(
    {"diagnosis": 0, "review": 1, "warning": 2, "challenge": 3, "restriction": 4, "suspension": 5, "ban": 6}
)
"""The severity of each action; if several rules fire at once, the severest action comes first."""

SCOPES = MappingProxyType(
    {
        "new_chats": "starting chats with people who have not written first",
        "groups": "making groups and adding people to them",
        "broadcast": "broadcast lists",
        "lookups": "looking at profiles and checking numbers",
        "media": "sending pictures, sound, video and files",
        "profile": "changing name, about and photo",
        "status": "posting status",
        "calls": "calling",
        "companion_devices": "using companion devices",
    }
)
"""The abilities that a restriction can take away, each by itself."""


@dataclass(frozen=True)
class Rung:
    """A rung: the action (`kind`), what it forbids (`scope`), and its length in ms (`lasts`; `None`: no end)."""

    kind: RungKind
    scope: tuple[str, ...] = ()
    lasts: Duration | None = None

    def show(self) -> str:
        """Return the rung in words."""
        of = f" of {', '.join(ability.replace('_', ' ') for ability in self.scope)}" if self.scope else ""
        return self.kind + of + (f" for {show_duration(self.lasts)}" if self.lasts is not None else "")


@dataclass(frozen=True)
class Ladder:
    """A ladder: rungs from the mildest to the severest.

    A strike counts for `memory` ms; without another strike in that time, the account is back at the bottom. Findings
    within `burst` ms of a strike belong to it. A `shared` ladder counts the strikes of all linked accounts together.
    """

    name: str
    rungs: tuple[Rung, ...]
    memory: Duration = 90 * DAY
    burst: Duration = HOUR
    clause: str = ""
    shared: bool = field(default=False, repr=False)

    def rung(self, number: int) -> Rung:
        """Return a rung by its number from 1; numbers beyond the top mean the top."""
        return self.rungs[min(number, len(self.rungs)) - 1]

    def after(self, number: int) -> Rung | None:
        """Return the rung that the next strike would lead to, `None` at the top."""
        return self.rungs[number] if number < len(self.rungs) else None
