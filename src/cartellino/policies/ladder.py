"""Ladders: the rungs that somebody climbs by striking again, and what each rung forbids.

Between a warning and a ban there are limits that spare existing conversations (law 4).

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
"""Which action is worse; worst first when several rules fire at once."""

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
"""What a restriction can take away, one ability at a time."""


@dataclass(frozen=True)
class Rung:
    """One step of a ladder: what happens (`kind`), what it forbids (`scope`), for how long (`lasts`, ms)."""

    kind: RungKind
    scope: tuple[str, ...] = ()
    lasts: Duration | None = None

    def show(self) -> str:
        """Write the rung in words."""
        of = f" of {', '.join(ability.replace('_', ' ') for ability in self.scope)}" if self.scope else ""
        return self.kind + of + (f" for {show_duration(self.lasts)}" if self.lasts is not None else "")


@dataclass(frozen=True)
class Ladder:
    """Rungs from the mildest to the worst.

    A strike counts for `memory`; a clean time that long climbs down. Findings within `burst` of a strike join it. A
    `shared` ladder is climbed by the person, on all accounts that are linked.
    """

    name: str
    rungs: tuple[Rung, ...]
    memory: Duration = 90 * DAY
    burst: Duration = HOUR
    clause: str = ""
    shared: bool = field(default=False, repr=False)

    def rung(self, number: int) -> Rung:
        """Return the rung of that number, from 1; beyond the top it is the top."""
        return self.rungs[min(number, len(self.rungs)) - 1]

    def after(self, number: int) -> Rung | None:
        """Return what the next strike would bring, or `None` on top."""
        return self.rungs[number] if number < len(self.rungs) else None
