"""Pseudonyms of people and fingerprints of contents, keyed by the secret of the installation.

A phone number is eleven digits, so that a hash without a key hides nothing.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

from cartellino.senders.facts import Names

_SIZE = 12


class Pseudonyms:
    """Names people by pseudonyms, always the same ones under the same key."""

    def __init__(self, key: bytes) -> None:
        """`key` is the secret of the installation, of at most 64 bytes."""
        self._key = blake2b(key, person=b"senders-names", digest_size=32).digest()
        self._hash = lru_cache(maxsize=65_536)(self._hashed)

    def of(self, *, digits: str | None = None, user_id: str | None = None) -> Names:
        """Return the pseudonyms of a person by their phone number (E.164 digits) and their business-scoped user id."""
        names = [f"u:{self._hash('u', user_id)}"] if user_id else []
        return (*names, *([f"p:{self._hash('p', digits)}"] if digits else []))

    def content(self, said: bytes) -> str:
        """Return the fingerprint of what a template says."""
        return blake2b(said, key=self._key, person=b"content", digest_size=_SIZE).hexdigest()

    def _hashed(self, kind: str, text: str) -> str:
        return blake2b(f"{kind}{text}".encode(), key=self._key, digest_size=_SIZE).hexdigest()
