"""What an expression reads: a column of the event, or a look-up in a list."""

from __future__ import annotations

from cartellino.expressions import nodes
from cartellino.expressions.nodes import Node


def uses(node: Node, column: str) -> bool:
    """Return whether an expression reads a column of the event that is judged or counted."""
    return any(_looks_at(part, column) for part in nodes.walk(node))


def _looks_at(node: Node, column: str) -> bool:
    match node:
        case nodes.Column(name) | nodes.Has(name) | nodes.First(_, name) | nodes.Last(_, name):
            return name == column
        case _:
            return False


def asks_list(node: Node, name: str) -> bool:
    """Return whether an expression looks something up in a list (see `plan.Plan.wanted` for `name`)."""
    for part in nodes.walk(node):
        match part:
            case nodes.InList(column, entries) if f"{column} {entries}" == name:
                return True
            case nodes.Near(column, entries, bits) if f"{column} {entries} {bits}" == name:
                return True
    return False
