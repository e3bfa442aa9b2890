from __future__ import annotations

import re

import pytest
from hypothesis import given
from tests.expressions.strategies import expressions
from tests.policies.files import changed, loaded

from cartellino.expressions import nodes
from cartellino.expressions.nodes import Node
from cartellino.expressions.parse import parse_text
from cartellino.policies.words import in_words, reach, words
from cartellino.vocabulary.times import show_duration


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("count(read, over='24h') >= 5", "the number of read events in 24h is at least 5"),
        (
            "sum(broadcast_sent.recipients, over='7d') < 2",
            "the total of broadcast_sent.recipients in 7d is less than 2",
        ),
        (
            "distinct(message_sent.peer, where=not known, over='1h', by=device) > param('most', 9)",
            "the number of different message_sent.peer in 1h, of all on the same device where not known"
            " is more than 9 (parameter most)",
        ),
        ("repeat(read.peer, over='1h') != 1", "how often the most frequent read.peer came in 1h is not 1"),
        ("unanswered(message_sent, over='24h')", "the number of peers of message_sent who have not replied in 24h"),
        (
            "share(count(read, over='1h'), of=count(delivered, over='1h'), at_least=20) <= 0.2",
            "the share of (the number of read events in 1h) in (the number of delivered events in 1h), known from 20 on"
            " is at most 0.2",
        ),
        ("age(account) < '7d'", 'the age of the account is less than "7d"'),
        ("since(connected) > '1h'", 'the time since the latest connected is more than "1h"'),
        ("first(read.peer) == last(read.peer)", "the first read.peer is the latest read.peer"),
        ("has(peer) and (known or not known)", "peer is given, and (known, or not known)"),
        ("media in ('image', 'video')", "media is one of image, video"),
        ("in_list(text, 'terms')", "text matches the list terms"),
        ("near(image_hash, 'bad', bits=8)", "image_hash differs in at most 8 bits from a fingerprint of bad"),
        ("(forwards - 1) * -(credit + 2)", "(forwards - 1) * -(credit + 2)"),
        ("strikes('soft', over='90d') > 1", "the number of strikes on the ladder soft in 90d is more than 1"),
        ("strikes()", "the number of strikes"),
        ("sanctions('ban', over='7d')", "the number of sanctions of the kind ban begun in 7d"),
        ("sanctions()", "the number of sanctions that run now"),
        (
            "linked(device, 'ban', grave=true) > 0",
            "the number of other accounts under a grave ban on the same device is more than 0",
        ),
    ],
)
def test_an_expression_is_said_in_words(written: str, said: str) -> None:
    assert words(parse_text(written)) == said


@given(expressions)
def test_every_window_and_threshold_is_said(node: Node) -> None:
    said = words(node)
    for one in nodes.walk(node):
        if isinstance(one, nodes.Aggregate | nodes.Strikes | nodes.Sanctions) and one.over is not None:
            assert show_duration(one.over) in said
        if isinstance(one, nodes.Param):
            assert f"{one.default:g} (parameter {one.name})" in said


def test_a_rule_is_said_with_the_signals_that_it_names() -> None:
    content = changed(
        ("signals:\n", 'signals:\n  often: strikes("soft") > 1\n'), ('strikes("soft") < param("most", 3)', "often")
    )
    said = in_words(loaded(content).rules[0])
    assert said.when.startswith("(strangers_24h is more than 50 (parameter strangers), and not text matches")
    assert said.given == "often"
    assert [name for name, _ in said.signals] == ["strangers_24h", "often"]
    assert in_words(loaded(changed(('    given: strikes("soft") < param("most", 3)\n', ""))).rules[0]).given == ""


def test_where_and_when_a_rule_holds_is_said_if_that_is_limited() -> None:
    assert reach(loaded().rules[0]) == "from 2026-01-15, until 2027-01-15, in IT, not in DE"
    limits = r"    (from|until|regions|except_regions): .*\n"
    assert reach(loaded(re.sub(limits, "", changed())).rules[0]) == ""
