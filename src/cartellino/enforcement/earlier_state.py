"""What was decided under an earlier edition of the meaning, as it was told: where a sequencer goes on from.

Editions are never executed again (the meaning of a policy may have been corrected since), so a sequencer that goes on
after an upgrade does not decide the past anew: it takes over standings, marks, incidents, held wishes and what counts
for brakes as they were left.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from cartellino.enforcement.acts import CloseIncident, OpenIncident, ReleaseNumber
from cartellino.enforcement.brakes import Brake
from cartellino.enforcement.decision import Decision
from cartellino.enforcement.marks import Mark, Waiting
from cartellino.enforcement.standing import Standing
from cartellino.enforcement.wording import Wording
from cartellino.kernel.finding import Context, Finding
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.ids import DecisionId
from cartellino.vocabulary.times import Instant


@dataclass(frozen=True)
class Marked:
    """An account left a mark on what it was last known to use."""

    service: str
    context: Context
    mark: Mark


@dataclass(frozen=True)
class Wished:
    """A wish that counts for a brake."""

    brake: Brake
    at: Instant


@dataclass(frozen=True)
class EarlierState:
    """Everything that a sequencer holds, as an earlier edition left it after so many rows of the ledger."""

    standings: Mapping[AccountRef, Standing] = field(default_factory=dict)
    linked: Sequence[tuple[AccountRef, AccountRef]] = ()
    marked: Sequence[Marked | Waiting | ReleaseNumber] = ()
    incidents: Sequence[OpenIncident | CloseIncident] = ()
    wished: Sequence[Wished] = ()
    tripped: Collection[Brake] = ()
    held: Sequence[tuple[Decision, Finding]] = ()
    asked: Mapping[DecisionId, Wording] = field(default_factory=dict)
    sealed: tuple[int, str] = (0, "")
