"""Run scenarios in this process: `live.py [--without FILE:LINE] ROOT TOLD SCENARIO...`.

With `--without`, what stands at that line of the source is left out before it is imported.
"""

from __future__ import annotations

import ast
import importlib.machinery
import os
import sys
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.storage.scenarios import Scenario


def leave_out(file: str, line: int) -> None:
    """Import a module without the statement at a line of it, or with a weaker pragma there."""
    loader: Any = importlib.machinery.SourceFileLoader
    real = loader.get_code

    def get_code(self: importlib.machinery.SourceFileLoader, name: str) -> CodeType | None:
        if not str(self.path).endswith(file):
            found: CodeType | None = real(self, name)
            return found
        tree = _Without(line).visit(ast.parse(Path(self.path).read_text()))
        return compile(ast.fix_missing_locations(tree), self.path, "exec")

    loader.get_code = get_code


class _Without(ast.NodeTransformer):
    def __init__(self, line: int) -> None:
        self._line = line

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        return ast.Pass() if node.lineno == self._line else self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        weak = node.lineno == self._line and node.value == "synchronous=FULL"
        return ast.Constant("synchronous=OFF") if weak else node


def main(arguments: list[str]) -> None:
    """Run them one after the other."""
    if arguments[0] == "--without":
        file, _, line = arguments[1].rpartition(":")
        leave_out(file, int(line))
        arguments = arguments[2:]
    from tests.storage.scenarios import STORES

    root, told = Path(arguments[0]), os.open(arguments[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for name in arguments[2:]:
        (root / name).mkdir()
        scenario = STORES[name] if name in STORES else _service()
        scenario.run(root / name, lambda line, name=name: _tell(told, f"{name}: {line}\n"))  # type: ignore[misc]


def _service() -> Scenario:
    from tests.storage.served import Served  # what the service needs takes a second to import

    return Served()


def _tell(number: int, line: str) -> None:
    os.write(number, line.encode())


if __name__ == "__main__":
    main(sys.argv[1:])
