"""What explains a decision to its person for ever: the words of the policy at that time, whatever becomes of them.

A rule can be renamed, reworded or taken away, and a later program may not be able to read its text any more. So every
decision carries the words with which it was made (`wording` of its record); the next step and the evidence are there
already. What may be told of them is decided by whoever tells (`said_to_holder`).

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
"""Kinds of event in which others say something of an account."""


@dataclass(frozen=True)
class Wording:
    """The words behind a decision: code, clause of the terms and reason, in every language that the policy had.

    `discloses` says how much of it the holder sees; `reported` whether the rule looks at what others said of them.
    """

    code: int = 0
    clause: Texts = field(default_factory=dict)
    reason: Texts = field(default_factory=dict)
    discloses: Disclosure = "sealed"
    reported: bool = False

    @property
    def told(self) -> dict[str, str]:
        """The reason as the holder may read it, by language; nothing where it is sealed."""
        return {} if self.discloses == "sealed" else dict(self.reason)

    def said_to_holder(self, language: str) -> str:
        """Return why, as the holder may read it: the reason, or the clause alone."""
        return chosen(self.told, language) or chosen(self.clause, language)

    def record(self) -> dict[str, Any]:
        """Return the words as a decision's record has them; the code stands beside them."""
        return {"clause": dict(self.clause), "reason": dict(self.reason), "discloses": self.discloses,
                "reported": self.reported}  # fmt: skip


UNKNOWN = Wording()
"""Of what was decided before words were kept, where no notice tells them either."""


def wording_of(rule: Rule) -> Wording:
    """Return the words of a rule as it is now."""
    reported = bool(BY_OTHERS & {*kinds(rule.when), *rule.on})
    return Wording(rule.code, dict(rule.clause), dict(rule.reason), rule.discloses, reported)


def wording_in(record: Mapping[str, Any]) -> Wording:
    """Return the words in the record of a decision."""
    words = record.get("wording")
    return Wording(record.get("code", 0)) if words is None else Wording(record["code"], **words)
