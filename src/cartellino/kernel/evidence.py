"""The evidence of a finding: each comparison that was true, with its interval, threshold and window.

It is computed only when a rule fires, so that it need not be fast.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any, Protocol

from cartellino.expressions import nodes
from cartellino.expressions.meaning import Meaning, threshold
from cartellino.expressions.nodes import Aggregate, Node
from cartellino.expressions.show import show
from cartellino.kernel.finding import Evidence
from cartellino.policies.rule import Rule, longest_window
from cartellino.vocabulary.times import show_duration
from cartellino.vocabulary.truth import Interval, Truth


@dataclass(frozen=True)
class Subexpression:
    """A node of a rule with its value at a moment: a truth value, an interval, or a text."""

    node: Node
    value: Truth | Interval | str
    depth: int


class Meanings(Protocol):
    """Evaluates expressions."""

    def meaning(self, node: Node) -> Meaning:
        """Return the function of a moment that computes an expression."""


@dataclass(frozen=True)
class _Comparison:
    """A comparison of a rule, with everything about it that is the same for all events."""

    holds: Meaning
    measured: Meaning
    limit: Meaning
    written: str
    signal: str
    bound: str
    window: str | None

    def evidence(self, moment: Any) -> Evidence:  # noqa: ANN401 - whatever the meanings take
        """Return the evidence at a moment."""
        measured = self.measured(moment)
        if not isinstance(measured, Interval):
            return Evidence(self.written, 1, 1, 1, self.window)
        limit = self.limit(moment)
        is_one = isinstance(limit, Interval) and limit.least == limit.most
        bound = _plain(limit.least) if is_one else self.bound
        return Evidence(self.signal, _plain(measured.least), _plain(measured.most), bound, self.window)


class Witnesses:
    """Evaluates parts of expressions at a moment."""

    def __init__(self, leaves: Meanings) -> None:
        """`leaves` evaluates the expressions as the kernel does, so that evidence and finding agree."""
        self._leaves = leaves
        self._known: dict[str, tuple[list[_Comparison], list[tuple[Meaning, Evidence]]]] = {}

    def of(self, rule: Rule, moment: Any) -> tuple[Evidence, ...]:  # noqa: ANN401
        """Return the comparisons that were true; if there are none, the predicates that were."""
        if rule.id not in self._known:
            self._known[rule.id] = self._compared(rule), self._predicated(rule)
        comparisons, predicates = self._known[rule.id]
        compared = tuple(comparison.evidence(moment) for comparison in comparisons if comparison.holds(moment) is True)
        return compared or tuple(evidence for holds, evidence in predicates if holds(moment) is True)

    def subexpressions(self, rule: Rule, moment: Any) -> list[Subexpression]:  # noqa: ANN401
        """Return all nodes of a rule with their values, top down; a named signal is expanded only once."""
        return [Subexpression(node, self._value(node, moment), depth) for node, depth in _deep(rule.when, 0, set())]

    def _compared(self, rule: Rule) -> list[_Comparison]:
        return [self._comparison(node) for node in _comparisons(rule.when)]

    def _predicated(self, rule: Rule) -> list[tuple[Meaning, Evidence]]:
        return [(self._leaves.meaning(node), Evidence(show(node), 1, 1, 1, None)) for node in _predicates(rule.when)]

    def _comparison(self, node: nodes.Compare) -> _Comparison:
        left, right = (node.left, node.right) if _is_signal(node.left) else (node.right, node.left)
        over = longest_window(left)
        return _Comparison(
            self._leaves.meaning(node),
            self._leaves.meaning(left),
            self._leaves.meaning(threshold(right) if _is_duration(right) else right),
            show(node),
            show(left),
            show(right),
            show_duration(over) if over else None,
        )

    def _value(self, node: Node, moment: Any) -> Truth | Interval | str:  # noqa: ANN401
        value: Truth | Interval | str = self._leaves.meaning(node)(moment)
        return value


def _is_duration(node: Node) -> bool:
    """Return whether a text can be read as a duration."""
    try:
        threshold(node)
    except ValueError:
        return False
    return True


def _plain(value: float) -> float:
    """Return a whole number as an integer: a count is 61, not 61.0."""
    return int(value) if isfinite(value) and value == int(value) else value


def _comparisons(node: Node) -> Iterator[nodes.Compare]:
    """Yield the comparisons of an expression, except those in filters."""
    if isinstance(node, nodes.Compare):
        yield node
    elif not isinstance(node, Aggregate):
        for child in nodes.children(node):
            yield from _comparisons(child)


def _predicates(node: Node) -> Iterator[Node]:
    if isinstance(node, nodes.Has | nodes.InList | nodes.Near | nodes.OneOf | nodes.Column):
        yield node
    elif not isinstance(node, Aggregate | nodes.Compare):
        for child in nodes.children(node):
            yield from _predicates(child)


def _deep(node: Node, depth: int, opened: set[str]) -> Iterator[tuple[Node, int]]:
    if isinstance(node, nodes.Number | nodes.Text | nodes.Flag):
        return
    yield node, depth
    if isinstance(node, Aggregate) or (isinstance(node, nodes.Named) and node.name in opened):
        return
    if isinstance(node, nodes.Named):
        opened.add(node.name)
    within = nodes.children(node.means) if isinstance(node, nodes.Named) else nodes.children(node)
    for child in within if not _is_counted(node) else ():
        yield from _deep(child, depth + 1, opened)


def _is_counted(node: Node) -> bool:
    return isinstance(node, nodes.Named) and isinstance(node.means, Aggregate)


def _is_signal(node: Node) -> bool:
    return not isinstance(node, nodes.Number | nodes.Text | nodes.Flag | nodes.Param)
