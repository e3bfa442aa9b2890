"""The codes of diagnostics that the source can give, read from the source itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "cartellino"
PACKAGES = ("expressions", "policies")
GIVING = {"Diagnostic", "add", "fault", "_refused"}
"""The functions whose first text is a code."""

CODE = re.compile(r"[a-z]+(-[a-z]+)*")


def codes() -> set[str]:
    """Every code of every call of such a function in the packages that read policies."""
    return {
        code
        for package in PACKAGES
        for path in sorted((SOURCE / package).rglob("*.py"))
        for code in _codes(ast.parse(path.read_text(encoding="utf-8")))
    }


def _codes(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=arguments) if name in GIVING:
                texts = (one.value for one in arguments if isinstance(one, ast.Constant) and isinstance(one.value, str))
                first = next(texts, "")
                if CODE.fullmatch(first):
                    yield first
