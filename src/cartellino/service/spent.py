"""Holders' tokens that were invalidated before they expire: used links, and visits (holders' sessions) that were left.

They are remembered by digest until they expire, in memory for look-ups and in the database for the next start. As only
one process serves a data folder, each token can be spent only once.
"""

from __future__ import annotations

from threading import Lock

import sqlalchemy as sa

from cartellino.commands.names import fingerprint
from cartellino.storage import tables
from cartellino.storage.database import Database, add_new
from cartellino.vocabulary.times import Instant

LATEST_EXPIRY: Instant = 1 << 53
"""In ms. Later expiry times are stored as this one: the messenger signs the tokens and may choose any, but the column
holds 64 bits."""


class SpentTokens:
    """The spent tokens that have not expired yet."""

    def __init__(self, database: Database) -> None:
        """Start with no tokens; call `load` before use."""
        self._database = database
        self._ends: dict[str, Instant] = {}
        self._lock = Lock()

    def load(self) -> None:
        """Load the tokens of earlier runs."""
        with self._database.begin() as rows:
            self._ends = {row.digest: row.ends_at for row in rows.execute(sa.select(tables.spent_tokens))}

    def has(self, token: str) -> bool:
        """Say whether a token was spent."""
        # Without the lock: a dictionary look-up is atomic, and tokens are only added by `spend`.
        return fingerprint(token) in self._ends

    def spend(self, token: str, ends_at: Instant) -> bool:
        """Mark a token as spent, in the database too; return False if it was spent already."""
        digest, ends_at = fingerprint(token), min(ends_at, LATEST_EXPIRY)
        with self._lock:
            if digest in self._ends:
                return False
            with self._database.begin_writing() as rows:
                add_new(rows, tables.spent_tokens, [{"digest": digest, "ends_at": ends_at}])
            self._ends[digest] = ends_at
            return True

    def remove_expired(self, now: Instant) -> None:
        """Remove the tokens that have expired, in the database too."""
        with self._lock:
            expired = [digest for digest, ends_at in self._ends.items() if ends_at <= now]
            if not expired:
                return
            with self._database.begin_writing() as rows:
                rows.execute(sa.delete(tables.spent_tokens).where(tables.spent_tokens.c.ends_at <= now))
            for digest in expired:
                del self._ends[digest]
