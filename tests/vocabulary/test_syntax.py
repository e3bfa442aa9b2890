"""Parsing in several threads at once, with garbage collected in between: there CPython 3.11 has a fault."""

from __future__ import annotations

import ast
import gc
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cartellino.expressions.parse import parse_text

SOURCE = Path(__file__).parents[2] / "src" / "cartellino"
LONG = (SOURCE / "kernel" / "engine.py").read_text()
SHORT = "a > 1 and b < 2"


class _Slow:
    """Garbage whose end runs Python code, so that another thread may come in between."""

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        sum(range(300))


@pytest.fixture
def hurried() -> Iterator[None]:
    """Threads change as often as possible, and garbage is collected all the time."""
    interval, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(50)
    yield
    gc.set_threshold(*thresholds)
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("hurried")
def test_threads_may_parse_at_the_same_time() -> None:
    failed: list[BaseException] = []
    until = time.monotonic() + 3

    def go_on(parse: Callable[[str], object], text: str) -> None:
        while time.monotonic() < until and not failed:
            _Slow()
            try:
                parse(text)
            except BaseException as error:
                failed.append(error)

    works = [(ast.parse, LONG), (ast.parse, f"({SHORT})"), (parse_text, 'age(account) > "1h"')]
    threads = [threading.Thread(target=go_on, args=work) for work in works]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert not failed


class _Parses:
    """Garbage whose end parses, as the warning about a coroutine that nobody awaited does to show its line."""

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        ast.parse(SHORT)


@pytest.mark.usefixtures("hurried")
def test_the_end_of_garbage_may_parse() -> None:
    for _ in range(200):
        _Parses()
        ast.parse(LONG)


PARSERS = {"parse", "literal_eval"}


def parses(source: str) -> Iterator[int]:
    """Yield the lines on which a tree is built without `vocabulary.syntax`."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(value=ast.Name(id="ast"), attr=name) if name in PARSERS:
                yield node.lineno
            case ast.Attribute(attr="PyCF_ONLY_AST") | ast.ImportFrom(module="ast"):
                yield node.lineno


def test_everything_parses_in_one_place() -> None:
    files = [one for one in sorted(SOURCE.rglob("*.py")) if one != SOURCE / "vocabulary" / "syntax.py"]
    assert not [f"{one.name}:{line}" for one in files for line in parses(one.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("source", ["ast.parse(a)", "from ast import parse", "compile(a, b, c, ast.PyCF_ONLY_AST)"])
def test_other_parsing_is_seen(source: str) -> None:
    assert list(parses(source))
