"""The ratchet of the lint counts what it says, and lets nothing grow."""

from __future__ import annotations

import ast
import importlib.util
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def ratchet() -> ModuleType:
    spec = importlib.util.spec_from_file_location("ratchet", ROOT / "checks" / "ratchet.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("text", "many"),
    [("sa.select(a)", 1), ("sa.update(a).values(b=sa.delete(c))", 2), ("sa.func.count()", 0), ("other.select(a)", 0)],
)
def test_statements_of_sql_are_counted(ratchet: ModuleType, text: str, many: int) -> None:
    assert sum(map(ratchet.is_statement, ast.walk(ast.parse(text)))) == many


@pytest.mark.parametrize(
    ("text", "many"),
    [("self._a", 0), ("cls._a()", 0), ("other._a", 1), ("self.b._a = 1", 1), ("row._mapping", 0), ("a.__class__", 0)],
)
def test_reach_through_private_names_is_counted(ratchet: ModuleType, text: str, many: int) -> None:
    assert sum(map(ratchet.reaches, ast.walk(ast.parse(text)))) == many


def test_a_function_of_41_lines_is_long_and_one_of_40_is_not(ratchet: ModuleType) -> None:
    long, short = ("def f():\n" + "    a = 1\n" * lines for lines in (40, 39))
    assert list(ratchet.long_functions(ast.parse(long))) == [("f", 41)]
    assert list(ratchet.long_functions(ast.parse(short))) == []


def test_names_come_apart_and_are_held_against_the_glossary(ratchet: ModuleType) -> None:
    tree = ast.parse("class UnitOfDesk:\n    def a_desk(self, verdict): tally = verdict")
    assert set(ratchet.names(tree)) == {"Unit_Of_Desk", "a_desk", "self", "verdict", "tally"}
    assert {"desk", "verdict", "tally"} <= ratchet.not_used()


def test_more_is_a_fault_and_less_has_to_be_written_down(ratchet: ModuleType) -> None:
    kept = {"sql": {"api": 2, "cli": 1}}
    found = {text.split(":")[0]: more for text, more in ratchet.differences({"sql": {"api": 3}}, kept)}
    assert found == {"sql, api": True, "sql, cli": False}


def test_what_is_written_is_read_as_the_same(ratchet: ModuleType) -> None:
    now = ratchet.counted()
    assert tomllib.loads(ratchet.written(now)) == now
