"""Parses calls of functions: one function here for each form of call.

Each takes the `ast` call and returns a node; faults in the arguments are reported through `Reader.fault`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Protocol

from cartellino.expressions import nodes
from cartellino.expressions.functions import AGGREGATES, FUNCTIONS, WITH_COLUMN
from cartellino.expressions.nodes import Aggregate, Node
from cartellino.vocabulary.diagnostics import Span, did_you_mean
from cartellino.vocabulary.times import Duration, duration


class Reader(Protocol):
    """The part of the parser that is needed to parse arguments."""

    def span(self, tree: ast.AST) -> Span:
        """Return the place of a tree in the source."""

    def node(self, tree: ast.expr) -> Node:
        """Parse a nested expression."""

    def text(self, tree: ast.expr, content: str) -> str:
        """Return a text, after checking that it has no characters that cannot be stored."""

    def fault(self, tree: ast.AST, code: str, problem: str, hint: str = "") -> Node:
        """Add a fault, and return a harmless node in place of the faulty one."""


Call = Callable[[Reader, ast.Call, str], Node]


def _arguments(
    reader: Reader, tree: ast.Call, name: str, positional: int, named: tuple[str, ...]
) -> dict[str, ast.expr]:
    """Return the keyword arguments by name, after checking the number of arguments and their names."""
    usage = f"write `{FUNCTIONS[name].usage}`"
    if len(tree.args) != positional:
        problem = (
            f"`{name}` takes {positional} argument{'s' * (positional != 1)} before the named ones, not {len(tree.args)}"
        )
        reader.fault(tree, "wrong-arguments", problem, usage)
    arguments: dict[str, ast.expr] = {}
    for keyword in tree.keywords:
        if keyword.arg is None or keyword.arg not in named:
            hint = did_you_mean(keyword.arg or "", named) if named else usage
            reader.fault(keyword, "wrong-arguments", f"`{name}` has no argument `{keyword.arg or '**'}`", hint)
        elif keyword.arg in arguments:
            reader.fault(keyword, "wrong-arguments", f"`{keyword.arg}` stands here twice", "remove one of the two")
        else:
            arguments[keyword.arg] = keyword.value
    return arguments


def _positional(tree: ast.Call, index: int = 0) -> ast.expr | None:
    return tree.args[index] if len(tree.args) > index else None


def _word(reader: Reader, tree: ast.expr | None, expected: str) -> str:
    """Return a bare word, such as a kind or a column."""
    if isinstance(tree, ast.Name):
        return tree.id
    if tree is not None:
        reader.fault(tree, "wrong-arguments", f"{expected} is expected here")
    return ""


def _kind_and_column(reader: Reader, tree: ast.expr | None, name: str) -> tuple[str, str]:
    if isinstance(tree, ast.Attribute) and isinstance(tree.value, ast.Name):
        return tree.value.id, tree.attr
    if tree is not None:
        reader.fault(tree, "wrong-arguments", f"`{name}` takes a column of a kind", f"write `{FUNCTIONS[name].usage}`")
    return "", ""


def _text(reader: Reader, tree: ast.expr | None, expected: str) -> str:
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str) and tree.value:
        return reader.text(tree, tree.value)
    if tree is not None:
        reader.fault(tree, "wrong-arguments", f"{expected} is expected here, in quotes")
    return ""


def _number(reader: Reader, tree: ast.expr | None, expected: str) -> float:
    if isinstance(tree, ast.Constant) and isinstance(tree.value, int | float) and not isinstance(tree.value, bool):
        return tree.value
    if tree is not None:
        reader.fault(tree, "wrong-arguments", f"{expected} is expected here, as a number that is written down")
    return 0


def _over(reader: Reader, named: Mapping[str, ast.expr]) -> Duration | None:
    if "over" not in named:
        return None
    written = _text(reader, named["over"], 'a duration such as "24h"')
    try:
        return duration(written) if written else None
    except ValueError as error:
        reader.fault(named["over"], "wrong-duration", str(error))
        return None


def _aggregate(reader: Reader, tree: ast.Call, name: str) -> Node:
    options = ("where", "over") if name == "unanswered" else ("where", "over", "by")
    named = _arguments(reader, tree, name, 1, options)
    first = _positional(tree)
    kind, column = _source(reader, first, name)
    where = reader.node(named["where"]) if "where" in named else None
    by = _word(reader, named["by"], "a key such as `device`") if "by" in named else "account"
    return AGGREGATES[name](kind, column, where, _over(reader, named), by, span=reader.span(tree))


def _source(reader: Reader, tree: ast.expr | None, name: str) -> tuple[str, str | None]:
    if name in WITH_COLUMN:
        return _kind_and_column(reader, tree, name)
    return _word(reader, tree, "a kind of event such as `message_sent`"), None


def _share(reader: Reader, tree: ast.Call, name: str) -> Node:
    named = _arguments(reader, tree, name, 1, ("of", "at_least", "over", "by"))
    if "of" not in named:
        reader.fault(tree, "share-without-of", "`share` needs `of`: what it is a share of", _usage(name))
    if "at_least" not in named:
        why = "how large the whole must be to say anything"
        reader.fault(tree, "share-without-at-least", f"`share` needs `at_least`: {why}", _usage(name))
    over = _over(reader, named)
    by = _word(reader, named["by"], "a key such as `device`") if "by" in named else None
    first = _positional(tree)
    part = _within(reader.node(first), over, by) if first is not None else nodes.Number(0)
    whole = _within(reader.node(named["of"]), over, by) if "of" in named else nodes.Number(0)
    least = _number(reader, named.get("at_least"), "a whole number")
    return nodes.Share(part, whole, least, span=reader.span(tree))


def _within(node: Node, over: Duration | None, by: str | None) -> Node:
    """Return an aggregate in a share with the share's window and key, where it has none of its own."""
    if not isinstance(node, Aggregate):
        return node
    node = replace(node, over=over) if node.over is None and over is not None else node
    return replace(node, by=by) if by is not None and node.by == "account" else node


