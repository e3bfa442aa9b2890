"""Resolves names: a bare word is a signal of the same file or a column; a parameter gets its value.

>>> from cartellino.expressions.parse import parse_text
>>> resolve(parse_text("known"), {}, {}, Faults())
Column(name='known')
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace

from cartellino.events.columns import COLUMNS
from cartellino.expressions import nodes
from cartellino.expressions.nodes import Node
from cartellino.expressions.parse import DEEPEST
from cartellino.signals.derived import DERIVED, known_column
from cartellino.vocabulary.diagnostics import Faults, Span, did_you_mean

Signals = Mapping[str, tuple[Node | None, Span]]

LARGEST = 10_000
"""Most nodes in an expression with all signals expanded: a few signals that double each other would fill any memory."""


def resolve(node: Node, signals: Signals, parameters: Mapping[str, float], faults: Faults) -> Node:
    """Return a node with all names resolved. Unknown names and cycles are added to `faults`."""
    return _Resolver(signals, parameters, faults).resolved(node, (), 1)


class _Resolver:
    """Resolves the names in one expression; stops expanding signals once it becomes too large or too deep."""

    def __init__(self, signals: Signals, parameters: Mapping[str, float], faults: Faults) -> None:
        self._signals = signals
        self._parameters = parameters
        self._faults = faults
        self._written = 0
        self._is_too_large = False

    def resolved(self, node: Node, path: tuple[str, ...], depth: int) -> Node:
        self._written += 1
        if self._written > LARGEST or depth > DEEPEST:
            return self._too_large(node)
        if isinstance(node, nodes.Param):
            return replace(node, default=self._parameters.get(node.name, node.default))
        if isinstance(node, nodes.Name):
            return self._name(node, path, depth)
        return rebuilt(node, lambda child: self.resolved(child, path, depth + 1))

    def _name(self, node: nodes.Name, path: tuple[str, ...], depth: int) -> Node:
        if node.name in path:
            route = " → ".join(f"`{name}`" for name in [*path[path.index(node.name) :], node.name])
            self._faults.add("cycle", f"the signal `{node.name}` refers to itself: {route}", node.span)
            return nodes.Flag(False, span=node.span)
        if node.name in self._signals:
            means = self._signals[node.name][0]
            if means is None:
                return nodes.Named(node.name, nodes.Number(0), span=node.span)
            return nodes.Named(node.name, self.resolved(means, (*path, node.name), depth + 1), span=node.span)
        if not known_column(node.name):
            hint = did_you_mean(node.name, [*self._signals, *COLUMNS, *DERIVED])
            problem = f"`{node.name}` is neither a signal of this file nor a column"
            self._faults.add("unknown-name", problem, node.span, hint)
        return nodes.Column(node.name, span=node.span)

    def _too_large(self, node: Node) -> Node:
        if not self._is_too_large:
            problem = f"with its signals written out, the expression has more than {LARGEST} parts or {DEEPEST} levels"
            self._faults.add("expression-too-large", problem, node.span, "let signals build on fewer others")
        self._is_too_large = True
        return nodes.Flag(False, span=node.span)


def rebuilt(node: Node, change: Callable[[Node], Node]) -> Node:
    """Return a node with `change` applied to each of its direct children."""
    changed: dict[str, object] = {}
    for attribute in fields(node):
        value = getattr(node, attribute.name)
        if isinstance(value, Node):
            changed[attribute.name] = change(value)
        elif isinstance(value, tuple) and any(isinstance(item, Node) for item in value):
            changed[attribute.name] = tuple(change(item) for item in value)
    return replace(node, **changed) if changed else node  # type: ignore[arg-type]
