"""What promises to be durable is written in one place, the storage; the rest says here why it need not be."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "cartellino"

ALLOWED = {
    "kernel/compile.py": "a cache: what it holds follows from its name, and is compared before it is used",
    "pipeline/state_folder.py:resume": "decisions.ndjson follows from the log, and each run writes it anew",
    "pipeline/state_folder.py:record": "the same file",
    "kernel/cache.py:_write": "a cache: what it holds is compared with its digest before it is used",
    "kernel/overloads.py:_alone": "the lock of that cache",
    "service/backup.py:_put": "a copy: it is put in place, and synced, when all of it is there",
    "cli/decide.py": "results of a run: the next one writes them anew",
    "cli/backtest.py": "results of a run",
    "cli/availability.py": "results of a run",
    "cli/simulate.py": "results of a run",
    "cli/status.py": "pages that follow from the service; the next export writes them anew",
    "cli/backup.py": "a copy; nobody relies on it before the command has ended",
}

WRITES = {"write_bytes", "write_text", "fsync", "fdatasync", "touch", "copy2", "copyfile", "copytree"}


def is_write(node: ast.AST) -> bool:
    """Whether a node writes to a file, syncs it or gives it another name."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    name, given = node.func.attr, [one.value for one in node.args if isinstance(one, ast.Constant)]
    opens = name == "open" and any(isinstance(one, str) and set(one) & set("wax+") for one in given)
    renames = name in ("rename", "replace") and len(node.args) == 1 and not node.keywords
    return name in WRITES or opens or renames


def writers(tree: ast.AST) -> Iterator[str]:
    """Yield the functions that write."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(map(is_write, ast.walk(node))):
            yield node.name


def elsewhere() -> list[str]:
    return [
        f"{name}:{function}"
        for file in sorted(SOURCE.rglob("*.py"))
        if not (name := str(file.relative_to(SOURCE))).startswith("storage/") and name not in ALLOWED
        for function in writers(ast.parse(file.read_text()))
        if f"{name}:{function}" not in ALLOWED
    ]


def test_only_the_storage_writes_what_has_to_last() -> None:
    assert elsewhere() == []


@pytest.mark.parametrize(
    "text",
    ["path.write_bytes(b'')", "path.open('wb')", "os.fsync(3)", "path.replace(other)", "shutil.copytree(a, b)"],
)
def test_a_write_is_found(text: str) -> None:
    assert list(writers(ast.parse(f"def keep():\n    {text}"))) == ["keep"]


@pytest.mark.parametrize("text", ["path.open('rb')", "text.replace('a', 'b')", "structs.replace(one, name=2)"])
def test_a_read_is_none(text: str) -> None:
    assert list(writers(ast.parse(f"def read():\n    {text}"))) == []
