"""The standing of an account: its strikes and sanctions. Its present state is derived, never stored (law 5).

>>> ban = Sanction(SanctionId("s_1"), DecisionId("d_1"), RuleId("p/r"), "spam", Action("ban"), 0, 1)
>>> Standing(sanctions=(ban,)).name(now=5), Standing(sanctions=(replace(ban, lifted_at=3),)).name(now=5)
('banned', 'clear')
"""

from __future__ import annotations

from collections.abc import Container
from typing import Literal

import msgspec
from msgspec.structs import replace

from cartellino.enforcement.action import Action
from cartellino.enforcement.wording import UNKNOWN, Wording
from cartellino.policies.ladder import Ladder
from cartellino.vocabulary.ids import DecisionId, RuleId, SanctionId
from cartellino.vocabulary.times import DAY, Duration, Instant

StandingName = Literal["clear", "warned", "limited", "suspended", "banned"]

WARNED: Duration = 30 * DAY
"""How long a warning is visible in the standing."""

__all__ = ["WARNED", "DecisionId", "RuleId", "Sanction", "SanctionId", "Standing", "StandingName", "Strike", "replace"]


class Sanction(msgspec.Struct, frozen=True, gc=False):
    """A sanction. It begins and ends by the server's clock, and can be lifted early (law 3)."""

    id: SanctionId
    decision: DecisionId
    rule: RuleId
    ladder: str | None
    action: Action
    starts_at: Instant
    strike: int
    lifted_at: Instant | None = None
    expired_at: Instant | None = None
    replaced_by: DecisionId | None = None
    replaced_at: Instant | None = None
    wording: Wording = UNKNOWN

    def in_force(self, now: Instant) -> bool:
        """Return whether it is in force now. It never is after it was expired, even if the clock is set back."""
        return self.expired_at is None and self.covers(now)

    def covers(self, at: Instant) -> bool:
        """Return whether it was in force at an instant, which may be past. Warnings never are, as they limit nothing.

        Unlike `in_force` it ignores `expired_at`, so that an event that arrives late is decided by the sanctions of its
        own time.
        """
        if self.action.kind in ("warning", "review", "diagnosis") or at < self.starts_at:
            return False
        ends = (self.action.ends_at, self.lifted_at, self.replaced_at)
        return all(end is None or at < end for end in ends)

    def warns(self, now: Instant) -> bool:
        """Return whether it is a warning that is visible in the standing."""
        is_taken_back = self.lifted_at is not None or self.replaced_by is not None
        return self.action.kind == "warning" and not is_taken_back and 0 <= now - self.starts_at < WARNED

    def stands(self, now: Instant) -> bool:
        """Return whether it is in force or a visible warning."""
        return self.in_force(now) or self.warns(now)

    def is_ahead(self, now: Instant) -> bool:
        """Return whether it will begin later, since the time of its event is a little ahead of the clock."""
        begins = self.covers(self.starts_at) or self.warns(self.starts_at)
        return now < self.starts_at and self.expired_at is None and begins

    def limits(self, now: Instant) -> bool:
        """Return whether it limits the account now or will soon."""
        return self.in_force(now) or (self.action.kind != "warning" and self.is_ahead(now))

    def is_left(self, now: Instant) -> bool:
        """Return whether it can still be ended: it is in force, visible, or about to begin."""
        return self.stands(now) or self.is_ahead(now)

    def set_back(self, now: Instant, since: Instant, span: Duration) -> Sanction:
        """Return it after the clock, which was ahead by `span`, was set back to `now` (see `SetBack`)."""
        replaced_at = self.replaced_at  # the start of another sanction, which is moved in the same way
        if replaced_at is not None:
            replaced_at = replaced_at - span if replaced_at >= since else min(replaced_at, now)
        if self.starts_at >= since:
            return replace(
                self,
                starts_at=self.starts_at - span,
                action=replace(self.action, ends_at=_back(self.action.ends_at, span)),
                lifted_at=_back(self.lifted_at, span),
                expired_at=_back(self.expired_at, span),
                replaced_at=replaced_at,
            )
        lifted_at = None if self.lifted_at is None else min(self.lifted_at, now)
        return replace(self, starts_at=min(self.starts_at, now), lifted_at=lifted_at, replaced_at=replaced_at)


