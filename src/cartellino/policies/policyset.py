"""A policy set: all rules, ladders, lists and parameters that decide together, under one digest."""

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
"""Begins every digest, and never changes, so that versions that were given stay. It is no edition of the meaning."""


@dataclass(frozen=True)
class PolicySet:
    """Everything that decides together. `observes` are kinds that the service is declared to send; with
    `complete_history` the log is declared to hold the whole past of every account.
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
        """The digest of rules, ladders, lists and parameters: two sets that decide alike share it."""
        rules = [canonical((rule.id, *_decisive(rule))) for rule in self.rules]
        parts = [canonical(sorted(mapping.items())) for mapping in (self.ladders, self.lists, self.parameters)]
        own = sorted((name, column_type) for name, column_type in self.columns.items() if name.startswith(OWN_PREFIX))
        shared = sorted(f"shared {ladder.name}" for ladder in self.ladders.values() if ladder.shared)
        declared = [repr(sorted(self.observes)), *(["history: complete"] if self.complete_history else [])]
        return PolicyVersion(digest(_FRAME, *rules, *parts, *declared, *map(repr, own), *shared))

    @cached_property
    def shared(self) -> frozenset[str]:
        """The ladders that are climbed by the person, on all accounts that are linked."""
        return frozenset(ladder.name for ladder in self.ladders.values() if ladder.shared)

    def rule_version(self, rule: Rule) -> str:
        """Return the digest of what one rule decides: it stays while other rules change, and while it is rolled out."""
        decisive = _decisive(replace(rule, mode=Mode()))
        ladder = self.ladders.get(rule.ladder or "")
        return digest(_FRAME, canonical((rule.id, *decisive)), canonical(ladder))

    def rule(self, identifier: str) -> Rule | None:
        """Return the rule of that id."""
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
    """A clause in English alone counts as the plain text that it was before there were others: digests stay."""
    return sorted(clause.items()) if clause.keys() - {"en"} else chosen(clause, "en")
