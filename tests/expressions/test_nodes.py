from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from tests.expressions.strategies import expressions

from cartellino.expressions import nodes
from cartellino.vocabulary.diagnostics import Span, Text

SPAN = Span(Text("f", "known"), 0, 5)


@given(expressions)
def test_where_a_node_stood_does_not_count_and_is_not_shown(node: nodes.Node) -> None:
    assert replace(node, span=SPAN) == node
    assert repr(replace(node, span=SPAN)) == repr(node)
    assert hash(replace(node, span=SPAN)) == hash(node)


@given(expressions)
def test_a_walk_meets_the_node_and_then_all_below_it(node: nodes.Node) -> None:
    walked = list(nodes.walk(node))
    assert walked[0] is node
    assert walked[1:] == [below for child in nodes.children(node) for below in nodes.walk(child)]


def test_filters_and_both_sides_of_a_share_are_below() -> None:
    where, part, whole = nodes.Name("known"), nodes.Count("read"), nodes.Count("delivered")
    assert list(nodes.children(nodes.Count("read", where=where))) == [where]
    assert list(nodes.children(nodes.Share(part, whole, 20))) == [part, whole]
    assert list(nodes.children(nodes.OneOf(where, ("a",)))) == [where]