def _back(at: Instant | None, span: Duration) -> Instant | None:
    return None if at is None else at - span


class Strike(msgspec.Struct, frozen=True, gc=False):
    """A strike on a ladder: when it was added, on which rung, and by which decision.

    `least` is the lowest rung on which its rule strikes. `sequence` is the number of its event, or for a decision that
    was held, of the event after which it was released. A strike that was `revoked` no longer counts; one that an
    upgrade replaced counts again if the upgrade is taken back.
    """

    ladder: str
    at: Instant
    rung: int
    least: int
    decision: DecisionId
    revoked: bool = False
    replaced_by: DecisionId | None = None
    sequence: int = 0

    @property
    def counts(self) -> bool:
        """Whether it counts, within the memory of its ladder."""
        return not self.revoked and self.replaced_by is None

    @property
    def place(self) -> tuple[int, Instant, DecisionId]:
        """The key by which strikes are sorted."""
        return self.sequence, self.at, self.decision


class Standing(msgspec.Struct, frozen=True, gc=False):
    """Strikes and sanctions, the oldest first."""

    strikes: tuple[Strike, ...] = ()
    sanctions: tuple[Sanction, ...] = ()

    def counting(self, ladder: Ladder, now: Instant) -> tuple[Strike, ...]:
        """Return the strikes on a ladder that count: neither revoked nor replaced, and within the ladder's memory."""
        return tuple(
            strike
            for strike in self.strikes
            if strike.ladder == ladder.name and strike.counts and now - strike.at < ladder.memory
        )

    def in_force(self, now: Instant) -> tuple[Sanction, ...]:
        """Return the sanctions in force now."""
        return tuple(sanction for sanction in self.sanctions if sanction.in_force(now))

    def covering(self, at: Instant) -> tuple[Sanction, ...]:
        """Return the sanctions that were in force at an instant, which may be past."""
        return tuple(sanction for sanction in self.sanctions if sanction.covers(at))

    def name(self, now: Instant) -> StandingName:
        """Return the standing as one word, by the most severe sanction in force."""
        kinds = {sanction.action.kind for sanction in self.in_force(now)}
        if "ban" in kinds:
            return "banned"
        if kinds & {"suspension", "challenge"}:
            return "suspended"
        if "restriction" in kinds:
            return "limited"
        return "warned" if any(sanction.warns(now) for sanction in self.sanctions) else "clear"

    def struck(self, strike: Strike, sanction: Sanction) -> Standing:
        """Return the standing with another strike and its sanction."""
        return Standing((*self.strikes, strike), (*self.sanctions, sanction))

    def sanctioned(self, sanction: Sanction) -> Standing:
        """Return the standing with another sanction, without a strike."""
        return replace(self, sanctions=(*self.sanctions, sanction))

    def changed(self, sanction: Sanction) -> Standing:
        """Return the standing with a sanction in a new state; it is found by its id."""
        return replace(self, sanctions=tuple(sanction if kept.id == sanction.id else kept for kept in self.sanctions))

    def set_back(self, now: Instant, since: Instant, span: Duration) -> Standing:
        """Return the standing after the clock was set back by `span` to `now` (see `SetBack`)."""
        return Standing(
            tuple(replace(strike, at=strike.at - span) if strike.at >= since else strike for strike in self.strikes),
            tuple(sanction.set_back(now, since, span) for sanction in self.sanctions),
        )

    def of_ladders(self, ladders: Container[str]) -> Standing:
        """Return only the strikes and sanctions of these ladders."""
        return Standing(
            tuple(strike for strike in self.strikes if strike.ladder in ladders),
            tuple(sanction for sanction in self.sanctions if sanction.ladder in ladders),
        )

    def joined(self, other: Standing) -> Standing:
        """Return this standing joined with another one, strikes in the order of the log."""
        return Standing(
            tuple(sorted((*self.strikes, *other.strikes), key=lambda strike: strike.place)),
            tuple(sorted((*self.sanctions, *other.sanctions), key=lambda sanction: sanction.starts_at)),
        )
