"""Erased accounts, whose holders' tokens from before the erasure are good no more.

They are known by the ledger's pseudonym. A name may come back as another person's account; so tokens that were made
after the erasure count, and those that do not say when they were made (`iat`) count as older.
"""

from __future__ import annotations

from collections.abc import Callable

from cartellino.appeals.proof import Holder
from cartellino.queries import erasures
from cartellino.storage.database import Database
from cartellino.vocabulary.times import Instant


class ErasedAccounts:
    """Remembers when accounts were erased."""

    def __init__(self, database: Database, pseudonym: Callable[[str, str], str]) -> None:
        """`database` knows of all erasures; `pseudonym` gives the ledger's for a service and an account."""
        self._database, self._pseudonym = database, pseudonym
        self._at: dict[str, Instant] = {}

    def load(self) -> None:
        """Remember what earlier runs have erased."""
        with self._database.begin() as rows:
            self._at = erasures.latest(rows)

    def note(self, service: str, account: str, now: Instant) -> None:
        """Remember that an account was erased just now."""
        self._at[self._pseudonym(service, account)] = now

    def has(self, holder: Holder) -> bool:
        """Say whether the account was erased after a holder's token was made."""
        if not self._at:
            return False
        at = self._at.get(self._pseudonym(holder.service, holder.account))
        return at is not None and holder.since <= at
