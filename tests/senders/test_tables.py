"""Tables of one's own: checked with every fault at its place, and then used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cartellino.cli.main import main
from cartellino.cli.senders import use_tables
from cartellino.senders.checking import check
from cartellino.senders.platform import platform
from cartellino.senders.tables import NAMES, text_of, use
from cartellino.senders.words import word_of
from cartellino.vocabulary.diagnostics import Text
from cartellino.vocabulary.refusals import BadPolicy


@pytest.fixture(autouse=True)
def shipped() -> Iterator[None]:
    yield
    use({})


@pytest.mark.parametrize("name", NAMES)
def test_what_is_shipped_has_no_fault(name: str) -> None:
    assert check(Text(name, text_of(name))) == []


@pytest.mark.parametrize(
    ("name", "was", "becomes", "code", "line"),
    [
        ("platform.yaml", "length: 24h", "length: a day", "value", "length"),
        ("platform.yaml", "every: 6s", "evry: 6s", "unknown-key", "evry"),
        ("platform.yaml", "ordinary: 80", "ordinary: fast", "value", "ordinary"),
        ("platform.yaml", "pair:", "pairs:", "unknown-key", "pairs"),
        ("practice.yaml", "date: 2026-11-28", "date: yesterday", "value", "date"),
        ("errors.yaml", "action: slow_pair", "action: slow_pear", "unknown-action", "slow_pear"),
        ("errors.yaml", "threshold: 3", "threshold: many", "value", "threshold"),
        ("errors.yaml", "match: {code: 131056}", "match: {code: 368}", "repeated-code", "368"),
        ("errors.yaml", "duration: 4^n s", "duration: a while", "value", "duration"),
        ("words.yaml", "resume:\n  en: [start", "resume:\n  en: [stop", "value", "stop"),
        ("ai_policy.yaml", "countries: [IT]", "countries: IT", "value", "IT"),
    ],
)
def test_a_fault_is_told_with_its_place(name: str, was: str, becomes: str, code: str, line: str) -> None:
    text = text_of(name)
    assert was in text
    faults = check(Text(name, text.replace(was, becomes, 1)))
    assert [fault.code for fault in faults[:1]] == [code], [fault.show() for fault in faults]
    assert line in faults[0].show()


def test_all_faults_are_told_at_once() -> None:
    text = text_of("platform.yaml").replace("length: 24h", "length: x").replace("burst: 45", "burst: many")
    assert len(check(Text("platform.yaml", text))) == 2


def test_a_table_of_ones_own_is_used_and_others_are_the_shipped_ones(tmp_path: Path) -> None:
    own = text_of("platform.yaml").replace("burst: 45", "burst: 5")
    (tmp_path / "platform.yaml").write_text(own)
    use_tables(str(tmp_path))
    assert platform().pair.burst == 5
    assert word_of("stop") == "stop"
    (tmp_path / "platform.yaml").write_text(own.replace("burst: 5", "burst: five"))
    with pytest.raises(BadPolicy):
        use_tables(str(tmp_path))


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["senders", "rules", "check"]) == 0
    (tmp_path / "errors.yaml").write_text(text_of("errors.yaml").replace("action: try_later", "action: wait"))
    (tmp_path / "colours.yaml").write_text("red: 1")
    assert main(["senders", "rules", "check", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "`wait` is no action" in said
    assert "`colours.yaml` is no table" in said
    assert main(["senders", "rules", "check", str(tmp_path / "nothing.yaml")]) == 2
