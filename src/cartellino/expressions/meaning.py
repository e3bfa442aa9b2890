"""The meaning of logic, comparison and arithmetic, independent of the leaves.

`lower` turns a node into a function of a moment. Numbers and durations are intervals, truth has three values, and an
unknown text is `None`. The kernel supplies leaves that read signals, enforcement leaves that read the standing of an
account, so that an expression means the same in `when`, `where` and `given`.

>>> def leaf(node):
...     return lambda counts: exactly(counts[node.kind])
>>> many = lower(nodes.Compare(">", nodes.Count("read"), nodes.Number(2)), {}, leaf)
>>> many({"read": 3}), many({"read": 2})
(True, False)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from cartellino.expressions import nodes
from cartellino.expressions.nodes import Node
from cartellino.expressions.types import Columns, type_of
from cartellino.vocabulary import truth
from cartellino.vocabulary.diagnostics import Faults
from cartellino.vocabulary.times import duration
from cartellino.vocabulary.truth import Interval, Truth, exactly

Moment = TypeVar("Moment")
Meaning = Callable[[Any], Any]
"""A function of a moment that returns an `Interval`, a `Truth`, or a text (`None` if unknown)."""

_ARITHMETIC = {"+": truth.plus, "-": truth.minus, "*": truth.times, "/": truth.over}


def lower(node: Node, columns: Columns, leaf: Callable[[Node], Meaning]) -> Meaning:
    """Return the function that computes a node; `leaf` returns those of signals, columns and standing."""

    def below(child: Node) -> Meaning:
        return lower(child, columns, leaf)

    match node:
        case nodes.Named(means=means):
            return below(means)
        case nodes.Number(value) | nodes.Param(default=value):
            return _constant(exactly(value))
        case nodes.Flag(value) | nodes.Text(value):
            return _constant(value)
        case nodes.Not(operand):
            return _not(below(operand))
        case nodes.And(operands):
            return _all([below(operand) for operand in operands])
        case nodes.Or(operands):
            return _any([below(operand) for operand in operands])
        case nodes.Compare():
            return _compare(node, columns, below)
        case nodes.OneOf(operand, values):
            return _member(below(operand), frozenset(values))
        case nodes.Arithmetic(operator, left, right):
            return _compute(_ARITHMETIC[operator], below(left), below(right))
        case nodes.Minus(operand):
            return _compute(truth.minus, _constant(truth.ZERO), below(operand))
        case nodes.Share(part, whole, least):
            return _share(below(part), below(whole), least)
        case _:
            return leaf(node)


def threshold(node: Node) -> Node:
    """Return a text that is compared with a duration as a number of ms, and any other node unchanged."""
    return nodes.Number(duration(node.value)) if isinstance(node, nodes.Text) else node


def _constant(value: object) -> Meaning:
    return lambda _: value


def _not(operand: Meaning) -> Meaning:
    return lambda moment: truth.negation(operand(moment))


def _all(operands: list[Meaning]) -> Meaning:
    def every(moment: Moment) -> Truth:
        result: Truth = True
        for operand in operands:
            value = operand(moment)
            if value is False:
                return False
            result = None if value is None else result
        return result

    return every


def _any(operands: list[Meaning]) -> Meaning:
    def some(moment: Moment) -> Truth:
        result: Truth = False
        for operand in operands:
            value = operand(moment)
            if value:
                return True
            result = None if value is None else result
        return result

    return some


def _compare(node: nodes.Compare, columns: Columns, below: Callable[[Node], Meaning]) -> Meaning:
    types = {type_of(node.left, columns, Faults()), type_of(node.right, columns, Faults())}
    if types <= {"text"} or types <= {"truth"}:
        return _same(below(node.left), below(node.right), node.operator == "!=")
    left, right = below(threshold(node.left)), below(threshold(node.right))
    match node.operator:
        case ">":
            return lambda moment: truth.greater(left(moment), right(moment))
        case "<":
            return lambda moment: truth.greater(right(moment), left(moment))
        case ">=":
            return lambda moment: truth.at_least(left(moment), right(moment))
        case "<=":
            return lambda moment: truth.at_least(right(moment), left(moment))
        case "==":
            return lambda moment: truth.equal(left(moment), right(moment))
        case "!=":
            return lambda moment: truth.negation(truth.equal(left(moment), right(moment)))


def _same(left: Meaning, right: Meaning, negated: bool) -> Meaning:
    def same(moment: Moment) -> Truth:
        first, second = left(moment), right(moment)
        if first is None or second is None:
            return None
        return (first == second) is not negated

    return same


def _member(operand: Meaning, values: frozenset[str]) -> Meaning:
    def member(moment: Moment) -> Truth:
        value = operand(moment)
        return None if value is None else value in values

    return member


def _compute(operation: Callable[[Interval, Interval], Interval], left: Meaning, right: Meaning) -> Meaning:
    return lambda moment: operation(left(moment), right(moment))


def _share(part: Meaning, whole: Meaning, least: float) -> Meaning:
    def share(moment: Moment) -> Interval:
        total = whole(moment)
        if total.least < max(least, 1):
            return Interval(0, 1)
        return truth.share(part(moment), total)

    return share
