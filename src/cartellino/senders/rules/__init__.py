"""The rules by which a message is judged before it is sent, in the order in which a refusal names them."""

from __future__ import annotations

from cartellino.senders.judging import Rule
from cartellino.senders.rules import accounts, ai, consent, pace, people, templates

RULES: tuple[Rule, ...] = (*accounts.RULES, *ai.RULES, *consent.RULES, *templates.RULES, *people.RULES, *pace.RULES)
"""All rules."""

BY_NAME = {rule.name: rule for rule in RULES}

STORE, UNREADABLE = "store", "unreadable"
OF_THE_GATEWAY = {
    STORE: "while nothing can be written down, only replies, codes and orders go out",
    UNREADABLE: "a call in which a send could hide, or that cannot be read, is not passed on",
}
"""Names that have a mode like a rule and judge no message, with what they are about."""
