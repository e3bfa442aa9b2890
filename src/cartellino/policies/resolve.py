"""Names are looked up: a bare word is a signal of the same file or a column; a parameter gets its value.

>>> from cartellino.expressions.parse import parse_text
>>> resolve(parse_text("known"), {}, {}, [])
Column(name='known')
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace

from cartellino.events.columns import COLUMNS
from cartellino.expressions import nodes
from cartellino.expressions.nodes import Node
from cartellino.signals.derived import DERIVED, known_column
from cartellino.vocabulary.diagnostics import Diagnostic, Span, did_you_mean

Signals = Mapping[str, tuple[Node | None, Span]]


def resolve(node: Node, signals: Signals, parameters: Mapping[str, float], faults: list[Diagnostic]) -> Node:
    """Return `node` with every name looked up. Unknown names and cycles are added to `faults`."""
    return _resolve(node, signals, parameters, faults, ())


def _resolve(
    node: Node, signals: Signals, parameters: Mapping[str, float], faults: list[Diagnostic], path: tuple[str, ...]
) -> Node:
    def below(one: Node, path: tuple[str, ...] = path) -> Node:
        return _resolve(one, signals, parameters, faults, path)

    if isinstance(node, nodes.Param):
        return replace(node, default=parameters.get(node.name, node.default))
    if not isinstance(node, nodes.Name):
        return rebuilt(node, below)
    if node.name in path:
        route = " → ".join([*path[path.index(node.name) :], node.name])
        _fault(node, "cycle", f"the signal `{node.name}` refers to itself: {route}", faults)
        return nodes.Flag(False, span=node.span)
    if node.name in signals:
        means = signals[node.name][0]
        if means is None:
            return nodes.Named(node.name, nodes.Number(0), span=node.span)
        return nodes.Named(node.name, below(means, (*path, node.name)), span=node.span)
    if not known_column(node.name):
        hint = did_you_mean(node.name, [*signals, *COLUMNS, *DERIVED])
        _fault(node, "unknown-name", f"`{node.name}` is neither a signal of this file nor a column", faults, hint)
    return nodes.Column(node.name, span=node.span)


def rebuilt(node: Node, change: Callable[[Node], Node]) -> Node:
    """Return `node` with `change` applied to each node right below it."""
    changed: dict[str, object] = {}
    for one in fields(node):
        held = getattr(node, one.name)
        if isinstance(held, Node):
            changed[one.name] = change(held)
        elif isinstance(held, tuple) and any(isinstance(item, Node) for item in held):
            changed[one.name] = tuple(change(item) for item in held)
    return replace(node, **changed) if changed else node  # type: ignore[arg-type]


def _fault(node: Node, code: str, problem: str, faults: list[Diagnostic], hint: str = "") -> None:
    if node.span is not None:
        faults.append(Diagnostic(code, problem, node.span, hint))
