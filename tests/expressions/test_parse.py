from __future__ import annotations

import ast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.expressions.strategies import expressions

from cartellino.expressions import nodes
from cartellino.expressions.functions import FUNCTIONS
from cartellino.expressions.parse import DEEPEST, LONGEST, Source, parse, parse_text
from cartellino.expressions.show import show
from cartellino.vocabulary.diagnostics import Diagnostic, Faults, Span, Text
from cartellino.vocabulary.refusals import BadPolicy


def refused(content: str) -> list[Diagnostic]:
    with pytest.raises(BadPolicy) as raised:
        parse_text(content)
    return list(raised.value.faults)


def marked(fault: Diagnostic) -> str:
    """What the caret stands under."""
    return fault.span.text.content[fault.span.start : fault.span.end]


SIGNS = [*"()[]{}.,:;=+-*/<>!&|^~%@#'\"\\ \n\t", "==", "!=", "<=", ">=", "**", "//", ":=", "->", "...", "'''"]
WORDS = ["and", "or", "not", "in", "is", "if", "else", "for", "lambda", "None", "known", "message_sent.peer", "over="]
VALUES = ['"24h"', "1", "0.5", "1e999", "1j", "0x", "1_0", "b'x'", "f'{x}'", "é", "\0", "\ud800", "\x0c", "\u2028"]
PIECES = st.sampled_from([*FUNCTIONS, *SIGNS, *WORDS, *VALUES])


@settings(max_examples=300)
@given(st.text(max_size=60) | st.lists(PIECES, max_size=15).map("".join) | st.lists(PIECES, max_size=15).map(" ".join))
@example("not " * 1_000 + "x")
@example("-" * 4_000 + "x")
@example("+".join(["1"] * 2_000))
@example("(" * 2_000 + "x" + ")" * 2_000)
@example("(" * 90 + "x" + ")" * 90)
@example("[" * 4_000)
@example("a(" * 1_000 + ")" * 1_000)
@example("not(" * 80 + "x" + ")" * 80)
@example("1 if " * 800)
@example("9" * 4_096)
@example("a." * 2_000 + "b")
@example("a < " * 1_300 + "b")
@example("lambda:" * 500 + "1")
@example("\ufeffknown")
@example("'" + "x" * 3_000)
def test_any_text_is_an_expression_or_a_bad_policy(content: str) -> None:
    is_read_or_refused(content)


def is_read_or_refused(content: str) -> None:
    try:
        node = parse_text(content)
    except BadPolicy as refusal:
        assert refusal.faults
        for fault in refusal.faults:
            assert 0 <= fault.span.start <= max(len(content) - 1, 0)
            assert fault.span.start < fault.span.end
    else:
        assert show(node)
        assert all(one.span is not None for one in nodes.walk(node))


@settings(max_examples=200)
@given(expressions, st.data())
def test_an_expression_with_a_piece_exchanged_is_read_or_a_bad_policy(node: nodes.Node, data: st.DataObject) -> None:
    shown = show(node)
    at = data.draw(st.integers(0, len(shown)))
    to = data.draw(st.integers(at, len(shown)))
    is_read_or_refused(shown[:at] + data.draw(PIECES) + shown[to:])


def test_each_node_knows_where_it_stands() -> None:
    content = 'città > 5 and\n  count(read, where="ß" == zone) < param("x", 1)'
    spans = {type(one): content[one.span.start : one.span.end] for one in nodes.walk(parse_text(content)) if one.span}
    assert spans[nodes.Count] == 'count(read, where="ß" == zone)'
    assert spans[nodes.Text] == '"ß"'
    assert spans[nodes.Param] == 'param("x", 1)'
    assert spans[nodes.And] == content


