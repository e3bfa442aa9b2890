"""The evidence of a finding: each comparison that was true, with its interval, threshold and window.

It is computed for all findings of a rule in a batch at once, by column: the kernel executes one program for all parts
of all comparisons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Protocol

from cartellino.expressions import nodes
from cartellino.expressions.meaning import threshold
from cartellino.expressions.nodes import Aggregate, Node
from cartellino.expressions.show import show
from cartellino.kernel.finding import Evidence
from cartellino.policies.rule import Rule, longest_window
from cartellino.vocabulary.ids import RuleId
from cartellino.vocabulary.times import show_duration
from cartellino.vocabulary.truth import Interval, Truth


@dataclass(frozen=True)
class Subexpression:
    """A node of a rule with its value at a moment: a truth value, an interval, or a text."""

    node: Node
    value: Truth | Interval | str
    depth: int


Values = Callable[[Any], Sequence[Sequence[Any]]]
"""A function of some moments: for each of some expressions, its values at them."""


class Leaves(Protocol):
    """Evaluates expressions at moments."""

    def values(self, parts: Sequence[Node]) -> Values:
        """Return the function that computes some expressions."""


@dataclass(frozen=True)
class _Comparison:
    """A comparison of a rule, with everything about it that is the same for all events."""

    parts: tuple[Node, Node, Node]
    """What has to be true, what is measured, and its limit."""

    written: str
    signal: str
    bound: str
    window: str | None

    def evidence(self, measured: Any, limit: Any) -> Evidence:  # noqa: ANN401 - a truth, an interval or a text
        """Return the evidence for what was measured, and its limit."""
        if not isinstance(measured, Interval):
            return Evidence(self.written, 1, 1, 1, self.window)
        is_exact = isinstance(limit, Interval) and limit.least == limit.most
        bound = _plain(limit.least) if is_exact else self.bound
        return Evidence(self.signal, _plain(measured.least), _plain(measured.most), bound, self.window)


class Witnesses:
    """Evaluates parts of expressions at moments."""

    def __init__(self, leaves: Leaves) -> None:
        """`leaves` evaluates the expressions as the kernel does, so that evidence and finding agree."""
        self._leaves = leaves
        self._compared: dict[RuleId, tuple[list[_Comparison], Values]] = {}
        self._predicated: dict[RuleId, tuple[list[Evidence], Values]] = {}

    def of(self, rule: Rule, moments: Any, count: int) -> list[tuple[Evidence, ...]]:  # noqa: ANN401
        """Return for each of `count` moments the comparisons that were true; if there are none, the predicates."""
        comparisons, values = self._comparisons_of(rule)
        evidence: list[list[Evidence]] = [[] for _ in range(count)]
        columns = iter(values(moments))
        for comparison, holds, measured, limits in zip(comparisons, columns, columns, columns, strict=True):
            for shown, *value, is_true in zip(evidence, measured, limits, holds, strict=True):
                if is_true:
                    shown.append(comparison.evidence(*value))
        if not all(evidence):
            without = [not shown for shown in evidence]
            predicates, values = self._predicates_of(rule)
            for predicate, holds in zip(predicates, values(moments), strict=True):
                for shown, lacks, is_true in zip(evidence, without, holds, strict=True):
                    if lacks and is_true:
                        shown.append(predicate)
        return [*map(tuple, evidence)]

    def subexpressions(self, rule: Rule, moment: Any) -> list[Subexpression]:  # noqa: ANN401
        """Return all nodes of a rule with their values, top down; a named signal is expanded only once."""
        parts = [*_deep(rule.when, 0, set())]
        values = self._leaves.values([node for node, _ in parts])([moment])
        return [Subexpression(node, value, depth) for (node, depth), (value,) in zip(parts, values, strict=True)]

    def _comparisons_of(self, rule: Rule) -> tuple[list[_Comparison], Values]:
        if rule.id not in self._compared:
            comparisons = [_comparison(node) for node in _comparisons(rule.when)]
            parts = [part for comparison in comparisons for part in comparison.parts]
            self._compared[rule.id] = comparisons, self._leaves.values(parts)
        return self._compared[rule.id]

    def _predicates_of(self, rule: Rule) -> tuple[list[Evidence], Values]:
        if rule.id not in self._predicated:
            parts = [*_predicates(rule.when)]
            shown = [Evidence(show(node), 1, 1, 1, None) for node in parts]
            self._predicated[rule.id] = shown, self._leaves.values(parts)
        return self._predicated[rule.id]


def _comparison(node: nodes.Compare) -> _Comparison:
    left, right = (node.left, node.right) if _is_signal(node.left) else (node.right, node.left)
    limit, over = threshold(right) if _is_duration(right) else right, longest_window(left)
    window = show_duration(over) if over else None
    return _Comparison((node, left, limit), show(node), show(left), show(right), window)


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
