"""Parses text to Python's syntax trees, in one thread at a time.

CPython 3.11 counts the recursion depth while it builds a tree in a single variable for all threads. If a garbage
collection in the middle lets another thread parse, or a finalizer in the same thread, the first call fails with
`SystemError: AST constructor recursion depth mismatch`. Later versions collect garbage only between two bytecode
instructions, so that this cannot happen. Numba, NumPy and Jinja parse as well, in whatever thread they are called. So
under 3.11 `ast.parse` itself is replaced by a version that takes a lock and suspends garbage collection.

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

    Raises `SyntaxError`, or `RecursionError`, `MemoryError` or `ValueError` if it is nested too deeply.
    """
    return ast.parse(text, mode="eval").body


def module(text: str) -> ast.Module:
    """Parse a module.

    Raises `SyntaxError`.
    """
    return ast.parse(text)
