"""Parses text to nodes. Python's `ast` parses the text, and its tree is translated; nothing is ever executed.

>>> from cartellino.expressions.show import show
>>> show(parse_text('distinct(message_sent.peer, where=not known, over="24h")>param("strangers",100)'))
'distinct(message_sent.peer, where=not known, over="24h") > param("strangers", 100)'
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from cartellino.expressions import nodes
from cartellino.expressions.calls import CALLS, Reader
from cartellino.expressions.functions import FUNCTIONS
from cartellino.expressions.nodes import Comparison, Node, Operation
from cartellino.vocabulary import syntax
from cartellino.vocabulary.diagnostics import Diagnostic, Faults, Span, Text, did_you_mean
from cartellino.vocabulary.refusals import BadPolicy

LONGEST = 4_096
"""Most characters in an expression."""

DEEPEST = 100
"""Most levels of nesting in an expression, so that nodes can be walked recursively."""

_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_OPERATIONS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_WORDS = {"true": True, "false": False, "True": True, "False": False}
_BRACKETS = re.compile(r"never closed|unmatched|does not match")
_SIGNS = (("&&", "and"), ("||", "or"), ("<>", "!="), ("!", "not"))
"""Operators of other languages, and how they are written here."""

_PYTHON: dict[type[ast.expr], str] = {
    ast.Attribute: "`kind.column` outside a function",
    ast.Await: "`await`",
    ast.Call: "a call of anything but a named function",
    ast.Dict: "a mapping",
    ast.DictComp: "`for`",
    ast.GeneratorExp: "`for`",
    ast.IfExp: "`if`",
    ast.JoinedStr: "a text with `f` before it",
    ast.Lambda: "`lambda`",
    ast.List: "a list of values",
    ast.ListComp: "`for`",
    ast.NamedExpr: "`:=`",
    ast.Set: "a list of values",
    ast.SetComp: "`for`",
    ast.Starred: "`*` before a value",
    ast.Subscript: "`[`",
    ast.Tuple: "a list of values",
    ast.Yield: "`yield`",
    ast.YieldFrom: "`yield`",
}
_HINTS: dict[type[ast.expr], str] = {
    ast.Attribute: 'write a function around it, such as `distinct(message_sent.peer, over="24h")`',
    ast.Call: "call a function by its name, such as `age(account)`",
    ast.List: 'a list stands only after `in`, such as `media in ("image", "video")`',
    ast.NamedExpr: "name a part of an expression under `signals:`",
    ast.Set: 'a list stands only after `in`, such as `media in ("image", "video")`',
    ast.Tuple: 'a list stands only after `in`, such as `media in ("image", "video")`',
}


@dataclass(frozen=True)
class Source:
    """The text of an expression, and a function from its offsets to places in the file that contains it."""

    content: str
    locate: Callable[[int, int], Span]


def parse(source: Source, faults: Faults) -> Node | None:
    """Parse an expression. All faults are added to `faults`; if there is any, `None` is returned."""
    if len(source.content) > LONGEST:
        problem = f"the expression has {len(source.content)} characters, more than {LONGEST}"
        faults.add("expression-too-long", problem, source.locate(0, 1), "name its parts under `signals:`")
        return None
    if not source.content.strip():
        faults.add("syntax", "the expression is empty", source.locate(0, max(len(source.content), 1)))
        return None
    strange = next((at for at, letter in enumerate(source.content) if _is_strange(letter)), -1)
    if strange >= 0:
        problem = "the expression holds a character that no text can hold"
        faults.add("syntax", problem, source.locate(strange, strange + 1), "remove it")
        return None
    tree = _tree(source, faults)
    if tree is None:
        return None
    before = len(faults)
    node = _Parser(source, faults).node(tree)
    return node if len(faults) == before else None


def _tree(source: Source, faults: Faults) -> ast.expr | None:
    """Parse a text in brackets, so that an expression may continue over several lines."""
    try:
        tree = syntax.expression(f"({source.content}\n)")
        if tree.col_offset == 0 and tree.lineno == 1:  # the added brackets became part of it, as in `a) or (b`
            syntax.expression(_flat(source.content))
    except SyntaxError as error:
        faults.append(_syntax(source, error))
        return None
    except (RecursionError, MemoryError, ValueError):
        faults.append(_too_deep(source.locate(0, len(source.content))))
        return None
    return tree


def _is_strange(letter: str) -> bool:
    """Return whether a character is NUL or a surrogate, which cannot be encoded in a text."""
    return letter == "\0" or "\ud800" <= letter <= "\udfff"


def _flat(content: str) -> str:
    """Return a text on one line, with all offsets unchanged.

    Comments are blanked, and leading white space becomes form feeds, which Python does not take for indentation.
    """
    blank = re.sub(r"#[^\n]*", lambda comment: " " * len(comment[0]), content) if '"' not in content else content
    return re.sub(r"^\s+", lambda space: "\f" * len(space[0]), re.sub(r"[\r\n\t]", " ", blank))


def _too_deep(span: Span) -> Diagnostic:
    problem = f"the expression is nested more than {DEEPEST} levels deep"
    return Diagnostic(
        "expression-too-deep", problem, span, "name its parts under `signals:`, and join long sums in brackets"
    )


def parse_text(content: str) -> Node:
    """Parse an expression that is not part of a file.

    Raises `BadPolicy` with all faults.
    """
    text = Text("expression", content)
    faults = Faults()
    node = parse(Source(content, lambda start, end: Span(text, start, end)), faults)
    if node is None:
        raise BadPolicy(faults)
    return node


def _syntax(source: Source, error: SyntaxError) -> Diagnostic:
    at, message = _offset(source.content, error.lineno or 1, (error.offset or 1) - 1), error.msg or "invalid syntax"
    try:
        if _BRACKETS.search(message):  # parse without the added brackets, which would be blamed instead
            syntax.expression(_flat(source.content))
    except SyntaxError as plain:
        at, message = (plain.offset or 1) - 1, plain.msg or message
    except (RecursionError, MemoryError, ValueError):
        pass
    at = min(max(at, 0), max(len(source.content) - 1, 0))
    reason, _, guess = re.sub(r"'([^']+)'", r"`\1`", message).partition(". ")
    hint = _sign(source.content, at) or f"{guess[:1].lower()}{guess[1:]}".rstrip("?.")
    if "'='" in message:
        hint = "compare with `==`"
    if "decimal literal" in message:
        hint = 'a duration stands in quotes, such as `"24h"`'
    return Diagnostic(
        "syntax", f"this is not an expression: {reason[:1].lower()}{reason[1:]}", source.locate(at, at + 1), hint
    )


def _sign(content: str, at: int) -> str:
    near = content[max(at - 1, 0) : at + 2]
    return next((f"write `{word}`, not `{sign}`" for sign, word in _SIGNS if sign in near), "")


def _offset(content: str, line: int, column: int) -> int:
    """Return the offset in `content` of a position in the text in brackets, whose first line has an added bracket."""
    lines = content.split("\n")
    before = sum(len(line) + 1 for line in lines[: line - 1])
    return before + column - (1 if line == 1 else 0)


class _Parser(Reader):
    """Translates `ast` trees to nodes; faults are added, and a harmless node takes the place of each faulty one."""

    def __init__(self, source: Source, faults: Faults) -> None:
        self._source = source
        self._faults = faults
        self._depth = 0
        self._is_too_deep = False

    def span(self, tree: ast.AST) -> Span:
        expression = cast(ast.expr, tree)
        start = self._characters(expression.lineno, expression.col_offset)
        end = self._characters(
            expression.end_lineno or expression.lineno, expression.end_col_offset or expression.col_offset + 1
        )
        return self._source.locate(max(start, 0), max(min(end, len(self._source.content)), start + 1))

    def fault(self, tree: ast.AST, code: str, problem: str, hint: str = "") -> Node:
        self._faults.add(code, problem, self.span(tree), hint)
        return nodes.Flag(False)

    def node(self, tree: ast.expr) -> Node:
        if self._depth == DEEPEST:
            if not self._is_too_deep:
                self._faults.append(_too_deep(self.span(tree)))
            self._is_too_deep = True
            return nodes.Flag(False)
        self._depth += 1
        node = self._node(tree)
        self._depth -= 1
        return node

    def _node(self, tree: ast.expr) -> Node:
        match tree:
            case ast.BoolOp(op=op, values=values):
                kind = nodes.And if isinstance(op, ast.And) else nodes.Or
                return kind(tuple(self.node(value) for value in values), span=self.span(tree))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return nodes.Not(self.node(operand), span=self.span(tree))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return nodes.Minus(self.node(operand), span=self.span(tree))
            case ast.Compare():
                return self._comparison(tree)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
                operation = cast(Operation, _OPERATIONS[type(op)])
                return nodes.Arithmetic(operation, self.node(left), self.node(right), span=self.span(tree))
            case ast.Call(func=ast.Name(id=name)):
                return self._call(tree, name)
            case ast.Name(id=word):
                return nodes.Flag(_WORDS[word], span=self.span(tree)) if word in _WORDS else self._name(tree, word)
            case ast.Constant(value=value):
                return self._constant(tree, value)
            case _:
                return self._unknown(tree)

    def _name(self, tree: ast.expr, word: str) -> Node:
        return nodes.Name(word, span=self.span(tree))

    def _constant(self, tree: ast.expr, value: object) -> Node:
        if isinstance(value, bool):
            return nodes.Flag(value, span=self.span(tree))
        if isinstance(value, int | float) and abs(value) < 2**53:
            return nodes.Number(value, span=self.span(tree))
        if isinstance(value, str):
            return nodes.Text(self.text(tree, value), span=self.span(tree))
        return self.fault(
            tree, "unknown-value", "only numbers below `2**53`, texts, `true` and `false` can be written here"
        )

    def text(self, tree: ast.expr, content: str) -> str:
        if any(map(_is_strange, content)):
            self.fault(tree, "unknown-value", "the text holds a character that no text can hold")
        return content

    def _comparison(self, tree: ast.Compare) -> Node:
        sides = [tree.left, *tree.comparators]
        pairs = [
            self._pair(tree, left, operator, right)
            for left, operator, right in zip(sides, tree.ops, sides[1:], strict=False)
        ]
        return pairs[0] if len(pairs) == 1 else nodes.And(tuple(pairs), span=self.span(tree))

    def _pair(self, tree: ast.Compare, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Node:
        if isinstance(operator, ast.In | ast.NotIn):
            member = self._member(tree, left, right)
            return nodes.Not(member, span=self.span(tree)) if isinstance(operator, ast.NotIn) else member
        if type(operator) not in _COMPARISONS:
            return self.fault(tree, "unknown-operator", "only `>`, `>=`, `<`, `<=`, `==`, `!=` and `in` compare here")
        symbol = cast(Comparison, _COMPARISONS[type(operator)])
        return nodes.Compare(symbol, self.node(left), self.node(right), span=self.span(tree))

    def _member(self, tree: ast.Compare, left: ast.expr, right: ast.expr) -> Node:
        written = right.elts if isinstance(right, ast.Tuple | ast.List | ast.Set) else None
        if not written or not all(isinstance(item, ast.Constant) and isinstance(item.value, str) for item in written):
            hint = 'write the values, such as `media in ("image", "video")`, or use `in_list(column, "list")`'
            return self.fault(right, "unknown-operator", "`in` takes texts in brackets", hint)
        values = tuple(self.text(item, str(cast(ast.Constant, item).value)) for item in written)
        return nodes.OneOf(self.node(left), values, span=self.span(tree))

    def _call(self, tree: ast.Call, name: str) -> Node:
        if name not in CALLS:
            return self.fault(
                tree.func, "unknown-function", f"`{name}` is not a function", did_you_mean(name, FUNCTIONS)
            )
        return CALLS[name](self, tree, name)

    def _unknown(self, tree: ast.expr) -> Node:
        hint = "write comparisons, arithmetic, `and`, `or`, `not`, `in`, and calls of the known functions"
        what = _PYTHON.get(type(tree), "this operator")
        return self.fault(tree, "unknown-syntax", f"{what} is not part of the language", _HINTS.get(type(tree), hint))

    def _characters(self, line: int, column: int) -> int:
        """Return the offset in characters of a line and UTF-8 column of `ast`."""
        lines = f"({self._source.content}".split("\n")
        text = lines[line - 1] if line <= len(lines) else ""
        return _offset(self._source.content, line, len(text.encode()[:column].decode(errors="ignore")))
