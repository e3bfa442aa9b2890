from __future__ import annotations

from cartellino.policies.document import parse
from cartellino.policies.fields import Fields
from cartellino.vocabulary.diagnostics import Diagnostic, Faults, Text
from cartellino.vocabulary.times import DAY


def fields(content: str) -> tuple[Fields, list[Diagnostic]]:
    faults = Faults()
    tree = parse(Text("f.yaml", content), faults)
    assert tree is not None
    return Fields(tree, "thing", faults), faults


def test_a_missing_field_gives_its_default_and_a_fault_only_where_it_is_required() -> None:
    held, faults = fields("other: 1\nempty:\nnone: null")
    for name in ("missing", "empty", "none"):
        assert held.text(name, "default") == "default"
        assert held.whole(name, 7) == 7
        assert held.flag(name) is False
        assert held.one_of(name, ("a",), "a") == "a"
        assert held.duration(name, DAY) == DAY
        assert held.instant(name, 5) == 5
        assert held.texts(name) == ()
        assert list(held.entries(name)) == []
    assert not faults
    assert held.text("missing", required=True) == ""
    assert [fault.problem for fault in faults] == ["the thing has no `missing`"]


def test_fields_of_the_right_type_are_read() -> None:
    held, faults = fields(
        "text: 5\nwhole: -5\nflag: true\nword: b\nlong: 24h\ndate: 1970-01-02\nmoment: 1970-01-01T00:00:01+00:00\n"
        "texts: [a, 5, true]\nentries: {a: 1, b: 2}"
    )
    assert held.text("text") == "5"
    assert held.whole("whole") == -5
    assert held.flag("flag") is True
    assert held.one_of("word", ("a", "b")) == "b"
    assert held.duration("long", 0) == DAY
    assert held.instant("date", 0) == DAY
    assert held.instant("moment", 0) == 1_000
    assert held.texts("texts") == ("a", "5", "true")
    assert [(name, branch.value) for name, branch in held.entries("entries")] == [("a", 1), ("b", 2)]
    assert not faults


def test_a_field_of_the_wrong_type_is_a_fault_and_gives_its_default() -> None:
    held, faults = fields("list: [a]\nmapping: {a: b}\ntext: abc\nreal: 1.5\nempty: ''\nnested: [[a], b]")
    assert held.text("list", "d") == held.text("mapping", "d") == "d"
    assert held.whole("real", 7) == held.whole("text", 7) == held.whole("list", 7) == 7
    assert held.flag("text") is False
    assert held.one_of("text", ("a",), "a") == held.one_of("empty", ("a",), "a") == "a"
    assert held.duration("text", 5) == held.duration("list", 5) == held.duration("empty", 5) == 5
    assert held.instant("text", 5) == held.instant("list", 5) == 5
    assert held.texts("text") == ()
    assert held.texts("nested") == ("b",)
    assert list(held.entries("list")) == []
    assert len(faults) == 16
    assert {fault.code for fault in faults} == {"wrong-field", "wrong-duration"}


def test_a_field_that_nobody_knows_is_a_fault_at_its_name() -> None:
    held, faults = fields("know: 1\nknown: 2")
    held.only(("known",))
    (fault,) = faults
    assert (fault.code, fault.span.start, fault.span.end, fault.hint) == (
        "unknown-field",
        0,
        4,
        "did you mean `known`?",
    )


def test_what_is_no_mapping_has_one_fault_and_no_fields() -> None:
    held, faults = fields("[a, b]")
    assert held.text("a", required=True) == ""
    assert [fault.problem for fault in faults] == ["a thing must be a mapping of fields"]


def test_a_fault_of_a_word_may_have_a_hint_of_its_own() -> None:
    held, faults = fields("mode: on")
    held.one_of("mode", ("off",), hint="write this")
    assert faults[0].hint == "write this"
