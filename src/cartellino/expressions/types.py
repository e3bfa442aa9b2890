"""Type checking: the type of every node, and faults where types do not match.

There are five types: `truth`, `number` (counts, sums and arithmetic), `share` (0 to 1), `duration` and `text`.

>>> faults = Faults()
>>> type_of(nodes.Compare(">", nodes.Age(), nodes.Text("7d")), {}, faults), faults
('truth', [])
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from cartellino.expressions import nodes
from cartellino.expressions.nodes import Node
from cartellino.expressions.show import show
from cartellino.vocabulary.diagnostics import Faults
from cartellino.vocabulary.times import duration

Type = Literal["truth", "number", "share", "duration", "text"]
Columns = Mapping[str, Type]

_NUMERIC = ("number", "share")
_FIXED: dict[type[Node], Type] = {
    nodes.Number: "number",
    nodes.Param: "number",
    nodes.Flag: "truth",
    nodes.Text: "text",
    nodes.Count: "number",
    nodes.Sum: "number",
    nodes.Distinct: "number",
    nodes.Repeat: "number",
    nodes.Unanswered: "number",
    nodes.Share: "share",
    nodes.Age: "duration",
    nodes.Since: "duration",
    nodes.Has: "truth",
    nodes.InList: "truth",
    nodes.Near: "truth",
    nodes.OneOf: "truth",
    nodes.Strikes: "number",
    nodes.Sanctions: "number",
    nodes.Linked: "number",
}


def type_of(node: Node, columns: Columns, faults: Faults) -> Type:
    """Return the type of a node; type errors in it are added to `faults`."""
    match node:
        case nodes.Not(operand):
            return _truth(operand, columns, faults)
        case nodes.And(operands) | nodes.Or(operands):
            for operand in operands:
                _truth(operand, columns, faults)
            return "truth"
        case nodes.Compare():
            return _comparison(node, columns, faults)
        case nodes.Arithmetic(_, left, right):
            _number(left, columns, faults)
            return _number(right, columns, faults)
        case nodes.Minus(operand):
            return _number(operand, columns, faults)
        case nodes.OneOf(operand):
            _expect("text", operand, columns, faults)
            return "truth"
        case nodes.Share(part, whole):
            _number(part, columns, faults)
            _number(whole, columns, faults)
        case nodes.Aggregate(where=nodes.Node() as where):
            _truth(where, columns, faults)
        case nodes.Named(means=means):
            return type_of(means, columns, faults)
        case nodes.First(column=column) | nodes.Last(column=column) | nodes.Column(column) | nodes.Name(column):
            return columns.get(column, "text")
    return _FIXED[type(node)]


def _truth(node: Node, columns: Columns, faults: Faults) -> Type:
    return _expect("truth", node, columns, faults)


def _expect(expected: Type, node: Node, columns: Columns, faults: Faults) -> Type:
    actual = type_of(node, columns, faults)
    if actual != expected:
        hint = "compare it with something, such as `> 10`" if expected == "truth" else ""
        faults.add("type", f"`{show(node)}` is a {actual}, and a {expected} is needed here", node.span, hint)
    return expected


def _number(node: Node, columns: Columns, faults: Faults) -> Type:
    actual = type_of(node, columns, faults)
    if actual not in _NUMERIC:
        faults.add("type", f"`{show(node)}` is a {actual}, and a number is needed here", node.span)
    return "number"


def _comparison(node: nodes.Compare, columns: Columns, faults: Faults) -> Type:
    left, right = type_of(node.left, columns, faults), type_of(node.right, columns, faults)
    if "duration" in (left, right) and "text" in (left, right):
        _duration(node.left if left == "text" else node.right, faults)
    elif left != right and not (left in _NUMERIC and right in _NUMERIC):
        faults.add("type", f"a {left} cannot be compared with a {right}", node.span, _comparison_hint(left, right))
    elif left in ("text", "truth") and node.operator not in ("==", "!="):
        faults.add("type", f"a {left} has no order; `{node.operator}` cannot be used", node.span, "use `==` or `!=`")
    _share(node.left, left, node.right, faults)
    _share(node.right, right, node.left, faults)
    return "truth"


def _comparison_hint(left: Type, right: Type) -> str:
    return 'write the duration in quotes, such as `"24h"`' if "duration" in (left, right) else ""


def _duration(node: Node, faults: Faults) -> None:
    if not isinstance(node, nodes.Text):
        faults.add("type", f"`{show(node)}` is a text, and a duration is needed here", node.span)
        return
    try:
        duration(node.value)
    except ValueError as error:
        faults.add("type", str(error), node.span)


def _share(node: Node, kind: Type, other: Node, faults: Faults) -> None:
    if kind == "share" and isinstance(other, nodes.Number) and other.value > 1:
        faults.add(
            "type",
            f"`{show(node)}` lies between 0 and 1; {show(other)} is never reached",
            other.span,
            "20 % is written `0.2`",
        )
