"""What a messaging service can do to an account: the seam between a standing and the service that carries it out.

Each adapter whose service people use has an `Actuator`. It states for every action of Cartellino whether the service
carries it out, what stands in for it where it cannot, and what is missing; nothing is left to be guessed. What is done
follows from the standing as it is now, compared with what the service says: so a message that was missed, a restart or
a second call changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from cartellino.policies.ladder import SCOPES
from cartellino.vocabulary.times import Instant

How = Literal["carried out", "stands in", "missing"]

BLOCKING = ("challenge", "suspension", "ban")
"""Kinds of sanction that block a whole account, the worst last."""

ACTIONS: tuple[str, ...] = ("warning", *SCOPES, *BLOCKING, "notice", "end", "reversal")
"""What an actuator has to state its means for: a warning, each limit, each block, telling, and both ways out."""


class Means(NamedTuple):
    """How an action is carried out, or what happens instead, and why."""

    how: How
    by: str


@dataclass(frozen=True)
class Sanction:
    """A sanction in force, as the service has to know it."""

    sanction_id: str
    kind: str
    scope: tuple[str, ...]
    starts_at: Instant
    ends_at: Instant | None

    def holds(self, now: Instant) -> bool:
        """Say whether it holds at a time."""
        return self.starts_at <= now and (self.ends_at is None or now < self.ends_at)


@dataclass(frozen=True)
class Standing:
    """An account with what is in force."""

    account: str
    sanctions: tuple[Sanction, ...] = ()

    def blocking(self, now: Instant) -> tuple[Sanction, ...]:
        """Return what blocks the whole account, the worst last."""
        blocking = [sanction for sanction in self.sanctions if sanction.kind in BLOCKING and sanction.holds(now)]
        return tuple(sorted(blocking, key=lambda sanction: (BLOCKING.index(sanction.kind), sanction.sanction_id)))


Done = Literal["nothing to do", "changed", "left to the administrator", "exempt", "unknown account"]
"""What came of a comparison."""


class Actuator(Protocol):
    """Carries out standings on one service."""

    def means(self) -> Mapping[str, Means]:
        """Return the means for every one of `ACTIONS`."""

    async def carry_out(self, standing: Standing, now: Instant) -> Done:
        """Bring an account into the state that its standing asks for; an administrator's act by hand wins.

        Raises `Unreached` when the service cannot be asked; then it is tried again.
        """

    async def tell(self, account: str, notice_id: str, now: Instant) -> bool:
        """Bring a notice to the account; say whether it is there."""

    async def release(self, now: Instant) -> int:
        """Take back everything that was done and still holds; return how many accounts were released."""
