from __future__ import annotations

import ast
from pathlib import Path

import cartellino.events
from cartellino.events.reasons import REASONS


def given() -> set[str]:
    """The first argument of every `Fault` and `_outside` in the source."""
    found: set[str] = set()
    for path in Path(cartellino.events.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="Fault" | "_outside"), args=[ast.Constant(value=str(code)), *_]):
                    found.add(code)
    return found


def test_the_registry_holds_every_reason_that_the_source_gives_and_no_other() -> None:
    assert set(REASONS) == given()


def test_each_reason_is_told_in_one_line() -> None:
    for meaning in REASONS.values():
        assert meaning
        assert "\n" not in meaning
        assert not meaning.endswith(".")
