"""Holders' tokens that were invalidated before they expire: links that were used, and visits that were signed out.

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

LATEST: Instant = 1 << 53
"""The latest time of expiry that is stored; a token that the messenger signs may name any."""


class Spent:
    """Remembers spent tokens."""

    def __init__(self, database: Database) -> None:
        """Start empty; `database` stores the tokens."""
        self._database = database
        self._ends: dict[str, Instant] = {}
        self._lock = Lock()

    def load(self) -> None:
        """Load the tokens of earlier runs."""
        with self._database.begin() as rows:
            self._ends = {row.digest: row.ends_at for row in rows.execute(sa.select(tables.spent_tokens))}

    def has(self, token: str) -> bool:
        """Say whether a token was spent."""
        return fingerprint(token) in self._ends

    def spend(self, token: str, ends_at: Instant) -> bool:
        """Spend a token, durably; false when it was spent before."""
        digest, ends_at = fingerprint(token), min(ends_at, LATEST)
        with self._lock:
            if digest in self._ends:
                return False
            with self._database.begin_writing() as rows:
                add_new(rows, tables.spent_tokens, [{"digest": digest, "ends_at": ends_at}])
            self._ends[digest] = ends_at
            return True

    def forget(self, now: Instant) -> None:
        """Forget the tokens that have expired."""
        with self._lock:
            over = [digest for digest, ends_at in self._ends.items() if ends_at <= now]
            if not over:
                return
            with self._database.begin_writing() as rows:
                rows.execute(sa.delete(tables.spent_tokens).where(tables.spent_tokens.c.ends_at <= now))
            for digest in over:
                del self._ends[digest]
