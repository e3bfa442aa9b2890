"""The state that a sequencer takes over from an earlier edition of the meaning, after an upgrade.

The past is not decided again in a new edition, since the meaning of a policy may have been corrected. The sequencer
takes over standings, marks, incidents, held decisions and the counts of brakes as the earlier edition left them.
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
    """A mark that an account left on what it was known to use."""

    service: str
    context: Context
    mark: Mark


@dataclass(frozen=True)
class Wished:
    """A wish that a brake counts."""

    brake: Brake
    at: Instant


@dataclass(frozen=True)
class EarlierState:
    """The state of a sequencer at the end of an earlier edition.

    `marked` is in the order of the log. `asked` are the texts of decisions that asked for a review. `sealed` is the
    number of rows of the ledger, and the last seal.
    """

    standings: Mapping[AccountRef, Standing] = field(default_factory=dict)
    linked: Sequence[tuple[AccountRef, AccountRef]] = ()
    marked: Sequence[Marked | Waiting | ReleaseNumber] = ()
    incidents: Sequence[OpenIncident | CloseIncident] = ()
    wished: Sequence[Wished] = ()
    tripped: Collection[Brake] = ()
    held: Sequence[tuple[Decision, Finding]] = ()
    asked: Mapping[DecisionId, Wording] = field(default_factory=dict)
    sealed: tuple[int, str] = (0, "")
