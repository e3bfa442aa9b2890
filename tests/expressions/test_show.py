from __future__ import annotations

import inspect

import pytest
from hypothesis import given, settings
from tests.expressions.strategies import expressions

from cartellino.expressions import nodes
from cartellino.expressions.nodes import Node
from cartellino.expressions.parse import LONGEST, parse_text
from cartellino.expressions.show import show


@settings(max_examples=400)
@given(expressions)
def test_an_expression_is_read_back_as_it_was_shown(node: Node) -> None:
    shown = show(node)
    if len(shown) <= LONGEST:
        assert parse_text(shown) == node
        assert show(parse_text(shown)) == shown


def test_the_strategies_give_every_type_of_node_that_the_parser_gives() -> None:
    never = {nodes.Node, nodes.Aggregate, nodes.Column, nodes.Named}
    kinds = [one for _, one in inspect.getmembers(nodes, inspect.isclass) if issubclass(one, Node) and one not in never]
    assert {nodes.Count, nodes.Share, nodes.Linked, nodes.Number} < set(kinds)
    made: set[type[Node]] = set()

    @settings(max_examples=1_000, derandomize=True, database=None)
    @given(expressions)
    def collect(node: Node) -> None:
        made.update(map(type, nodes.walk(node)))

    collect()
    assert made == set(kinds)


def test_a_name_that_was_looked_up_is_shown_as_it_was_written() -> None:
    assert show(nodes.Column("known")) == "known"
    assert show(nodes.Named("strangers", nodes.Count("read"))) == "strangers"


@pytest.mark.parametrize(
    "canonical",
    [
        "a and b and not c",
        "(a or b) and c",
        "a or b and c",
        "not (a and b)",
        "not a == b",
        "(not a) == b",
        "a - (b - c) - d",
        "a - b * (c + d)",
        "a / (b / c)",
        "-(a + b) * -c",
        "(a < b) == (c < d)",
        'media in ("image",)',
        'not media in ("image", "video")',
        "count(read)",
        'count(read, where=known, over="24h", by=device)',
        'sum(broadcast_sent.recipients, over="7d")',
        'unanswered(message_sent, where=not known, over="60s")',
        'share(count(read, over="1h"), of=count(delivered, over="1h"), at_least=20)',
        'in_list(text, "naïve 😀 \\"quoted\\"")',
        'param("soglia più alta", 0.25)',
        'near(image_hash, "bad", bits=31)',
        'strikes("spam", over="90d")',
        "sanctions()",
        'linked(device, "ban", grave=true)',
        "0.1 + 1e-07 + 9007199254740991",
    ],
)
def test_the_canonical_form_has_the_fewest_brackets(canonical: str) -> None:
    assert show(parse_text(canonical)) == canonical


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("((a))", "a"),
        ("a<b<c", "a < b and b < c"),
        ("a not in ['x']", 'not a in ("x",)'),
        ("True", "true"),
        ("2.0", "2"),
        ("'it''s'", '"its"'),
        ('share(count(a), of=count(b), at_least=9, over="1h", by=device)',
         'share(count(a, over="1h", by=device), of=count(b, over="1h", by=device), at_least=9)'),
        ('share(count(a, over="2h", by=group), of=count(b), at_least=9, over="1h")',
         'share(count(a, over="2h", by=group), of=count(b, over="1h"), at_least=9)'),
        ("near(image_hash, 'bad')", 'near(image_hash, "bad", bits=31)'),
        ("linked(number, 'ban', grave=false)", 'linked(number, "ban")'),
        ('count(read, over="1440m")', 'count(read, over="24h")'),
        ("count(\n  read,  # that is all\n)", "count(read)"),
    ],
)  # fmt: skip
def test_other_ways_to_write_the_same_are_shown_in_one(written: str, canonical: str) -> None:
    assert show(parse_text(written)) == canonical


def test_what_is_no_node_of_the_language_cannot_be_shown() -> None:
    with pytest.raises(TypeError, match="no way to write a Node"):
        show(Node())
