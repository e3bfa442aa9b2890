"""Whom a rule reaches: in shadow nobody, in a canary a share of the accounts, and never those that are held out.

An account is drawn by a keyed hash of itself and the rule, so the same accounts are reached in every run.
"""

from __future__ import annotations

from cartellino.policies.rule import Rule
from cartellino.vocabulary.ids import fraction


def out_of_reach(rule: Rule, salt: str, service: str, account: str) -> str:
    """Say why a rule does not reach an account; empty when it does."""
    if rule.mode.kind == "shadow":
        return "the rule is in shadow"
    if rule.mode.kind == "live" and not rule.mode.hold_out:
        return ""
    position = fraction(salt, rule.id, service, account)
    if position >= 1 - rule.mode.hold_out:
        return "held out"
    return "" if rule.mode.kind == "live" or position < rule.mode.share else "outside the canary"
