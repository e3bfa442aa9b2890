"""The pseudonyms under which the module in Synapse tells of accounts, computed again here to recognise them.

>>> Pseudonyms(b"0123456789abcdef0123456789abcdef").account("@ann:example.org")
'm_d0a20f6f9f399f4352e1a81582a197ef'
"""

from __future__ import annotations

import hmac
from functools import lru_cache
from hashlib import sha256

from cartellino.vocabulary.refusals import BadArgument

SHORTEST = 32
"""Fewest bytes of the secret."""

_LENGTH = 32


class Pseudonyms:
    """Names accounts by pseudonyms, always the same ones under the same secret."""

    def __init__(self, secret: bytes) -> None:
        """`secret` is that of the module.

        Raises `BadArgument` if it is too short.
        """
        if len(secret) < SHORTEST:
            raise BadArgument(f"the secret of the pseudonyms has fewer than {SHORTEST} bytes; `openssl rand -hex 32`")
        self._secret = secret
        self._hash = lru_cache(maxsize=100_000)(self._hashed)

    def account(self, user_id: str) -> str:
        """Return the pseudonym of an account, such as `@ann:example.org`."""
        return "m_" + self._hash("account", user_id)

    def room(self, room_id: str) -> str:
        """Return the pseudonym of a room."""
        return "r_" + self._hash("room", room_id)

    def _hashed(self, kind: str, text: str) -> str:
        return hmac.new(self._secret, f"{kind}\0{text}".encode(), sha256).hexdigest()[:_LENGTH]
