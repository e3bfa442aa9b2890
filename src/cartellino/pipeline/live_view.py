"""A read-only view of the running pipeline; it can be used from any thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cartellino.enforcement.decision import Decision
from cartellino.enforcement.standing import Standing
from cartellino.enforcement.standings import Standings
from cartellino.pipeline.route import Route
from cartellino.pipeline.run_statistics import RunStatistics
from cartellino.policies.ladder import Ladder
from cartellino.policies.policyset import PolicySet
from cartellino.policies.rule import Rule
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.ids import SanctionId
from cartellino.vocabulary.refusals import NotFound


class KernelFigures(NamedTuple):
    """Figures of the kernel: accounts seen, the share of look-ups of forgotten data, and whether it is compiled."""

    accounts: int
    forgotten: float
    is_compiled: bool


class LiveView:
    """A view of one route."""

    def __init__(self, route: Route) -> None:
        """Make a view for one answer only: a recovery replaces the route."""
        self._route = route

    @property
    def policies(self) -> PolicySet:
        """The policies in force."""
        return self._route.policies

    @property
    def sequence(self) -> int:
        """The number of the last event of the log."""
        return self._route.sequence

    @property
    def statistics(self) -> RunStatistics:
        """Counts of rows and decisions since the start."""
        return self._route.statistics

    @property
    def standings(self) -> Standings:
        """The standings of all accounts."""
        return self._route.sequencer.register

    @property
    def ladders(self) -> Mapping[str, Ladder]:
        """The ladders in force, by name."""
        return self._route.sequencer.ladders

    def standing(self, service: str, account: str) -> Standing:
        """Return an account's own sanctions and strikes."""
        return self._route.sequencer.standing(service, account)

    def whole(self, service: str, account: str) -> Standing:
        """Return an account's sanctions and strikes, with those that linked accounts share with it."""
        return self._route.sequencer.whole(service, account)

    def bearers(self, sanction: str) -> tuple[AccountRef, ...]:
        """Return the accounts that a sanction applies to, its owner first; on a shared ladder the linked ones too.

        Raises `NotFound` when there is no such sanction.
        """
        owner = self.standings.owner(SanctionId(sanction))
        ladder = self.ladders.get(self.standings.sanction(SanctionId(sanction)).ladder or "")
        return (owner, *self.standings.linked(owner)) if ladder is not None and ladder.shared else (owner,)

    def bears(self, service: str, account: str, sanction: str | None) -> bool:
        """Say whether a sanction applies to an account; false if there is no such sanction."""
        try:
            return (service, account) in self.bearers(sanction or "")
        except NotFound:
            return False

    def pseudonym(self, service: str, account: str) -> str:
        """Return the name of an account in the ledger."""
        return self._route.sequencer.ledger.pseudonym(service, account)

    @property
    def held(self) -> Sequence[Decision]:
        """The decisions that brakes hold."""
        return [decision for decision, _ in self._route.sequencer.held.copy().values()]

    @property
    def tripped(self) -> list[str]:
        """The rules that brakes have stopped."""
        return sorted({rule for _, rule, _ in self._route.sequencer.brakes.tripped})

    def rule(self, identity: str) -> Rule | None:
        """Return a rule in force, or the last version of a removed one."""
        return self._route.sequencer.rule(identity)

    def is_held(self, decision: str) -> bool:
        """Say whether brakes hold a decision."""
        return decision in self._route.sequencer.held

    @property
    def kernel(self) -> KernelFigures:
        """Figures of the kernel."""
        kernel = self._route.kernel
        looked, undecided = kernel.state.looked
        share = undecided / looked if looked else 0.0
        return KernelFigures(kernel.state.accounts, share, kernel.machine.native)
