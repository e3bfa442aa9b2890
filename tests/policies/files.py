"""Policy files as text, for tests that change one thing."""

from __future__ import annotations

from cartellino.policies.load import Text, load
from cartellino.policies.policyset import PolicySet
from cartellino.vocabulary.diagnostics import Diagnostic
from cartellino.vocabulary.refusals import BadPolicy

GOOD = """\
policy: spam
title: Spam
clause: "Terms 4.2"
observes: [reply_received]
columns: {x_score: number}
parameters: {strangers: 50}
signals:
  strangers_24h: distinct(message_sent.peer, where=not known, over="24h")
rules:
  bulk:
    title: Bulk
    when: strangers_24h > param("strangers", 100) and not in_list(text, "terms")
    given: strikes("soft") < param("most", 3)
    unless: age(account) > "90d"
    on: [message_sent]
    code: 101
    ladder: soft
    mode: {canary: 5%, hold_out: 1%}
    cooldown: 2d
    from: 2026-01-15
    until: 2027-01-15T12:00:00Z
    regions: [IT]
    except_regions: [DE]
    discloses: full
    reason: {en: too many strangers, it: troppi sconosciuti}
    false_friends: [a wedding]
    examples:
      fires: [{name: many, events: [{kind: message_sent, repeat: 51}]}]
      stays_silent: [{name: few, events: [{kind: message_sent}]}, {name: none, events: []}]
ladders:
  soft: [warning, {restriction: [new_chats], for: 24h}, {suspension: 48h}, ban]
lists:
  terms: {match: words, entries: [casino, crypto]}
"""


def loaded(content: str = GOOD, **parameters: float) -> PolicySet:
    return load([Text("p.yaml", content)], parameters)


def changed(*pairs: tuple[str, str], content: str = GOOD) -> str:
    """`content` with texts exchanged, each of which must be there."""
    for old, new in pairs:
        assert old in content, old
        content = content.replace(old, new)
    return content


def faults(content: str, **parameters: float) -> list[Diagnostic]:
    """The faults of a file; none if it is good."""
    try:
        loaded(content, **parameters)
    except BadPolicy as refusal:
        return list(refusal.faults)
    return []
