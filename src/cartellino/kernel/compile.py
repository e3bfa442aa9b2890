"""Compiles functions to machine code with Numba, into modules that are cached by a digest of all they depend on.

The functions of `native`, and those that are generated for a policy set, are written into one text, so that nothing is
called across modules: Numba's cache contains inlined code, and does not notice when another module changes. The digest
covers the text, the versions of Numba and NumPy, and the processor, so that a file is never stale and processes can
share it. The cache (`cache`, `overloads`) is the one exception to the rule that the core does no input or output.

With `native=False` the same text is executed by Python, with bounds checks: slow, and meant for tests.

>>> from cartellino.kernel.native import truths
>>> build([truths], "def twice(x):\\n    return plus(x, x, x, x)[0]", native=False).twice(2.0)
4.0
"""

from __future__ import annotations

import ast
import importlib.util
import inspect
import os
import sys
from collections.abc import Sequence
from ctypes import string_at
from functools import cache
from hashlib import blake2b
from types import ModuleType, SimpleNamespace

from cartellino.kernel import cache as kept
from cartellino.vocabulary import syntax

_EDITION = "2"
"""The version of the format of the cache; files of other versions are not read."""

_HEAD = '''\
"""Written by cartellino.kernel.compile; it is only read again while its digest fits."""

import numpy as np
from numba import njit
from cartellino.kernel.native.prefetch import prefetch, word_at

'''


def build(
    modules: Sequence[ModuleType], body: str = "", *, only: Sequence[str] = (), native: bool = True
) -> SimpleNamespace:
    """Return the functions of the modules and of `body`, compiled at their first call or loaded from the cache.

    If `only` some are called from Python, all others are merely parts of these: see `_decorated`.
    """
    text = "\n".join([*(_text(module) for module in modules), body])
    _names_must_differ(text)
    if native:
        return SimpleNamespace(**vars(_module(_decorated(text, only))))
    return _plain(text)


def is_cached(modules: Sequence[ModuleType], functions: Sequence[str], only: Sequence[str] = ()) -> bool:
    """Return whether these functions are in the cache."""
    name = _name(_decorated("\n".join([*(_text(module) for module in modules), ""]), only))
    return all(kept.holds(name, function) for function in functions)


@cache
def _plain(text: str) -> SimpleNamespace:
    import numpy as np

    names: dict[str, object] = {"np": np, "prefetch": _nothing, "word_at": _word_at}
    exec(compile(text, "<kernel>", "exec"), names)
    return SimpleNamespace(**names)


def _nothing(address: int) -> None:
    """Replace the prefetch instruction, which Python does not need."""


def _word_at(address: int) -> object:
    """Read eight bytes, as the compiled function does."""
    import numpy as np

    return np.frombuffer(string_at(int(address), 8), np.uint64)[0]


@cache
def _text(module: ModuleType) -> str:
    """Return the source of a module without imports, docstrings and annotations, and what stands in for `prefetch`."""
    tree = syntax.module(inspect.getsource(module))
    parts = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.Assign) and not _stands_in(node)]
    for part in parts:
        if isinstance(part, ast.FunctionDef):
            part.body = part.body[1:] if ast.get_docstring(part) is not None and len(part.body) > 1 else part.body
            part.returns = None
            for argument in part.args.args:
                argument.annotation = None
    return "\n".join(ast.unparse(part) for part in parts)


@cache
def _names_must_differ(text: str) -> None:
    """Raise `ValueError` if two definitions have the same name, as the later one would silently replace the other."""
    names = [node.name if isinstance(node, ast.FunctionDef) else ast.unparse(node.targets[0]) for node in _named(text)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"defined twice among the functions that are compiled together: {', '.join(twice)}")


def _named(text: str) -> list[ast.FunctionDef | ast.Assign]:
    return [node for node in syntax.module(text).body if isinstance(node, ast.FunctionDef | ast.Assign)]


def _stands_in(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name in ("prefetch", "word_at")


def _decorated(text: str, only: Sequence[str] = ()) -> str:
    """Return the text with Numba's decorator before every function.

    `error_model='numpy'`: division by zero raises no exception. `_nrt=False`: arrays are not reference-counted, which
    would cost an atomic operation for each array of each call (a quarter of the time, measured). `forceinline`: what is
    called becomes a part of its caller, which LLVM does not do by itself with functions of so many arguments. What
    Python never calls needs neither an entry for it nor a place in the cache: a third of all compiling.
    """
    tree = syntax.module(text)
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            inline = ", forceinline=True" if node.name in called else ""
            inner = "no_cpython_wrapper=True, no_cfunc_wrapper=True" if only and node.name not in only else "cache=True"
            node.decorator_list = [
                syntax.expression(f"njit({inner}, nogil=True, error_model='numpy', _nrt=False{inline})")
            ]
    return ast.unparse(tree)


@cache
def _module(text: str) -> ModuleType:
    from cartellino.kernel.overloads import guard  # imported here, as it is slow and a short log needs no Numba

    name = _name(text)
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, kept.text_file(name, _HEAD + text))
    assert spec is not None and spec.loader is not None, "a file that was just written has a loader"
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    guard(module)
    return module


def _name(text: str) -> str:
    return f"cartellino_kernel_{_digest(text)}"


@cache
def _digest(text: str) -> str:
    import numba
    import numpy as np
    from llvmlite.binding import get_host_cpu_features, get_host_cpu_name

    from cartellino.kernel.native import prefetch, types

    cpu = os.environ.get("NUMBA_CPU_NAME", get_host_cpu_name()), os.environ.get("NUMBA_CPU_FEATURES", "")
    parts = (
        text,
        _EDITION,
        inspect.getsource(prefetch),
        inspect.getsource(types),
        numba.__version__,
        np.__version__,
        *cpu,
        get_host_cpu_features().flatten(),
    )
    return blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()
