"""Remembers erased accounts, whose holders' tokens from before the erasure are invalid.

Accounts are identified by the ledger's pseudonym. A name may be given to another person later, so tokens that were made
after the erasure are valid. A token without the time of its creation (`iat`) counts as older.
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
        """`database` has all erasures; `pseudonym` maps a service and an account to the ledger's name."""
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
