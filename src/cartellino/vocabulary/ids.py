"""Identifiers: their form, and how they are derived by hashing.

>>> decision_id("main", "a1", "spam/bulk-to-strangers", "sha256:00", "e9", 12)
'd_7ef306b37d8f57bc3c03fed3'
"""

from __future__ import annotations

from hashlib import blake2b, sha256
from typing import NewType

AccountId = NewType("AccountId", str)
"""The operator's own name for an account; never a phone number in the clear."""

RuleId = NewType("RuleId", str)
"""`policy/rule`. It never changes, so that a rule keeps its history when its title changes."""

PolicyVersion = NewType("PolicyVersion", str)
"""`sha256:` and 64 hex digits: the digest of rules, parameters, lists and engine."""

DecisionId = NewType("DecisionId", str)
"""`d_` and 24 hex digits."""

SanctionId = NewType("SanctionId", str)
"""`s_` and 24 hex digits: the sanction that a decision opened."""


def decision_id(service: str, account: str, rule: str, version: str, event: str, sequence: int) -> DecisionId:
    """Return the id of a decision, derived from its cause, so that a replay yields the same id.

    `sequence` is the number of the event in the log, since two sources may use the same event id.
    """
    cause = _framed(service, account, rule, version, event, str(sequence))
    return DecisionId("d_" + blake2b(cause, digest_size=12).hexdigest())


def sanction_id(decision: DecisionId) -> SanctionId:
    """Return the id of the sanction that a decision opened."""
    return SanctionId("s_" + decision[2:])


def short_limit_id(decision: DecisionId) -> SanctionId:
    """Return the id of the short limit that applies while a decision held by a brake waits for a person."""
    return SanctionId(f"{sanction_id(decision)}h")


def digest(*parts: str) -> str:
    """Return the `sha256:` digest of a list of texts, each preceded by its length, so that different lists differ."""
    return "sha256:" + sha256(_framed(*parts)).hexdigest()


def fraction(salt: str, *parts: str) -> float:
    """Return a number in [0, 1) that depends only on the arguments; it selects accounts for canaries and hold-outs."""
    keyed = blake2b(_framed(*parts), digest_size=8, key=salt.encode()[:64])
    return int.from_bytes(keyed.digest(), "big") / 2**64


def _framed(*parts: str) -> bytes:
    return b"".join([len(part).to_bytes(4, "big") + part for part in map(str.encode, parts)])
