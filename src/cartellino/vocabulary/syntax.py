"""Text to Python's syntax trees, by one thread at a time.

CPython 3.11 keeps how deep it is while it builds a tree in one place for all threads. When a garbage collection in the
middle lets another thread parse, or a finalizer of the same thread, the first one ends with `SystemError: AST
constructor recursion depth mismatch`. Later versions collect garbage only between two instructions of Python, so
nothing comes in between. Numba, NumPy and Jinja parse as well, from whichever thread they are called; so under 3.11
`ast.parse` itself takes the lock, and garbage waits until it is through.

>>> ast.unparse(expression("a+b*2")), len(module("x = 1\\ny = 2").body)
('a + b * 2', 2)
"""

from __future__ import annotations

import ast
import gc
import sys
from functools import wraps
from threading import RLock
from typing import Any

_lock = RLock()
_parse: Any = ast.parse


@wraps(_parse)
def _one_at_a_time(*given: object, **named: object) -> Any:  # noqa: ANN401 - as the library has it
    with _lock:
        collects = gc.isenabled()
        gc.disable()
        try:
            return _parse(*given, **named)
        finally:
            if collects:
                gc.enable()


if sys.version_info < (3, 12):
    ast.parse = _one_at_a_time


def expression(text: str) -> ast.expr:
    """Parse an expression.

    Raises `SyntaxError`; `RecursionError`, `MemoryError` or `ValueError` for what is nested too deeply.
    """
    return ast.parse(text, mode="eval").body


def module(text: str) -> ast.Module:
    """Parse a module.

    Raises `SyntaxError`.
    """
    return ast.parse(text)
