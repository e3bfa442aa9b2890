"""Names and secrets that nobody can guess: of notices, cases, keys and tokens.

>>> is_code(notice_code()), is_code("ABCD-EFGH")
(True, False)
"""

from __future__ import annotations

import re
import secrets
from hashlib import sha256

_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without those that look alike."""


def name(kind: str) -> str:
    """Return a fresh name: `c_` and 24 hex digits."""
    return f"{kind}_{secrets.token_hex(12)}"


def secret(kind: str) -> str:
    """Return a fresh secret; its beginning says what it opens."""
    return f"{kind}_{secrets.token_urlsafe(32)}"


def notice_code() -> str:
    """Return a code that people can type: three groups of four letters, 59 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


def one_time_code() -> str:
    """Return twelve digits in three groups, 40 bits; why so many: see `service.proofs`."""
    return "-".join(f"{secrets.randbelow(10_000):04d}" for _ in range(3))


def is_code(text: str) -> bool:
    """Say whether a text has the form of a notice's code."""
    return re.fullmatch(f"([{_LETTERS}]{{4}}-){{2}}[{_LETTERS}]{{4}}", text) is not None


def codes_in(text: str) -> list[str]:
    """Return what in a text has the form of a notice's code."""
    return re.findall(f"(?:[{_LETTERS}]{{4}}-){{2}}[{_LETTERS}]{{4}}", text.upper()[:50_000])


def fingerprint(text: str) -> str:
    """Return the digest under which a secret is kept; one of 256 random bits needs no salt and no slow hash."""
    return sha256(text.encode()).hexdigest()
