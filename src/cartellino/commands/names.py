"""Random names and secrets: ids of notices and cases, codes, keys and tokens.

>>> len(notice_code()), len(one_time_code())
(14, 14)
"""

from __future__ import annotations

import secrets
from hashlib import sha256

from cartellino.notices.codes import GROUP, LENGTH, LETTERS


def name(kind: str) -> str:
    """Return a fresh id: `kind`, an underscore and 24 hexadecimal digits (96 bits)."""
    return f"{kind}_{secrets.token_hex(12)}"


def secret(kind: str) -> str:
    """Return a fresh secret of 256 bits; its prefix says what it is for."""
    return f"{kind}_{secrets.token_urlsafe(32)}"


def notice_code() -> str:
    """Return a code that people can type: three groups of four letters, 59 bits."""
    groups = ("".join(secrets.choice(LETTERS) for _ in range(GROUP)) for _ in range(LENGTH // GROUP))
    return "-".join(groups)


def one_time_code() -> str:
    """Return twelve digits in three groups, 40 bits. `commands.one_time_codes` says why so many."""
    return "-".join(f"{secrets.randbelow(10_000):04d}" for _ in range(3))


def fingerprint(text: str) -> str:
    """Return the digest under which a secret is stored. A secret of 256 random bits needs no salt and no slow hash."""
    return sha256(text.encode()).hexdigest()
