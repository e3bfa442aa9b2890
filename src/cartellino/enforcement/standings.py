"""What can be asked of everybody's standing, by whoever changes nothing."""

from __future__ import annotations

from typing import Protocol

from cartellino.enforcement.standing import Sanction, Standing
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.ids import SanctionId
from cartellino.vocabulary.times import Instant


class Standings(Protocol):
    """The register as others may read it."""

    def standing(self, person: AccountRef) -> Standing:
        """Return what an account has received, clear where that is nothing."""

    def linked(self, person: AccountRef) -> tuple[AccountRef, ...]:
        """Return the other accounts of the same person."""

    def sanctioned(self, now: Instant) -> list[AccountRef]:
        """Return the accounts that have a sanction in force."""

    def owner(self, sanction: SanctionId) -> AccountRef:
        """Return whose sanction it is.

        Raises `NotFound` where there is none of that id.
        """

    def sanction(self, identity: SanctionId) -> Sanction:
        """Return a sanction by its id.

        Raises `NotFound` where there is none of that id.
        """
