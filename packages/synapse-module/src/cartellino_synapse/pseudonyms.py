"""Keyed pseudonyms: what leaves the homeserver instead of user ids, rooms, devices and addresses.

A user id can be guessed, so that a hash without a key would hide nothing. `adapters/matrix/pseudonyms.py` of Cartellino
computes the same, since whoever suspends accounts has to recognise them; a test compares both.

>>> names = Pseudonyms(b"0123456789abcdef0123456789abcdef")
>>> names.account("@ann:example.org") == names.account("@ann:example.org") != names.account("@bob:example.org")
True
"""

from __future__ import annotations

import hmac
from functools import lru_cache
from hashlib import sha256

_LENGTH = 32
"""Hex digits of a pseudonym: 128 bits, so that two never meet by chance."""


class Pseudonyms:
    """Names things by pseudonyms, always the same ones under the same secret."""

    def __init__(self, secret: bytes) -> None:
        """`secret` has at least 32 bytes."""
        self._secret = secret
        self._hash = lru_cache(maxsize=100_000)(self._hashed)

    def account(self, user_id: str) -> str:
        """Return the pseudonym of an account."""
        return "m_" + self._hash("account", user_id)

    def room(self, room_id: str) -> str:
        """Return the pseudonym of a room."""
        return "r_" + self._hash("room", room_id)

    def device(self, user_id: str, device_id: str) -> str:
        """Return the pseudonym of a device, whose id is unique within its account."""
        return "d_" + self._hash("device", f"{user_id} {device_id}")

    def address(self, address: str) -> str:
        """Return the pseudonym of a network address."""
        return "a_" + self._hash("address", address)

    def _hashed(self, kind: str, text: str) -> str:
        return hmac.new(self._secret, f"{kind}\0{text}".encode(), sha256).hexdigest()[:_LENGTH]
