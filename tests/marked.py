"""Reads the texts that are for people out of modules and templates: one reader for all catalogues.

Texts are marked by `N_("...")` in modules and by `say("...")` in templates, as the tools of gettext find them, so no
module has to list its own.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import ModuleType

_SAID = re.compile(r"""say\(\s*(["'])(.*?)\1""")


def marked(*modules: ModuleType) -> Iterator[str]:
    """Yield every text that modules mark."""
    for module in modules:
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "N_":
                (text,) = node.args
                assert isinstance(text, ast.Constant), f"{module.__name__}:{node.lineno}: only a literal can be marked"
                assert isinstance(text.value, str)
                yield text.value


def said(*packages: str) -> Iterator[str]:
    """Yield every text that the templates of packages say."""
    for package in packages:
        for file in _files(files(package) / "templates"):
            yield from (match[2] for match in _SAID.finditer(file.read_text("utf-8")))


def _files(folder: Traversable) -> Iterator[Traversable]:
    for held in folder.iterdir():
        if held.is_dir():
            yield from _files(held)
        else:
            yield held
