"""What strangers chose reaches the terminal as letters, whichever command shows it."""

from __future__ import annotations

import ast
import io
import sys
import unicodedata
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cli.test_cli import POLICY, lines, spam

import cartellino.cli
from cartellino.cli import main as commands
from cartellino.cli import serve, terminal
from cartellino.cli.main import main
from cartellino.cli.terminal import escape, visible
from cartellino.events.ndjson import write

EVIL = "e\x1b[2J\x1b]0;title\x07\u202e\u2066\x9b31m\u2028\u200b\u3164[red]x[/]\x00"
"""Clears the screen, names the window, turns the direction, colours, and shows nothing."""

NAME = EVIL[:5]
"""As much of it as a file may be called."""


def harmless(told: str) -> bool:
    return all(one in "\n\t" or (one.isprintable() and one != "\u3164") for one in told)


@given(st.text(st.characters(exclude_categories=[])))
def test_a_text_is_one_line_of_letters_and_tells_what_is_in_it(text: str) -> None:
    shown = visible(text)
    assert harmless(shown)
    assert "\n" not in shown
    assert all(unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for one in shown)
    if "\\" not in text:
        assert shown.encode("ascii", "backslashreplace").decode("unicode_escape") == text


def test_nothing_is_printed_but_by_the_terminal() -> None:
    """Every module of every command: no `print`, no console of its own, no stream but for asking what it is."""
    for file in sorted(Path(cartellino.cli.__path__[0]).glob("*.py")):
        if file.name in ("terminal.py", "helpers.py"):  # what a helper writes is for its parent, in JSON
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            assert called not in ("print", "Console", "rich.print"), file.name
            assert not called.endswith((".stdout.write", ".stderr.write")), file.name
            if isinstance(node, ast.ImportFrom) and node.module == "rich.markup":
                raise AssertionError(f"{file.name} escapes by itself")


def test_every_way_of_printing_is_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.console().print(f"{EVIL} and {escape(EVIL)}")
    terminal.console().print(terminal.table(EVIL.replace("[", "("), ["a"], [[escape(EVIL)]]))
    terminal.say(EVIL)
    terminal.say_json({"name": EVIL})
    terminal.complain(EVIL)
    told = capsys.readouterr()
    assert harmless(told.out)
    assert harmless(told.err)
    assert told.out.count("\\x1b[2J") >= 4
    assert "[red]x[/]" in told.out


def test_what_is_printed_as_json_is_the_same_value(capsys: pytest.CaptureFixture[str]) -> None:
    held = {"name": EVIL, "tags": "\U000e0041è"}
    terminal.say_json(held)
    told = capsys.readouterr().out
    assert harmless(told)
    assert msgspec.json.decode(told) == held


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A policy and events in which everything that strangers choose is hostile."""
    texts = POLICY.replace('"Terms 1"', '"Terms \\e[2J1"').replace("Too many strangers.", "Too\\e[2J many")
    (tmp_path / "p.yaml").write_text(texts)
    events = [msgspec.structs.replace(one, peer=f"{one.peer}{EVIL}", id=f"{one.id}{EVIL}") for one in spam(EVIL, 11)]
    bad = b'{"id":"\\u001b[2J","kind":"\\u202e","account":"\\u001b[2J","\\u001b[2J":"\\u009b31m"}\n'
    (tmp_path / f"{NAME}.ndjson").write_bytes(bad + b"".join(map(write, events)) + b"\x1b[2J\n")
    return tmp_path


def test_commands_show_hostile_events_harmlessly(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy, events, state, out = (
        str(one) for one in (folder / "p.yaml", folder / f"{NAME}.ndjson", folder / f"s{NAME}", folder / "out")
    )
    assert main(["decide", events, "--policies", policy, "--state", state, "--out", out]) == 0
    (decision,) = lines(Path(out) / "decisions.ndjson")
    assert decision["account"] == EVIL
    assert main(["explain", decision["decision_id"], "--state", state]) == 0
    assert main(["explain", EVIL, "--state", state]) == 1
    (folder / "none.yaml").write_text(POLICY.replace('"strangers", 10', '"strangers", 1000'))
    assert main(["backtest", policy, "--against", str(folder / "none.yaml"), "--events", events]) == 0
    assert main(["policies", "show", policy]) == 0
    assert main(["policies", "check", policy]) == 1  # it is in English alone
    assert main(["policies", "show", str(folder / NAME)]) == 2
    assert main(["log", "export", "--state", state, "--out", str(folder / f"x{NAME}")]) == 0
    told = capsys.readouterr()
    assert harmless(told.out), [one for one in told.out if not harmless(one)]
    assert harmless(told.err)
    assert told.out.count("\\x1b[2J") > 10
    assert told.err.count("\\x1b[2J") > 3


def test_the_log_of_the_service_is_harmless_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    import structlog

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    before = structlog.get_config()
    try:
        serve.log_to_stderr()
        structlog.get_logger().info("it came from " + EVIL, account=EVIL)
    finally:
        structlog.configure(**before)
    assert "\\x1b[2J" in shown.getvalue()
    assert "\x1b[2J" not in shown.getvalue()
    assert "\u202e" not in shown.getvalue()


def test_every_verb_goes_through_main() -> None:
    """So that a refusal, whose words may hold anything, is complained of by the terminal."""
    assert {one.__name__.rpartition(".")[2] for one in commands.VERBS} <= {
        file.stem for file in Path(cartellino.cli.__path__[0]).glob("*.py")
    }
