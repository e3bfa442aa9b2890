"""Identifiers: what is hashed, how, and what it looks like when shown.

>>> decision_id("main", "a1", "spam/bulk-to-strangers", "sha256:00", "e9", 12)
'd_7ef306b37d8f57bc3c03fed3'
"""

from __future__ import annotations

from hashlib import blake2b, sha256
from typing import NewType

AccountId = NewType("AccountId", str)
"""The operator's own name for an account; never a phone number in the clear."""

RuleId = NewType("RuleId", str)
"""`policy/rule`; stable for life, so that a renamed title keeps its history."""

PolicyVersion = NewType("PolicyVersion", str)
"""`sha256:` and 64 hex digits: the digest of rules, parameters, lists and engine."""

DecisionId = NewType("DecisionId", str)
"""`d_` and 24 hex digits."""

SanctionId = NewType("SanctionId", str)
"""`s_` and 24 hex digits: the sanction that a decision opened."""


def decision_id(service: str, account: str, rule: str, version: str, event: str, sequence: int) -> DecisionId:
    """Name a decision by what caused it, so that deciding again gives the same name.

    `sequence` is the place of the event in the log: two sources may call two events alike.
    """
    cause = _framed(service, account, rule, version, event, str(sequence))
    return DecisionId("d_" + blake2b(cause, digest_size=12).hexdigest())


def sanction_id(decision: DecisionId) -> SanctionId:
    """Name the sanction that `decision` opened."""
    return SanctionId("s_" + decision[2:])


def short_limit_id(decision: DecisionId) -> SanctionId:
    """Name the short limit under which what brakes hold waits for a person."""
    return SanctionId(f"{sanction_id(decision)}h")


def digest(*parts: str) -> str:
    """`sha256:` digest of texts, framed by their lengths so that no two lists of texts collide by joining."""
    return "sha256:" + sha256(_framed(*parts)).hexdigest()


def fraction(salt: str, *parts: str) -> float:
    """A number in [0, 1) that depends on `salt` and `parts` alone: it picks canaries and hold-outs by account."""
    keyed = blake2b(_framed(*parts), digest_size=8, key=salt.encode()[:64])
    return int.from_bytes(keyed.digest(), "big") / 2**64


def _framed(*parts: str) -> bytes:
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
