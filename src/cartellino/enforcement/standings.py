"""The read-only interface of the register."""

from __future__ import annotations

from typing import Protocol

from cartellino.enforcement.standing import Sanction, Standing
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.ids import SanctionId
from cartellino.vocabulary.times import Instant


class Standings(Protocol):
    """The queries of the register."""

    def standing(self, person: AccountRef) -> Standing:
        """Return the standing of an account; an empty one if it has none."""

    def linked(self, person: AccountRef) -> tuple[AccountRef, ...]:
        """Return the other accounts of the same person."""

    def sanctioned(self, now: Instant) -> list[AccountRef]:
        """Return the accounts that have a sanction in force."""

    def owner(self, sanction: SanctionId) -> AccountRef:
        """Return the owner of a sanction.

        Raises `NotFound` if there is no such sanction.
        """

    def sanction(self, identity: SanctionId) -> Sanction:
        """Return a sanction by its id.

        Raises `NotFound` if there is no such sanction.
        """
