"""The core does no input or output and reads no clock, so that live, replay and backtest are one computation.

The import contracts in `pyproject.toml` refuse the modules that could; this refuses the calls that need no import, and
those of `datetime`, which the core may import for its arithmetic.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "cartellino"
CORE = ("vocabulary", "events", "expressions", "signals", "policies", "kernel", "availability", "enforcement")

FORBIDDEN_CALLS = {"breakpoint", "input", "open", "print"}
CLOCKS = {"now", "today", "utcnow"}
"""Of `datetime` and `date`, under whatever name they were imported."""


def faults(source: str) -> Iterator[str]:
    """Each thing that the core may not do, as `line: code`."""
    tree = ast.parse(source)
    clocks = set(names_from_datetime(tree))
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in FORBIDDEN_CALLS:
                yield f"{node.lineno}: {name}()"
            case ast.Attribute(value=value, attr=name) if name in CLOCKS and ast.unparse(value).split(".")[0] in clocks:
                yield f"{node.lineno}: {ast.unparse(node)}"


def names_from_datetime(tree: ast.Module) -> Iterator[str]:
    """The names that stand for the module `datetime` or for something in it."""
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module="datetime", names=names):
                yield from (name.asname or name.name for name in names)
            case ast.Import(names=names):
                yield from (name.asname or name.name for name in names if name.name == "datetime")


@pytest.mark.parametrize("package", CORE)
def test_core_makes_no_forbidden_call(package: str) -> None:
    found = [
        f"{path.relative_to(SOURCE)}:{fault}"
        for path in sorted((SOURCE / package).rglob("*.py"))
        for fault in faults(path.read_text(encoding="utf-8"))
    ]
    assert not found, "take the time as an argument, and leave reading and writing to the packages above"


@pytest.mark.parametrize(
    "source",
    [
        "open('x')",
        "print(1)",
        "from datetime import datetime\ndatetime.now(UTC)",
        "import datetime as d\nd.datetime.utcnow()",
        "from datetime import date as day\nclock = day.today",
    ],
)
def test_a_forbidden_call_is_seen(source: str) -> None:
    assert list(faults(source))


@pytest.mark.parametrize("source", ["stream.open()", "state.now = now", "from datetime import UTC\nreader.now()"])
def test_what_is_allowed_is_not_refused(source: str) -> None:
    assert not list(faults(source))
