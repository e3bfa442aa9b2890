"""Which accounts a rule acts on: none in shadow, a share of them in a canary, and never those that are held out.

An account is drawn by a keyed hash of its name and the rule, so that every run draws the same accounts.
"""

from __future__ import annotations

from cartellino.policies.rule import Rule
from cartellino.vocabulary.ids import fraction


def out_of_reach(rule: Rule, salt: str, service: str, account: str) -> str:
    """Return why a rule does not act on an account; empty if it does."""
    if rule.mode.kind == "shadow":
        return "the rule is in shadow"
    if rule.mode.kind == "live" and not rule.mode.hold_out:
        return ""
    position = fraction(salt, rule.id, service, account)
    if position >= 1 - rule.mode.hold_out:
        return "held out"
    return "" if rule.mode.kind == "live" or position < rule.mode.share else "outside the canary"
