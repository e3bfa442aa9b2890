from __future__ import annotations

import pytest
from tests.policies.files import loaded

from cartellino.expressions import nodes
from cartellino.expressions.parse import parse_text
from cartellino.policies.resolve import resolve
from cartellino.policies.rule import DISCLOSURES, Mode, kinds, longest_window
from cartellino.vocabulary.diagnostics import Faults
from cartellino.vocabulary.times import DAY, HOUR


def node(written: str) -> nodes.Node:
    return resolve(parse_text(written), {}, {}, Faults())


@pytest.mark.parametrize(
    ("mode", "shown"),
    [
        (Mode(), "live"),
        (Mode("off"), "off"),
        (Mode("shadow"), "shadow"),
        (Mode("canary", 0.05), "canary 0.05"),
        (Mode("live", 1.0, 0.01), "live, 1% held out"),
    ],
)
def test_a_mode_is_shown_in_words(mode: Mode, shown: str) -> None:
    assert mode.show() == shown


def test_the_longest_window_is_found_wherever_it_is() -> None:
    assert longest_window(node("known")) == 0
    assert longest_window(node('count(read, over="1h") > 5')) == HOUR
    share = 'share(count(read, over="24h"), of=count(delivered, over="1h"), at_least=2)'
    assert longest_window(node(f"not ({share} > 0.5)")) == DAY


def test_a_rule_is_judged_on_the_kinds_that_it_names() -> None:
    assert kinds(node("known")) == frozenset()
    assert kinds(node('count(read, over="1h") + sum(broadcast_sent.recipients, over="1h") > 5')) == {
        "read",
        "broadcast_sent",
    }
    assert kinds(node('kind == "blocked" or kind in ("reported", "read")')) == {"blocked", "reported", "read"}
    assert kinds(node('"blocked" == kind')) == {"blocked"}
    assert kinds(node('kind != "blocked"')) == frozenset()
    assert kinds(node('since(connected) > "1h" and first(registered.client) == last(read.client)')) == {
        *("connected", "registered", "read")
    }


def test_the_series_of_a_rule_are_told_once_each() -> None:
    (rule,) = loaded().rules
    assert [one.kind for one in rule.aggregates()] == ["message_sent"]


def test_what_may_be_disclosed_is_said_of_each_degree() -> None:
    assert list(DISCLOSURES) == ["full", "general", "sealed"]
