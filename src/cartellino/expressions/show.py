"""Writes nodes as text, in one canonical form. For every node, `parse(show(node)) == node`.

>>> show(nodes.Not(nodes.And((nodes.Name("known"), nodes.Compare("<", nodes.Age(), nodes.Text("7d"))))))
'not (known and age(account) < "7d")'
"""

from __future__ import annotations

import json

from cartellino.expressions import nodes
from cartellino.expressions.functions import AGGREGATES
from cartellino.expressions.nodes import Node
from cartellino.vocabulary.times import Duration, show_duration

_BINDING: dict[type[Node], int] = {
    nodes.Or: 1,
    nodes.And: 2,
    nodes.Not: 3,
    nodes.Compare: 4,
    nodes.OneOf: 4,
    nodes.Minus: 7,
}
_ATOM = 9
_FUNCTION = {node: name for name, node in AGGREGATES.items()}


def show(node: Node) -> str:
    """Return a node as text, with as few brackets as possible."""
    match node:
        case nodes.Number(value):
            return repr(int(value)) if value == int(value) else repr(value)
        case nodes.Text(value):
            return _quoted(value)
        case nodes.Flag(value):
            return "true" if value else "false"
        case nodes.Name(name) | nodes.Column(name) | nodes.Named(name):
            return name
        case nodes.And(operands):
            return " and ".join(_inside(operand, 3) for operand in operands)
        case nodes.Or(operands):
            return " or ".join(_inside(operand, 2) for operand in operands)
        case nodes.Not(operand):
            return f"not {_inside(operand, 3)}"
        case nodes.Minus(operand):
            return f"-{_inside(operand, 7)}"
        case nodes.Compare(operator, left, right):
            return f"{_inside(left, 5)} {operator} {_inside(right, 5)}"
        case nodes.OneOf(operand, values):
            written = ", ".join(_quoted(value) for value in values)
            return f"{_inside(operand, 5)} in ({written}{',' * (len(values) == 1)})"
        case nodes.Arithmetic(operator, left, right):
            own = _binding(node)
            return f"{_inside(left, own)} {operator} {_inside(right, own + 1)}"
        case _:
            return _call(node)


def _call(node: Node) -> str:
    match node:
        case nodes.Aggregate():
            return _aggregate(node)
        case nodes.Share(part, whole, least):
            return f"share({show(part)}, of={show(whole)}, at_least={show(nodes.Number(least))})"
        case nodes.Age():
            return "age(account)"
        case nodes.Since(kind):
            return f"since({kind})"
        case nodes.First(kind, column) | nodes.Last(kind, column):
            return f"{type(node).__name__.lower()}({kind}.{column})"
        case nodes.Has(column):
            return f"has({column})"
        case nodes.InList(column, entries):
            return f"in_list({column}, {_quoted(entries)})"
        case nodes.Near(column, entries, bits):
            return f"near({column}, {_quoted(entries)}, bits={bits})"
        case nodes.Param(name, default):
            return f"param({_quoted(name)}, {show(nodes.Number(default))})"
        case nodes.Strikes(chosen, over) | nodes.Sanctions(chosen, over):
            return f"{type(node).__name__.lower()}({', '.join(_standing(chosen, over))})"
        case nodes.Linked(by, kind, grave):
            return f"linked({by}, {_quoted(kind)}{', grave=true' * grave})"
        case _:
            raise TypeError(f"no way to write a {type(node).__name__}")


def _aggregate(node: nodes.Aggregate) -> str:
    shown = [f"{node.kind}.{node.column}" if node.column else node.kind]
    if node.where is not None:
        shown.append(f"where={show(node.where)}")
    if node.over is not None:
        shown.append(f'over="{show_duration(node.over)}"')
    if node.by != "account":
        shown.append(f"by={node.by}")
    return f"{_FUNCTION[type(node)]}({', '.join(shown)})"


def _standing(chosen: str | None, over: Duration | None) -> list[str]:
    shown = [_quoted(chosen)] if chosen else []
    return [*shown, f'over="{show_duration(over)}"'] if over is not None else shown


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _binding(node: Node) -> int:
    if isinstance(node, nodes.Arithmetic):
        return 5 if node.operator in "+-" else 6
    return _BINDING.get(type(node), _ATOM)


def _inside(node: Node, least: int) -> str:
    """Return an operand as text, in brackets if it binds less strongly than `least`."""
    return show(node) if _binding(node) >= least else f"({show(node)})"
