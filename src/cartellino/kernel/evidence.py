"""What made a rule true: each comparison with its interval, threshold and window.

It is worked out only when a rule fires, so it may take its time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cartellino.expressions import nodes
from cartellino.expressions.meaning import threshold
from cartellino.expressions.nodes import Aggregate, Node
from cartellino.expressions.show import show
from cartellino.kernel.finding import Evidence
from cartellino.kernel.leaves import Leaves, Moment
from cartellino.policies.rule import Rule, longest_window
from cartellino.vocabulary.times import show_duration
from cartellino.vocabulary.truth import Interval, Truth


@dataclass(frozen=True)
class Subexpression:
    """One node of a rule with its value at a moment: a truth, an interval, or a text."""

    node: Node
    value: Truth | Interval | str
    depth: int


class Witnesses:
    """Evaluates parts of expressions at a moment."""

    def __init__(self, leaves: Leaves) -> None:
        """Share the kernel's own meanings, so that what is told is what was judged."""
        self._leaves = leaves

    def of(self, rule: Rule, moment: Moment) -> tuple[Evidence, ...]:
        """Return the comparisons that were true; predicates stand in when there are none."""
        found = [self._evidence(one, moment) for one in _comparisons(rule.when) if self._value(one, moment) is True]
        return tuple(found) or tuple(
            Evidence(show(one), 1, 1, 1, None) for one in _predicates(rule.when) if self._value(one, moment) is True
        )

    def subexpressions(self, rule: Rule, moment: Moment) -> list[Subexpression]:
        """Return every node of the rule with its value, from the top down; a named signal is opened only once."""
        return [Subexpression(node, self._value(node, moment), depth) for node, depth in _deep(rule.when, 0, set())]

    def _evidence(self, node: nodes.Compare, moment: Moment) -> Evidence:
        left, right = (node.left, node.right) if _is_signal(node.left) else (node.right, node.left)
        measured = self._value(left, moment)
        over = longest_window(left)
        window = show_duration(over) if over else None
        if not isinstance(measured, Interval):
            return Evidence(show(node), 1, 1, 1, window)
        limit = self._value(threshold(right), moment)
        bound = limit.least if isinstance(limit, Interval) and limit.least == limit.most else show(right)
        return Evidence(show(left), measured.least, measured.most, bound, window)

    def _value(self, node: Node, moment: Moment) -> Truth | Interval | str:
        value: Truth | Interval | str = self._leaves.meaning(node)(moment)
        return value


def _comparisons(node: Node) -> Iterator[nodes.Compare]:
    """Yield the comparisons of an expression, those inside filters left out."""
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