@pytest.mark.parametrize(
    ("content", "code", "caret"),
    [
        ("coutn(read)", "unknown-function", "coutn"),
        ("known and città and coutn(read)", "unknown-function", "coutn"),
        ("known\n  and coutn(read)", "unknown-function", "coutn"),
        ("a && b", "syntax", "&"),
        ("a = b", "syntax", "a"),
        ("count(read", "syntax", "("),
        ("known and count(read", "syntax", "("),
        ("known\nand (a or b", "syntax", "("),
        ("known) and has(peer)", "syntax", ")"),
        ("a) or (b", "syntax", ")"),
        ("f)(x", "syntax", ")"),
        ("count(read]", "syntax", "]"),
        ("", "syntax", ""),
        (" \n", "syntax", " \n"),
        ('"\\ud800" == peer', "unknown-value", '"\\ud800"'),
        ('"a\\0" == peer', "unknown-value", '"a\\0"'),
        ('media in ("\\ud800",)', "unknown-value", '"\\ud800"'),
        ('in_list(text, "\\ud800")', "unknown-value", '"\\ud800"'),
        ("a\0b", "syntax", "\0"),
        ("9007199254740992", "unknown-value", "9007199254740992"),
        ("a is b", "unknown-operator", "a is b"),
        ("a in b", "unknown-operator", "b"),
        ("a in ()", "unknown-operator", "()"),
        ("a in (1, 2)", "unknown-operator", "(1, 2)"),
        ("a, b", "unknown-syntax", "a, b"),
        ("message_sent.peer", "unknown-syntax", "message_sent.peer"),
        ("count(read, over='1h', over='2h')", "wrong-arguments", "over='2h'"),
        ("count(read, *x)", "wrong-arguments", "count(read, *x)"),
        ("count(read, **x)", "wrong-arguments", "**x"),
        ("count()", "wrong-arguments", "count()"),
        ("count(message_sent.peer)", "wrong-arguments", "message_sent.peer"),
        ("distinct(message_sent)", "wrong-arguments", "message_sent"),
        ("count(read, over=24)", "wrong-arguments", "24"),
        ("count(read, over='')", "wrong-arguments", "''"),
        ("count(read, over='1 day')", "wrong-duration", "'1 day'"),
        ("unanswered(message_sent, by=device)", "wrong-arguments", "by=device"),
        ("share(count(a), at_least=5)", "share-without-of", "share(count(a), at_least=5)"),
        ("share(count(a), of=count(b))", "share-without-at-least", "share(count(a), of=count(b))"),
        ("share(count(a), of=count(b), at_least=c)", "wrong-arguments", "c"),
        ("age(peer)", "wrong-arguments", "peer"),
        ("near(image_hash, 'l', bits=129)", "wrong-arguments", "129"),
        ("near(image_hash, 'l', bits=1.5)", "wrong-arguments", "1.5"),
        ("param(strangers, 5)", "wrong-arguments", "strangers"),
        ("param('strangers')", "wrong-arguments", "param('strangers')"),
        ("param('strangers', true)", "wrong-arguments", "true"),
        ("strikes('a', 'b')", "wrong-arguments", "strikes('a', 'b')"),
        ("linked(device, 'ban', grave=1)", "wrong-arguments", "1"),
    ],
)
def test_the_caret_stands_under_what_is_wrong(content: str, code: str, caret: str) -> None:
    (fault,) = refused(content)
    assert (fault.code, marked(fault)) == (code, caret)


def test_every_fault_of_an_expression_is_told_in_one_go() -> None:
    found = refused("coutn(read) > 5 and age(peer) > 3 ** 2 or lenght(x)")
    assert [fault.code for fault in found] == [
        "unknown-function",
        "wrong-arguments",
        "unknown-syntax",
        "unknown-function",
    ]


def test_an_expression_has_a_largest_length_and_depth() -> None:
    assert parse_text("a" * LONGEST) == nodes.Name("a" * LONGEST)
    assert [fault.code for fault in refused("a" * (LONGEST + 1))] == ["expression-too-long"]
    assert isinstance(parse_text("not " * (DEEPEST - 1) + "a"), nodes.Not)
    assert [fault.code for fault in refused("not " * DEEPEST + "a")] == ["expression-too-deep"]
    assert isinstance(parse_text(" + ".join("a" * DEEPEST)), nodes.Arithmetic)
    assert [fault.code for fault in refused(" + ".join("a" * (DEEPEST + 1)))] == ["expression-too-deep"]
    assert parse_text(" and ".join("a" * 500)) == nodes.And((nodes.Name("a"),) * 500)


def test_faults_are_added_to_those_that_there_were() -> None:
    text = Text("f", "5 +")
    faults = Faults([Diagnostic("other", "p", Span(text, 0, 1))])
    source = Source(text.content, lambda start, end: Span(text, start, end))
    assert parse(source, faults) is None
    assert [fault.code for fault in faults] == ["other", "syntax"]
    assert parse(Source("5", source.locate), faults) == nodes.Number(5)


def test_nothing_of_an_expression_is_ever_run(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("eval", "exec", "compile"):
        assert name not in vars(__import__("cartellino.expressions.parse", fromlist=["parse"]))
    assert [fault.code for fault in refused("__import__('os').system('true')")] == ["unknown-syntax"]
    assert [fault.code for fault in refused("(lambda: 1)()")] == ["unknown-syntax"]
    monkeypatch.setattr(ast, "literal_eval", None)
    assert parse_text("1 + 1") == nodes.Arithmetic("+", nodes.Number(1), nodes.Number(1))
