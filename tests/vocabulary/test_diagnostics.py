# ruff: noqa: RUF001 - letters that look alike are what some of these tests are about
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartellino.vocabulary.diagnostics import WIDEST, Diagnostic, Span, Text, did_you_mean


def shown(content: str, start: int, end: int, hint: str = "") -> list[str]:
    return Diagnostic("code", "a problem", Span(Text("f.yaml", content), start, end), hint).show().splitlines()


def test_a_fault_shows_its_place_its_line_and_a_caret_below() -> None:
    assert shown("one\ntwo three", 8, 13, "a hint") == [
        "error[code]: a problem",
        " --> f.yaml:2:5",
        "  |",
        "2 | two three",
        "  |     ^^^^^",
        "  = hint: a hint",
    ]


def test_a_caret_ends_with_its_line_and_is_never_missing() -> None:
    assert shown("one\ntwo", 1, 7)[-1] == "  |  ^^"
    assert shown("one\ntwo", 3, 3)[-1] == "  |    ^"
    assert shown("", 0, 1)[-2:] == ["1 |", "  | ^"]
    assert shown("one", 99, 100)[1] == " --> f.yaml:1:100"


@pytest.mark.parametrize(
    ("line", "before"),
    [("\tx", "\t"), ("èx", " "), ("e\u0301x", " "), ("名前x", "    "), ("Ｆx", "  "), ("\u202ex", " ")],
)
def test_a_caret_stands_under_its_letter_also_after_wide_and_combining_ones(line: str, before: str) -> None:
    at = line.index("x")
    assert shown(line, at, at + 1)[-1] == f"  | {before}^"
    assert shown(line, at, at + 1)[1].endswith(f":1:{at + 1}")


def test_a_wide_letter_has_a_caret_of_two_cells() -> None:
    assert shown("名前", 0, 2)[-1] == "  | ^^^^"


def test_only_a_line_feed_ends_a_line_so_the_caret_and_the_line_agree() -> None:
    content = "a\u2028b\x0cc\x85d\r\nsecond"
    assert shown(content, content.index("s"), len(content))[-2:] == ["2 | second", "  | ^^^^^^"]
    assert Text("f", content).position(content.index("d")) == (1, 7)


def test_what_a_terminal_would_obey_is_made_visible() -> None:
    text = Text("f", "x \x1b[31m \u202e y")
    fault = Diagnostic("code", "`\x1b[2J` is \ud800 and\nmore", Span(text, 0, 1), "\x07").show()
    assert not {"\x1b", "\u202e", "\x07", "\ud800"} & set(fault)
    assert len(fault.splitlines()) == 6


def test_of_a_long_line_the_part_around_the_fault_is_shown() -> None:
    lines = shown("a" * 500 + "X" + "b" * 500, 500, 501)
    assert lines[1].endswith(":1:501")
    assert len(lines[3]) < WIDEST + 10
    assert lines[3][lines[4].index("^")] == "X"
    assert shown("a" * WIDEST, 3, 4)[3] == "1 | " + "a" * WIDEST


def test_ten_thousand_faults_in_a_large_file_are_shown_at_once() -> None:
    text = Text("f", "key: value\n" * 50_000)
    assert all(Diagnostic("code", "p", Span(text, at * 55, at * 55 + 3)).show() for at in range(0, 10_000, 5))


@given(st.text(max_size=60), st.integers(0, 70))
def test_a_position_leads_back_to_its_offset(content: str, offset: int) -> None:
    offset = min(offset, len(content))
    line, column = Text("f", content).position(offset)
    assert sum(len(one) + 1 for one in content.split("\n")[: line - 1]) + column - 1 == offset


@given(st.text(max_size=60), st.integers(-5, 70), st.integers(-5, 70))
def test_any_span_of_any_text_can_be_shown(content: str, start: int, end: int) -> None:
    assert len(shown(content, start, end)) == 5


def test_the_nearest_word_is_suggested_or_else_those_that_there_are() -> None:
    assert did_you_mean("coutn", ["count", "sum"]) == "did you mean `count`?"
    assert did_you_mean("zzz", ["sum", "count"]) == "known here: `count`, `sum`"
    assert did_you_mean("zzz", []) == ""
    assert did_you_mean("", map(str, range(100))).count("`") == 24
    assert did_you_mean("", map(str, range(100))).endswith(" and 88 more")