def _usage(name: str) -> str:
    return f"write `{FUNCTIONS[name].usage}`"


def _age(reader: Reader, tree: ast.Call, name: str) -> Node:
    _arguments(reader, tree, name, 1, ())
    if _word(reader, _positional(tree), "`account`") not in ("account", ""):
        reader.fault(tree.args[0], "wrong-arguments", "only an account has an age", _usage(name))
    return nodes.Age(span=reader.span(tree))


def _since(reader: Reader, tree: ast.Call, name: str) -> Node:
    _arguments(reader, tree, name, 1, ())
    return nodes.Since(_word(reader, _positional(tree), "a kind of event"), span=reader.span(tree))


def _first(reader: Reader, tree: ast.Call, name: str) -> Node:
    _arguments(reader, tree, name, 1, ())
    return nodes.First(*_kind_and_column(reader, _positional(tree), name), span=reader.span(tree))


def _last(reader: Reader, tree: ast.Call, name: str) -> Node:
    _arguments(reader, tree, name, 1, ())
    return nodes.Last(*_kind_and_column(reader, _positional(tree), name), span=reader.span(tree))


def _has(reader: Reader, tree: ast.Call, name: str) -> Node:
    _arguments(reader, tree, name, 1, ())
    return nodes.Has(_word(reader, _positional(tree), "a column"), span=reader.span(tree))


def _in_list(reader: Reader, tree: ast.Call, name: str) -> Node:
    _arguments(reader, tree, name, 2, ())
    column = _word(reader, _positional(tree), "a column")
    return nodes.InList(column, _text(reader, _positional(tree, 1), "the name of a list"), span=reader.span(tree))


def _near(reader: Reader, tree: ast.Call, name: str) -> Node:
    named = _arguments(reader, tree, name, 2, ("bits",))
    column = _word(reader, _positional(tree), "a column")
    entries = _text(reader, _positional(tree, 1), "the name of a list")
    bits = _number(reader, named["bits"], "a number of bits from 0 to 128") if "bits" in named else 31
    if not 0 <= bits <= 128 or bits != int(bits):
        hint = "a fingerprint has 256 bits, of which usually 31 may differ"
        reader.fault(named["bits"], "wrong-arguments", "`bits` is a whole number from 0 to 128", hint)
    return nodes.Near(column, entries, int(bits), span=reader.span(tree))


def _param(reader: Reader, tree: ast.Call, name: str) -> Node:
    _arguments(reader, tree, name, 2, ())
    default = _number(reader, _positional(tree, 1), "the default")
    return nodes.Param(_text(reader, _positional(tree), "a name"), default, span=reader.span(tree))


def _strikes(reader: Reader, tree: ast.Call, name: str) -> Node:
    kind = nodes.Strikes if name == "strikes" else nodes.Sanctions
    named = _arguments(reader, tree, name, min(len(tree.args), 1), ("over",))
    chosen = _text(reader, tree.args[0], "a name") if tree.args else None
    return kind(chosen or None, _over(reader, named), span=reader.span(tree))


def _linked(reader: Reader, tree: ast.Call, name: str) -> Node:
    named = _arguments(reader, tree, name, 2, ("grave",))
    by = _word(reader, _positional(tree), "`device`, `number` or `address`")
    kind = _text(reader, _positional(tree, 1), "a kind of sanction")
    grave = reader.node(named["grave"]) if "grave" in named else nodes.Flag(False)
    if not isinstance(grave, nodes.Flag):
        reader.fault(named["grave"], "wrong-arguments", "`grave` is `true` or `false`")
    return nodes.Linked(by, kind, isinstance(grave, nodes.Flag) and grave.value, span=reader.span(tree))


CALLS: MappingProxyType[str, Call] = MappingProxyType(
    {
        **dict.fromkeys(AGGREGATES, _aggregate),
        "share": _share,
        "age": _age,
        "since": _since,
        "first": _first,
        "last": _last,
        "has": _has,
        "in_list": _in_list,
        "near": _near,
        "param": _param,
        "strikes": _strikes,
        "sanctions": _strikes,
        "linked": _linked,
    }
)
