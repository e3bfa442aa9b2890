"""A policy set: all rules, ladders, lists and parameters that are in force together, identified by a digest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from cartellino.events.columns import OWN_PREFIX
from cartellino.expressions.types import Type
from cartellino.policies.canonical import canonical
from cartellino.policies.ladder import Ladder
from cartellino.policies.lists import TermList
from cartellino.policies.rule import Mode, Rule
from cartellino.signals.derived import column_types
from cartellino.vocabulary.ids import PolicyVersion, digest
from cartellino.vocabulary.languages import Texts, chosen

_FRAME = "meaning/2"
"""The beginning of the digested text. It never changes, so that versions stay valid; it is not the edition."""


@dataclass(frozen=True)
class PolicySet:
    """All rules, ladders, lists and parameters that are in force together.

    `observes` are the kinds of event that the service is declared to send; `complete_history` declares that the log has
    the complete history of every account.
    """

    rules: tuple[Rule, ...]
    ladders: Mapping[str, Ladder] = field(default_factory=dict)
    lists: Mapping[str, TermList] = field(default_factory=dict)
    observes: frozenset[str] = frozenset()
    columns: Mapping[str, Type] = field(default_factory=column_types)
    parameters: Mapping[str, float] = field(default_factory=dict)
    complete_history: bool = False

    @cached_property
    def version(self) -> PolicyVersion:
        """The digest of everything that affects decisions; sets with equal digests decide alike."""
        rules = [canonical((rule.id, *_decisive(rule))) for rule in self.rules]
        parts = [canonical(sorted(mapping.items())) for mapping in (self.ladders, self.lists, self.parameters)]
        own = sorted((name, column_type) for name, column_type in self.columns.items() if name.startswith(OWN_PREFIX))
        shared = sorted(f"shared {ladder.name}" for ladder in self.ladders.values() if ladder.shared)
        declared = [repr(sorted(self.observes)), *(["history: complete"] if self.complete_history else [])]
        return PolicyVersion(digest(_FRAME, *rules, *parts, *declared, *map(repr, own), *shared))

    @cached_property
    def shared(self) -> frozenset[str]:
        """The names of the ladders that count the strikes of all linked accounts together."""
        return frozenset(ladder.name for ladder in self.ladders.values() if ladder.shared)

    def rule_version(self, rule: Rule) -> str:
        """Return the digest of everything in one rule that affects decisions, except its mode: rolling a rule out, or
        changing others, does not change its version."""
        decisive = _decisive(replace(rule, mode=Mode()))
        ladder = self.ladders.get(rule.ladder or "")
        return digest(_FRAME, canonical((rule.id, *decisive)), canonical(ladder))

    def rule(self, identifier: str) -> Rule | None:
        """Return the rule with an id, `None` if there is none."""
        return self._by_id.get(identifier)

    @cached_property
    def _by_id(self) -> dict[str, Rule]:
        return {str(rule.id): rule for rule in self.rules}


def _decisive(rule: Rule) -> tuple[object, ...]:
    expanded = (
        canonical(rule.when),
        canonical(rule.given),
        sorted(rule.on),
        rule.code,
        rule.ladder,
        rule.rung,
        rule.action,
        rule.grave,
    )
    reach = rule.mode, rule.cooldown, rule.starts, rule.ends, sorted(rule.regions), sorted(rule.except_regions)
    words = _written(rule.clause), rule.discloses, sorted(rule.reason.items())
    return (*expanded, *reach, *words)


def _written(clause: Texts) -> object:
    """Return a clause for the digest.

    One in English alone is plain text, as it was before there were other languages, so that older digests stay valid.
    """
    return sorted(clause.items()) if clause.keys() - {"en"} else chosen(clause, "en")
