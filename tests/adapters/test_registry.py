"""Every folder is an adapter, the registry finds it, and nothing else knows it by name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import cartellino
from cartellino.adapters.registry import Adapter, adapter, adapters
from cartellino.cli.main import make_parser
from cartellino.vocabulary.refusals import NotFound

SOURCE = Path(cartellino.__file__).parent
DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("known", adapters().values(), ids=lambda known: known.folder)
def test_an_adapter_says_what_it_is_and_how_it_is_run(known: Adapter) -> None:
    assert (SOURCE / "adapters" / known.folder).is_dir()
    assert (DOCS / "how-to" / known.guide).is_file()
    program, verb = known.command.split()[:2]
    assert program == "cartellino"
    assert f"{verb} " in make_parser().format_help()


def test_an_adapter_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(NotFound, match="whatsapp_cloud"):
        adapter("pigeon")


def test_nothing_outside_its_folder_imports_an_adapter() -> None:
    folders = tuple(f"cartellino.adapters.{folder}" for folder in adapters())
    foreign = [
        f"{file.relative_to(SOURCE)}: {name}"
        for file in SOURCE.rglob("*.py")
        if file.parent.parent != SOURCE / "adapters"
        for name in _imported(file)
        if name.startswith(folders)
    ]
    assert foreign == []


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
