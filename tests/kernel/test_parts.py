"""Small parts of the kernel, each alone."""

from __future__ import annotations

import pytest
from tests.kernel.streams import BEGINS, policy, rule

from cartellino.events.event import Event
from cartellino.expressions import nodes
from cartellino.expressions.nodes import Aggregate
from cartellino.expressions.parse import parse_text
from cartellino.expressions.show import show
from cartellino.kernel.evidence import _deep
from cartellino.kernel.families import Family
from cartellino.kernel.leaves import typed
from cartellino.kernel.reference import Kernel
from cartellino.kernel.revocable import Revocable
from cartellino.kernel.sightings import Exact
from cartellino.kernel.unkeyed import unkeyed


def aggregate(text: str) -> Aggregate:
    node = parse_text(text)
    assert isinstance(node, Aggregate)
    return node


@pytest.mark.parametrize(
    ("value", "kind", "taken"),
    [(True, "number", None), (1, "number", 1), (0.5, "number", 0.5), ("1", "number", None), (1, "truth", None),
     (False, "truth", False), (5, "text", "5"), (None, "text", None)],
)  # fmt: skip
def test_a_value_of_another_type_is_unknown(value: object, kind: str, taken: object) -> None:
    assert typed(value, kind) == taken  # type: ignore[arg-type]


def test_a_message_that_was_forwarded_once_may_have_any_content() -> None:
    """What somebody writes themselves has no fingerprint; what was forwarded has one that is not known."""
    missed = unkeyed(aggregate('count(message_sent, over="1h", by=content)'))
    assert missed is not None
    assert "forwards > 0" in show(missed.where)  # type: ignore[arg-type]


def test_a_sum_stays_a_sum_where_the_key_is_missing() -> None:
    missed = unkeyed(aggregate('sum(call_ended.duration, over="1h", by=device)'))
    assert isinstance(missed, nodes.Sum)
    assert missed.column == "duration"


def test_what_was_taken_back_is_forgotten_and_counted_from_one_again() -> None:
    seen = Exact().of("by whom", "a")
    assert [seen.tally("p", at, 0) for at in (10, 11)] == [1, 2]
    assert seen.untally("p", 0) == (11, 2)
    assert seen.untally("p", 0) == (None, 0)
    assert seen.tally("p", 12, 0) == 1


def test_what_may_have_been_taken_back_is_in_doubt_as_long_as_it_is_in_the_window() -> None:
    minute = 60_000
    by_whom = Revocable(Family((aggregate('sum(reported.credit, over="1m")'),)), Exact().of("by whom", "a"), None)
    by_whom.record_author("p", 1_000, 1_000)
    by_whom.take_back("p", 50_000, 50_000)
    assert by_whom.doubt(50_000, 0) == 1
    assert by_whom.doubt(1_000 + minute + 5_000, 0) == 0


def test_the_evidence_is_what_was_true() -> None:
    either = rule("r", 'count(message_sent, over="1h") >= 1 or count(read, over="1h") >= 5', on=["message_sent"])
    kernel = Kernel(policy(either))
    (found,) = kernel.judge(Event(id="e", time=BEGINS, kind="message_sent", account="a"), 0)
    assert [one.signal for one in found.evidence] == ['count(message_sent, over="1h")']


def test_each_part_of_a_rule_lies_one_deeper_than_what_holds_it() -> None:
    parts = _deep(parse_text('known and not count(read, over="1h") > 3'), 0, set())
    assert [(depth, show(part)) for part, depth in parts] == [
        (0, 'known and not count(read, over="1h") > 3'), (1, "known"), (1, 'not count(read, over="1h") > 3'),
        (2, 'count(read, over="1h") > 3'), (3, 'count(read, over="1h")'),
    ]  # fmt: skip
