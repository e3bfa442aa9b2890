from __future__ import annotations

import pytest
from hypothesis import given
from tests.expressions.strategies import expressions
from tests.policies.files import faults, loaded

from cartellino.expressions import nodes
from cartellino.expressions.nodes import Node
from cartellino.expressions.parse import parse_text
from cartellino.policies.resolve import rebuilt, resolve
from cartellino.vocabulary.diagnostics import Diagnostic, Faults, Span, Text

PLACE = Span(Text("f", "x"), 0, 1)


def resolved(written: str, **signals: str) -> tuple[Node, list[Diagnostic]]:
    found = Faults()
    table: dict[str, tuple[Node | None, Span]] = {name: (parse_text(held), PLACE) for name, held in signals.items()}
    return resolve(parse_text(written), table, {"set": 7}, found), found


def test_a_bare_word_is_a_signal_or_a_column() -> None:
    node, found = resolved("young and not known and x_shop", young='age(account) < "7d"')
    assert not found
    young = nodes.Named("young", parse_text('age(account) < "7d"'))
    assert node == nodes.And((young, nodes.Not(nodes.Column("known")), nodes.Column("x_shop")))


def test_a_signal_hides_a_column_of_its_name() -> None:
    assert resolved("known", known="has(peer)")[0] == nodes.Named("known", nodes.Has("peer"))


def test_names_are_looked_up_in_filters_and_in_signals() -> None:
    node, found = resolved('count(read, where=odd, over="1h") > 5', odd="not known")
    assert not found
    assert nodes.Column("known") in list(nodes.walk(node))
    assert not [one for one in nodes.walk(node) if isinstance(one, nodes.Name)]


def test_a_parameter_that_is_set_wins_over_the_default() -> None:
    assert resolved('param("set", 5)')[0] == nodes.Param("set", 7)
    assert resolved('param("other", 5)')[0] == nodes.Param("other", 5)


def test_an_unknown_name_is_a_fault_with_the_nearest_signal_or_column() -> None:
    for written, hint in (("yuong", "did you mean `young`?"), ("knwon", "did you mean `known`?")):
        _, (fault,) = resolved(written, young="known")
        assert (fault.code, fault.hint) == ("unknown-name", hint)


@pytest.mark.parametrize(
    ("signals", "route"),
    [
        ({"a": "a"}, "`a` → `a`"),
        ({"a": "not b", "b": "a and known"}, "`a` → `b` → `a`"),
        ({"a": "b", "b": "c", "c": "b"}, "`b` → `c` → `b`"),
    ],
)
def test_a_signal_that_refers_to_itself_is_a_fault_with_its_route(signals: dict[str, str], route: str) -> None:
    _, (fault,) = resolved("a", **signals)
    assert fault.code == "cycle"
    assert fault.problem.endswith(route)


def test_two_uses_of_a_signal_are_no_cycle() -> None:
    assert resolved("a and b", a="c", b="c and a", c="known")[1] == []


def file_of(signals: list[str], when: str) -> str:
    rule = f"rules: {{r: {{when: {when}, on: [read], code: 1, action: review, reason: {{en: x}}}}}}"
    return "\n".join(["policy: p", "signals:", *(f"  {one}" for one in signals), rule])


def test_signals_that_double_each_other_are_refused_before_they_fill_the_memory() -> None:
    def doubling(count: int) -> str:
        return file_of(["s0: known", *(f"s{n}: s{n - 1} or s{n - 1}" for n in range(1, count))], f"s{count - 1}")

    assert loaded(doubling(8)).rules
    assert [fault.code for fault in faults(doubling(60))] == ["expression-too-large"]


def test_a_long_chain_of_signals_is_refused_before_python_gives_up() -> None:
    def chain(count: int) -> str:
        return file_of(["s0: known", *(f"s{n}: not s{n - 1}" for n in range(1, count))], f"s{count - 1}")

    assert loaded(chain(40)).rules
    assert [fault.code for fault in faults(chain(3_000))] == ["expression-too-large"]


def test_a_deep_expression_in_a_chain_of_signals_is_no_deeper_than_one_alone() -> None:
    deep, deeper = " + ".join(["1"] * 90), "1 + (2 + (3 + (4 + (5 + (6 + (7 + (8 + (9 + a))))))))"
    assert [fault.code for fault in faults(file_of([f"a: {deep}", f"b: {deeper}"], "b > 5"))] == [
        "expression-too-large"
    ]
    assert loaded(file_of([f"a: {deep}"], "a > 5")).rules


@given(expressions)
def test_a_node_is_rebuilt_from_the_nodes_below_it(node: Node) -> None:
    assert rebuilt(node, lambda below: below) == node
    children = list(nodes.children(node))
    marked = rebuilt(node, lambda _: nodes.Name("mark"))
    assert list(nodes.children(marked)) == [nodes.Name("mark")] * len(children)
