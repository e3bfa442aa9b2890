"""Files of rules: every fault at once with its place, shipped files without one, changed files take effect."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartellino.cli.main import main
from cartellino.senders import shipped
from cartellino.senders.ai_policy import ai_policy
from cartellino.senders.causes import cause_bounds
from cartellino.senders.errors import error_rules, rule_of
from cartellino.senders.platform import platform
from cartellino.senders.practice import practice
from cartellino.senders.rule_files import check, use
from cartellino.senders.words import word_of, words
from cartellino.service.rule_files import use_rule_files
from cartellino.vocabulary.diagnostics import Text
from cartellino.vocabulary.refusals import BadArgument

SHIPPED = {name: shipped.text_of(name) for name in shipped.NAMES}


@pytest.fixture(autouse=True)
def _as_shipped() -> Iterator[None]:
    yield
    use({})


def found(name: str, text: str) -> list[tuple[str, int]]:
    return [(fault.code, fault.span.text.position(fault.span.start)[0]) for fault in check(Text(f"{name}.yaml", text))]


@pytest.mark.parametrize("name", shipped.NAMES)
def test_the_shipped_files_have_no_fault(name: str) -> None:
    assert check(Text(f"{name}.yaml", shipped.text_of(name))) == []
    assert check(Text("of-another-name.yaml", shipped.text_of(name))) == []


def test_every_fault_of_a_practice_is_told_at_once_in_the_order_of_its_lines() -> None:
    text = "frequency:\n  marketing: {24h: many, xx: 0}\n  utilty: {24h: 3}\nquiet_hours: {from: 25}\nextra: 1\n"
    assert found("practice", text) == [
        ("missing-field", 1), ("missing-field", 1), ("type", 2), ("type", 2), ("range", 2), ("unknown-name", 3),
        ("missing-field", 4), ("range", 4), ("unknown-name", 5),
    ]  # fmt: skip


def test_a_word_that_is_nearly_known_has_a_hint() -> None:
    fault = check(Text("practice.yaml", shipped.text_of("practice").replace("quiet_hours:", "quiet_hour:")))[-1]
    assert (fault.code, fault.hint) == ("unknown-name", "did you mean `quiet_hours`?")


def rule(**changed: object) -> str:
    held = {"match": "{code: 1}", "threshold": 1, "action": "fix_message", "duration": "once", "source": "x",
            "date": "2026-11-28"} | changed  # fmt: skip
    return "- " + "\n  ".join(f"{name}: {value}" for name, value in held.items()) + "\n"


@pytest.mark.parametrize(
    ("changed", "code", "line"),
    [
        ({"threshold": "3 times"}, "threshold", 2),
        ({"threshold": 0}, "threshold", 2),
        ({"threshold": "3 in soon"}, "threshold", 2),
        ({"action": "stop_numbr"}, "type", 3),
        ({"duration": "a while"}, "duration", 4),
        ({"date": "yesterday"}, "type", 6),
        ({"match": "{}"}, "match", 1),
        ({"match": "{from: 1}"}, "match", 1),
        ({"match": "{cod: 1}"}, "unknown-name", 1),
    ],
)
def test_a_wrong_rule_for_an_error_is_told_with_its_line(changed: dict[str, object], code: str, line: int) -> None:
    assert (code, line) in found("errors", rule(**changed))


def test_a_rule_that_is_never_reached_is_told() -> None:
    assert found("errors", rule() + rule(match="{codes: [2, 1]}")) == [("never-reached", 7)]
    assert found("errors", rule(match="{code: 1, details: paid}") + rule()) == []


def test_a_word_of_two_meanings_is_told_at_the_second() -> None:
    assert found("words", "stop:\n  en: [stop]\nresume:\n  en: [go, STOP!]\n") == [("two-meanings", 4)]


@pytest.mark.parametrize(
    ("name", "was", "wrong"),
    [
        ("practice", "factor: 2", "factor: 0"),
        ("practice", "most: 8", "most: 0"),
        ("practice", "people: 100", "people: 0"),
        ("practice", "times: 2", "times: -1"),
        ("platform", "ordinary: 80", "ordinary: 0"),
        ("platform", "burst: 45", "burst: -45"),
        ("platform", "TIER_2K: 2000", "TIER_2K: 200"),
        ("platform", "share_used: 0.5", "share_used: 50"),
        ("contents", "capitals: 0.5", "capitals: 50"),
        ("contents", "marks: 3", "marks: 0"),
    ],
)
def test_a_number_that_cannot_be_meant_is_told(name: str, was: str, wrong: str) -> None:
    assert [code for code, _ in found(name, SHIPPED[name].replace(was, wrong))] == ["range"]


def test_a_first_tier_that_is_none_of_the_levels_is_told() -> None:
    text = SHIPPED["platform"].replace("first: TIER_250", "first: TIER_25")
    assert [code for code, _ in found("platform", text)] == ["unknown-name"]


@pytest.mark.parametrize("text", ["stop: {en: []}\n", "stop: {}\n", "resume: {en: [go]}\n", 'stop: {en: ["!"]}\n'])
def test_words_with_which_nobody_could_stop_are_told(text: str) -> None:
    assert {code for code, _ in found("words", text)} <= {"empty", "missing-field"}
    assert found("words", text)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("practice", "", "empty"),
        ("practice", "a: [", "yaml"),
        ("practice", "- 1", "type"),
        ("errors", "a: 1", "type"),
        ("somebody", "a: 1", "unknown-file"),
        ("platform", "tiers: {levels: {A: x}}", "type"),
    ],
)
def test_what_is_no_file_of_rules_is_told(name: str, text: str, code: str) -> None:
    assert code in [kind for kind, _ in found(name, text)]


@given(st.sampled_from(shipped.NAMES), st.data())
def test_a_file_that_passes_is_one_that_its_reader_takes(name: str, data: st.DataObject) -> None:
    lines = SHIPPED[name].splitlines()
    place = data.draw(st.integers(0, len(lines) - 1))
    kept = lines[:place] + data.draw(st.sampled_from([[], [lines[place] + " 1"], ["  x: 1"]])) + lines[place + 1 :]
    text = "\n".join(kept)
    if not check(Text(f"{name}.yaml", text)):
        use({name: text})
        for read in (platform, error_rules, practice, ai_policy, words, cause_bounds):
            assert read() is not None
        use({})


class TestChangedFiles:
    def test_they_take_effect_and_the_others_are_as_shipped(self, tmp_path: Path) -> None:
        text = shipped.text_of("practice").replace("marketing: {24h: 1, 7d: 3, 30d: 13}", "marketing: {7d: 5}")
        (tmp_path / "practice.yaml").write_text(text)
        (tmp_path / "words.yaml").write_text("stop:\n  xx: [enough now]\n")
        use_rule_files(str(tmp_path))
        assert [most for _, most in practice().frequency.caps("marketing")] == [5]
        assert (word_of("Enough now!"), word_of("stop")) == ("stop", None)
        assert rule_of(131056) is not None
        use_rule_files("")
        assert [most for _, most in practice().frequency.caps("marketing")] == [1, 3, 13]

    def test_a_fault_ends_the_start_and_all_are_named(self, tmp_path: Path) -> None:
        (tmp_path / "practice.yaml").write_text("frequency: {}\n")
        (tmp_path / "words.yaml").write_text("stopp: {}\n")
        with pytest.raises(BadArgument, match=r"(?s)practice.yaml:1.*words.yaml:1"):
            use_rule_files(str(tmp_path))
        assert practice().frequency.caps("marketing")

    def test_a_file_of_another_name_is_not_passed_over(self, tmp_path: Path) -> None:
        (tmp_path / "practise.yaml").write_text("")
        with pytest.raises(BadArgument, match=r"practise.yaml is none of"):
            use_rule_files(str(tmp_path))

    def test_a_folder_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(BadArgument, match="no folder"):
            use_rule_files(str(tmp_path / "nowhere"))


class TestCommand:
    def test_it_checks_the_shipped_files(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["senders", "rules", "check"]) == 0
        assert "7 files: no fault." in capsys.readouterr().out

    def test_it_shows_every_fault_with_caret_and_ends_with_1(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "errors.yaml"
        file.write_text(rule(threshold="3 times", action="stop_numbr"))
        assert main(["senders", "rules", "check", str(file)]) == 1
        said = capsys.readouterr().err
        assert f"{file}:2:14" in said
        assert "^^^^^^^" in said
        assert "did you mean `stop_number`?" in said
        assert "2 faults in 1 file." in said


@pytest.mark.parametrize("said", ["STOP STOP STOP", "stop\nstop", "S T O P", "s.t.o.p", "un-subscribe",
                                  "stop, please, thanks", "Stop sending me messages", "Berhenti berlangganan",
                                  "no molesten"])  # fmt: skip
def test_a_stop_counts_however_it_is_written(said: str) -> None:
    assert word_of(said) in ("stop", "stop_everything")
    assert word_of(f"{said} by at five") is None
