"""The texts that explain a decision, as the policy had them when it was made.

A rule may be renamed, reworded or removed, and a later version of the program may be unable to read its text. Every
decision therefore contains its texts (`wording` in its record), beside the next step and the evidence. How much of them
a holder sees is decided when they are shown (`said_to_holder`).

>>> wording = Wording(101, {"en": "Terms 4.2"}, {"en": "Too many.", "it": "Troppi."}, "general")
>>> wording.said_to_holder("it"), wording.said_to_holder("id")
('Troppi.', 'Too many.')
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cartellino.policies.rule import Disclosure, Rule, kinds
from cartellino.vocabulary.languages import Texts, chosen

BY_OTHERS = frozenset({"reported", "blocked"})
"""Kinds of event in which others complain about an account."""


@dataclass(frozen=True)
class Wording:
    """The texts of a decision: code, clause of the terms and reason, in all languages of the policy.

    `discloses` is how much of them the holder sees; `reported` is whether the rule depends on what others reported.
    """

    code: int = 0
    clause: Texts = field(default_factory=dict)
    reason: Texts = field(default_factory=dict)
    discloses: Disclosure = "sealed"
    reported: bool = False

    @property
    def told(self) -> dict[str, str]:
        """The reason that the holder may see, by language; empty if it is sealed."""
        return {} if self.discloses == "sealed" else dict(self.reason)

    def said_to_holder(self, language: str) -> str:
        """Return the reason in a language; the clause if the reason is sealed or missing."""
        return chosen(self.told, language) or chosen(self.clause, language)

    def record(self) -> dict[str, Any]:
        """Return the texts as the record of a decision has them; the code is a field of the record itself."""
        return {"clause": dict(self.clause), "reason": dict(self.reason), "discloses": self.discloses,
                "reported": self.reported}  # fmt: skip


UNKNOWN = Wording()
"""The wording of old decisions, whose texts were not stored."""


def wording_of(rule: Rule) -> Wording:
    """Return the texts of a rule."""
    reported = bool(BY_OTHERS & {*kinds(rule.when), *rule.on})
    return Wording(rule.code, dict(rule.clause), dict(rule.reason), rule.discloses, reported)


def wording_in(record: Mapping[str, Any]) -> Wording:
    """Return the texts in the record of a decision."""
    words = record.get("wording")
    return Wording(record.get("code", 0)) if words is None else Wording(record["code"], **words)
