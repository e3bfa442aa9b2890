"""Whatever way YAML lets somebody write an expression, a fault points at its place in the file."""

from __future__ import annotations

import textwrap

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.expressions.strategies import expressions

from cartellino.expressions.nodes import Node, walk
from cartellino.expressions.show import show
from cartellino.policies.document import parse
from cartellino.policies.written import expression
from cartellino.vocabulary.diagnostics import Diagnostic, Faults, Text


def read(content: str) -> tuple[Node | None, list[Diagnostic], str]:
    """The expression under `when`, its faults, and what the first of them points at."""
    faults = Faults()
    tree = parse(Text("f.yaml", content), faults)
    assert tree is not None
    assert isinstance(tree.value, dict)
    node = expression(tree.value["when"], faults)
    return node, faults, content[faults[0].span.start : faults[0].span.end] if faults else ""


STYLES = {
    "plain": "when: {0}\n",
    "plain on two lines": "when: {1}\n",
    "single quotes": "when: '{2}'\n",
    "double quotes": 'when: "{3}"\n',
    "double quotes with an escaped line": 'when: "{4}"\n',
    "literal": "when: |\n{5}\n",
    "literal with a comment": "when: |-  # count bad things: coutn(x)\n{5}\n",
    "literal indented": "when: |2\n{5}\n",
    "folded": "when: >-\n{5}\n",
    "folded, on several lines": "when: >\n  known and\n\n  {0}\n",
    "in a flow mapping": "{{other: x, when: '{2}'}}\n",
    "after windows line ends": "other: 1\r\nwhen: {0}\r\n",
    "after wide letters": "# 名前 è 😀\nwhen: {0}\n",
    "after a byte order mark": "\ufeffwhen: {0}\n",
}


def styled(style: str, written: str) -> str:
    halves = written.replace(" and ", "\n    and ", 1)
    escaped = written.replace("\\", "\\\\").replace('"', '\\"')
    return STYLES[style].format(
        written,
        halves,
        written.replace("'", "''"),
        escaped,
        escaped.replace(" and ", " \\\n   and ", 1),
        textwrap.indent(written, "  "),
    )


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    ("written", "caret"),
    [
        ("known and coutn(read) > 5", "coutn"),
        ("has(peer) and 'cc' == \"coutn\" and coutn(c)", "coutn"),
        ("text == 'è 名前 😀' and coutn(read)", "coutn"),
        ("known and message_sent.peer", "message_sent.peer"),
    ],
)
def test_a_caret_points_at_its_word_in_every_style(style: str, written: str, caret: str) -> None:
    node, faults, pointed = read(styled(style, written))
    assert node is None
    assert len(faults) == 1
    assert pointed == caret


def test_escaped_letters_are_pointed_at_as_they_are_written() -> None:
    assert read(r'when: "known and \x63outn(read)"')[2] == r"\x63outn"
    assert read(r'when: "known and \u0063outn(read)"')[2] == r"\u0063outn"
    assert read(r'when: "known and \U00000063outn(read)"')[2] == r"\U00000063outn"
    assert read(r'when: "\"c\" == peer and\tcoutn(read)"')[2] == "coutn"
    assert read(r'when: "\x22c\x22 == peer and coutn(read)"')[2] == "coutn"


def test_the_first_quote_of_an_expression_is_not_that_of_yaml() -> None:
    node, faults, _ = read("when: '''a'' == peer'")
    assert not faults
    assert node is not None
    spans = [one.span for one in walk(node) if one.span is not None]
    assert [(span.start, span.end) for span in spans][1:] == [(7, 11), (16, 20)]


@pytest.mark.parametrize("held", ["[known]", "{known: true}", "null", ""])
def test_what_is_no_text_is_no_expression(held: str) -> None:
    node, faults, _ = read(f"when: {held}")
    assert node is None
    assert [fault.code for fault in faults] == ["wrong-field"]


def test_numbers_and_truths_are_expressions_too() -> None:
    assert read("when: true")[0] == read("when: 'true'")[0]
    assert read("when: 5.0")[0] == read("when: '5'")[0]


@given(expressions, st.sampled_from(["'", '"', "|", ">", ""]), st.integers(20, 80))
def test_every_part_of_an_expression_is_found_again_in_the_file(node: Node, style: str, width: int) -> None:
    written = show(node)
    assume(len(written) < 2_000 and not set("\x85\u2028\u2029") & set(written))  # YAML would fold them like line ends
    content = yaml.dump({"when": written}, default_style=style, allow_unicode=True, width=width)
    found, faults, _ = read(content)
    assert not faults
    assert found == node
    for one in walk(found):
        assert one.span is not None
        assert len("when:") < one.span.start < one.span.end <= len(content)
        if not set("\\\n'") & set(content[one.span.start : one.span.end]):
            part = content[one.span.start : one.span.end]
            assert part.split()[0] in written
