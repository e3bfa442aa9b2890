"""Propose faults of the usual kinds in files: `python -m tests.mutations.propose kernel/panes.py ...` writes TOML."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator

from tests.mutations.stated import PACKAGE, ROOT, Mutation

FLIPS: dict[type[ast.AST], str] = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==",
    ast.In: "not in", ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is",
    ast.And: "or", ast.Or: "and", ast.Add: "-", ast.Sub: "+", ast.Mult: "//", ast.FloorDiv: "*",
}  # fmt: skip


def proposals(file: str) -> Iterator[Mutation]:
    """Yield the faults that can be made in one line of a file."""
    text = (ROOT / PACKAGE / file).read_text(encoding="utf-8")
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        for first, last, put in changes(node):
            if first.lineno != last.end_lineno:
                continue
            line = lines[first.lineno - 1]
            encoded = line.encode()
            before, after = encoded[: first.col_offset].decode(), encoded[last.end_col_offset :].decode()
            found = Mutation(file, line.strip(), f"{before}{put}{after}".strip())
            if text.count(found.was) == 1 and found.was != found.becomes and _parses(text, found):
                yield found


def _parses(text: str, mutation: Mutation) -> bool:
    """Whether the file is still a program: a part in parentheses may have been cut in two."""
    try:
        ast.parse(text.replace(mutation.was, mutation.becomes))
    except SyntaxError:
        return False
    return True


def changes(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr, str]]:
    """Yield what of a node can be replaced, from its first part to its last, and by what."""
    match node:
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in FLIPS:
            yield left, right, f"{ast.unparse(left)} {FLIPS[type(op)]} {ast.unparse(right)}"
        case ast.BoolOp(op=op, values=values):
            for gone in range(len(values)):
                rest = [ast.unparse(one) for n, one in enumerate(values) if n != gone]
                yield values[0], values[-1], (" and " if isinstance(op, ast.And) else " or ").join(rest)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in FLIPS:
            yield left, right, f"{ast.unparse(left)} {FLIPS[type(op)]} {ast.unparse(right)}"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield node, node, ast.unparse(operand)
        case ast.If(test=test) | ast.IfExp(test=test):
            yield test, test, "True"
            yield test, test, "False"
        case ast.Call(func=ast.Name(id="min" | "max" as name)) as call:
            other = "max" if name == "min" else "min"
            yield call, call, f"{other}({ast.unparse(call).partition('(')[2]}"
        case ast.Expr(value=ast.Call() as call):
            yield call, call, "pass"
        case ast.Constant(value=int() as value) if not isinstance(value, bool):
            yield node, node, str(value + 1)
        case _:
            return


def main() -> None:
    """Write the proposals for the files that are named."""
    for file in sys.argv[1:]:
        for one in proposals(file):
            texts = ((name, getattr(one, name)) for name in ("file", "was", "becomes"))
            print(
                "[[mutation]]",
                *(f"{name} = {json.dumps(text, ensure_ascii=False)}" for name, text in texts),
                "",
                sep="\n",
            )


if __name__ == "__main__":
    main()
