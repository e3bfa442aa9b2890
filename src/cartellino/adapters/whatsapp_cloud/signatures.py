"""Signatures of webhooks: `X-Hub-Signature-256: sha256=...` over the raw bytes, compared in constant time.

>>> signature = sign(b"{}", "secret")
>>> is_signed(b"{}", signature, "secret"), is_signed(b"{ }", signature, "secret"), is_signed(b"{}", "", "secret")
(True, False, False)
"""

from __future__ import annotations

import hmac
from hashlib import sha256

_PREFIX = "sha256="


def sign(body: bytes, secret: str) -> str:
    """Return the header for a body."""
    return _PREFIX + hmac.new(secret.encode(), body, sha256).hexdigest()


def is_signed(body: bytes, header: str, secret: str) -> bool:
    """Say whether a header signs a body; without a secret nothing is signed."""
    return bool(secret) and hmac.compare_digest(sign(body, secret).encode(), header.strip().encode())


def is_token(given: str, expected: str) -> bool:
    """Say whether a verify token is the one that was agreed; without one, none is."""
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())
