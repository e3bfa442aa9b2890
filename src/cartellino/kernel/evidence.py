"""The evidence of a finding: each comparison that was true, with its interval, threshold and window.

It is computed for all findings of a rule in a batch at once.
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
from cartellino.vocabulary.times import show_duration
from cartellino.vocabulary.truth import Interval, Truth


@dataclass(frozen=True)
class Subexpression:
    """A node of a rule with its value at a moment: a truth value, an interval, or a text."""

    node: Node
    value: Truth | Interval | str
    depth: int


Values = Callable[[Any], Sequence[Any]]
"""A function of some moments: the values of an expression at each of them."""


class Leaves(Protocol):
    """Evaluates expressions at moments."""

    def values(self, node: Node) -> Values:
        """Return the function that computes an expression."""


@dataclass(frozen=True)
class _Comparison:
    """A comparison of a rule, with everything about it that is the same for all events."""

    holds: Values
    measured: Values
    limit: Values
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
        self._known: dict[str, tuple[list[_Comparison], list[tuple[Values, Evidence]]]] = {}

    def of(self, rule: Rule, moments: Any, count: int) -> list[tuple[Evidence, ...]]:  # noqa: ANN401
        """Return for each of `count` moments the comparisons that were true; if there are none, the predicates."""
        if rule.id not in self._known:
            self._known[rule.id] = self._compared(rule), self._predicated(rule)
        comparisons, predicates = self._known[rule.id]
        found: list[list[Evidence]] = [[] for _ in range(count)]
        for comparison in comparisons:
            measured, limits = comparison.measured(moments), comparison.limit(moments)
            for evidence, *values, holds in zip(found, measured, limits, comparison.holds(moments), strict=True):
                if holds is True:
                    evidence.append(comparison.evidence(*values))
        if not all(found):
            without = [not evidence for evidence in found]
            for holds_at, predicate in predicates:
                for evidence, lacks, holds in zip(found, without, holds_at(moments), strict=True):
                    if lacks and holds is True:
                        evidence.append(predicate)
        return [tuple(evidence) for evidence in found]

    def subexpressions(self, rule: Rule, moment: Any) -> list[Subexpression]:  # noqa: ANN401
        """Return all nodes of a rule with their values, top down; a named signal is expanded only once."""
        return [
            Subexpression(node, self._leaves.values(node)([moment])[0], depth)
            for node, depth in _deep(rule.when, 0, set())
        ]

    def _compared(self, rule: Rule) -> list[_Comparison]:
        return [self._comparison(node) for node in _comparisons(rule.when)]

    def _predicated(self, rule: Rule) -> list[tuple[Values, Evidence]]:
        return [(self._leaves.values(node), Evidence(show(node), 1, 1, 1, None)) for node in _predicates(rule.when)]

    def _comparison(self, node: nodes.Compare) -> _Comparison:
        left, right = (node.left, node.right) if _is_signal(node.left) else (node.right, node.left)
        over = longest_window(left)
        return _Comparison(
            self._leaves.values(node),
            self._leaves.values(left),
            self._leaves.values(threshold(right) if _is_duration(right) else right),
            show(node),
            show(left),
            show(right),
            show_duration(over) if over else None,
        )


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
