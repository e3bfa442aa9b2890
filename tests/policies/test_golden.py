"""What a policy author sees: one file per fault, and what is shown for it. Refresh with `--write-golden`, then read.

In a golden, `# --set name=5` gives a parameter, `<<text x 5>>` stands for a text that is repeated, and `---file---`
begins another file.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.policies.codes import codes

from cartellino.policies.load import Text, load
from cartellino.vocabulary.refusals import BadPolicy

GOLDEN = Path(__file__).parent / "golden"
INPUTS = sorted(GOLDEN.glob("*.yaml"))


def texts(path: Path) -> list[Text]:
    """The files that a golden stands for."""
    written = re.sub(r"<<(.+?) x (\d+)>>", _repeated, path.read_text(encoding="utf-8"))
    parts = written.split("---file---\n")
    names = [path.name, *(f"{path.stem}-{number}.yaml" for number in range(2, len(parts) + 1))]
    return [Text(name, part) for name, part in zip(names, parts, strict=True)]


def _repeated(match: re.Match[str]) -> str:
    text = match[1].replace("\\x1b", "\x1b")
    return (text + " " * (text == "not")) * int(match[2])


def refusal(path: Path) -> BadPolicy:
    held = texts(path)
    parameters = {name: float(number) for name, number in re.findall(r"^# --set (\w+)=(\d+)$", held[0].content, re.M)}
    with pytest.raises(BadPolicy) as raised:
        load(held, parameters)
    return raised.value


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.stem)
def test_a_fault_is_shown_as_in_its_golden(path: Path, write_golden: bool) -> None:
    shown = f"{refusal(path)}\n"
    golden = path.with_suffix(".txt")
    if write_golden:
        golden.write_text(shown, encoding="utf-8")
    assert shown == golden.read_text(encoding="utf-8")


def test_every_code_in_the_source_has_a_golden() -> None:
    seen = {fault.code for path in INPUTS for fault in refusal(path).faults}
    assert seen == codes()
    named = {path.stem for path in INPUTS}
    assert {code for code in codes() if not any(name.startswith(code) for name in named)} == set()


def test_every_golden_has_its_input() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == {path.stem for path in INPUTS}


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.stem)
def test_a_message_begins_small_ends_without_a_full_stop_and_marks_what_is_quoted(path: Path) -> None:
    for fault in refusal(path).faults:
        for said in filter(None, (fault.problem, fault.hint)):
            assert said[0].islower() or said[0] in "`0123456789" or said.startswith("PDQ"), said
            assert not re.search(r"[.!]$", said), said
            assert said == said.strip(), said
            assert "\n" not in said
            assert said.count("`") % 2 == 0, said
            assert "``" not in said, said
            outside = "".join(said.split("`")[::2])
            assert not re.search(r"'|[=<>]{1,2}|\w\(|\w_\w|&&|\bNone\b|\bast\b", outside), said
        assert len(fault.problem) < 160


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.stem)
def test_a_fault_lies_in_its_file_and_faults_are_told_in_the_order_of_the_text(path: Path) -> None:
    held = {text.name: text for text in texts(path)}
    faults = refusal(path).faults
    for fault in faults:
        if fault.span.text.name == "--set":
            continue
        assert fault.span.text == held[fault.span.text.name]
        assert 0 <= fault.span.start < fault.span.end <= len(fault.span.text.content) + 1
    places = [(fault.span.text.name, fault.span.start) for fault in faults]
    assert places == sorted(places)
    assert len(set(faults)) == len(faults)
