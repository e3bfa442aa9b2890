from __future__ import annotations

import time
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cartellino.policies.document import DEEPEST, LARGEST, Branch, parse
from cartellino.vocabulary.diagnostics import Diagnostic, Faults, Text


def read(content: str) -> tuple[Branch | None, list[Diagnostic]]:
    faults = Faults()
    return parse(Text("f.yaml", content), faults), faults


def plain(content: str) -> object:
    tree, faults = read(content)
    assert not faults
    assert tree is not None
    return tree.plain()


def codes(content: str) -> list[str]:
    tree, faults = read(content)
    assert tree is None or faults
    return [fault.code for fault in faults]


values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text("abcdefgh", min_size=1), below, max_size=3),
    max_leaves=10,
)


@given(values, st.booleans(), st.booleans())
def test_what_yaml_writes_is_read_back(value: object, flow: bool, unicode: bool) -> None:
    held = yaml.safe_dump({"held": value}, default_flow_style=flow, allow_unicode=unicode, width=30)
    tree, faults = read(held)
    assert not faults
    assert tree is not None
    assert tree.plain() == {"held": value}


@given(values, st.booleans())
def test_every_value_knows_where_it_stands(value: object, flow: bool) -> None:
    held = yaml.safe_dump({"held": value}, default_flow_style=flow, allow_unicode=True, width=30)
    tree, _ = read(held)

    def check(branch: Branch) -> None:
        part = held[branch.span.start : branch.span.end]
        if isinstance(branch.value, str | int) and part[:1] not in "'\"|>":
            assert "".join(part.split()) == "".join(branch.written.split())
        below = branch.value.items() if isinstance(branch.value, dict) else ()
        for name, one in below:
            assert one.key is not None
            assert held[one.key.start : one.key.end].strip("'\"? \n") == name
        for one in [*(one for _, one in below), *(branch.value if isinstance(branch.value, list) else ())]:
            assert branch.span.start <= one.span.start <= one.span.end <= branch.span.end
            check(one)

    assert tree is not None
    check(tree)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("5", 5),
        ("-5", -5),
        ("0.5", 0.5),
        ("1e3", 1000.0),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("yes", "yes"),
        ("on", "on"),
        ("NO", "NO"),
        ("True", "True"),
        ("2026-01-15", "2026-01-15"),
        ("12:30:00", "12:30:00"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("24h", "24h"),
        ("5%", "5%"),
        ("'5'", "5"),
        ('"true"', "true"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("²", "²"),
    ],
)
def test_a_plain_value_is_a_number_or_a_truth_only_where_it_looks_like_nothing_else(
    written: str, value: object
) -> None:
    assert plain(f"held: {written}") == {"held": value}


def test_a_value_keeps_how_it_was_written() -> None:
    tree, _ = read("code: 0101")
    assert tree is not None
    assert isinstance(tree.value, dict)
    assert (tree.value["code"].value, tree.value["code"].written) == (101, "0101")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("a: &x 1\nb: *x", "yaml-feature"),
        ("a: *x", "yaml-feature"),
        ("&x a: 1", "yaml-feature"),
        ("a: &x [*x]", "yaml-feature"),
        ("<<: *x", "yaml-feature"),
        ("a: !!str 5", "yaml-feature"),
        ("a: !!python/object/apply:os.system [true]", "yaml-feature"),
        ("a: !local 5", "yaml-feature"),
        ("a: 1\n---\nb: 2", "yaml-feature"),
        ("a: 1\n---\n", "yaml-feature"),
        ("? [a]\n: b", "yaml-feature"),
        ("? {a: b}\n: c", "yaml-feature"),
        ('a: "\\uD800"', "yaml-feature"),
        ('a: "\\0"', "yaml-feature"),
        ("a: 1\na: 2", "duplicate-key"),
        ("a: 1\n'a': 2", "duplicate-key"),
        ("{a: 1, a: 2}", "duplicate-key"),
        ("true: 1\ntrue: 2", "duplicate-key"),
        ("a: [", "yaml"),
        ("\t- a", "yaml"),
        ("a: \x01", "yaml"),
        ("a: \ud800", "yaml"),
        ("%YAML 3.0\n--- a", "yaml"),
        ("[" * 1_000, "yaml-too-deep"),
        ("[" * 1_000 + "]" * 1_000, "yaml-too-deep"),
        ("{a: " * 1_000, "yaml-too-deep"),
        ("- " * 1_000 + "a", "yaml-too-deep"),
        ("".join(" " * depth + "a:\n" for depth in range(1_000)), "yaml-too-deep"),
    ],
)
def test_what_is_clever_or_broken_is_refused(content: str, code: str) -> None:
    assert codes(content) == [code]


def test_a_bomb_is_refused_before_it_grows() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join([f'*{below}'] * 9)}]\n"
        for below, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    began = time.process_time()
    assert codes(bomb) == ["yaml-feature"]
    assert time.process_time() - began < 0.5


def test_a_file_has_a_largest_size() -> None:
    assert codes("a: " + "x" * LARGEST) == ["file-too-large"]
    assert plain("a: " + "x" * (LARGEST - 3)) == {"a": "x" * (LARGEST - 3)}


@pytest.mark.parametrize(
    "content",
    [
        "a: [" + "b, " * 20_000 + "]",
        "".join(f"k{number}: v\n" for number in range(10_000)),
        "a: |\n" + "  line\n" * 20_000,
        "#" * 200_000,
        "a: '" + "''" * 50_000 + "'",
        "? a\n" * 20_000,
        "a: " + "b " * 50_000,
        "- [[[[" * 20_000,
        "a: " + "!" * 50_000,
        "a: " + "&" * 50_000,
    ],
    ids=range(10),
)
def test_a_large_file_is_read_or_refused_in_time_that_grows_with_its_size(content: str) -> None:
    began = time.process_time()
    read(content)
    assert time.process_time() - began < 5  # a tenth of that here; quadratic growth would take minutes


def test_a_file_may_be_nested_a_little_and_no_more() -> None:
    assert plain("[" * DEEPEST + "]" * DEEPEST)
    assert codes("[" * (DEEPEST + 2) + "]" * (DEEPEST + 2)) == ["yaml-too-deep"]


def test_every_duplicate_key_is_told() -> None:
    assert codes("a: {b: 1, b: 2}\nc: {d: 1, d: 2}\na: 1") == ["duplicate-key"] * 3


def test_an_empty_file_holds_nothing() -> None:
    assert read("") == read("# only a comment\n") == (None, [])


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from([*"abc:-[]{},&*!|>'\"%@`#? \n\t", ": ", "- ", "---\n", "\ud800"]), max_size=25).map(
        "".join
    )
)
def test_any_text_is_a_tree_or_told_what_is_wrong(content: str) -> None:
    _, faults = read(content)
    for fault in faults:
        assert 0 <= fault.span.start < fault.span.end
        assert fault.show()
