from __future__ import annotations

import pytest
from hypothesis import given
from tests.expressions.strategies import expressions

from cartellino.expressions import nodes
from cartellino.expressions.nodes import Node
from cartellino.expressions.parse import parse_text
from cartellino.expressions.types import Type, type_of
from cartellino.vocabulary.diagnostics import Diagnostic, Faults

COLUMNS: dict[str, Type] = {"known": "truth", "peer": "text", "credit": "number", "kind": "text", "x_rate": "number"}


def typed(written: str) -> tuple[Type, list[Diagnostic]]:
    faults = Faults()
    return type_of(parse_text(written), COLUMNS, faults), faults


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("5", "number"),
        ("-5 + credit * 2", "number"),
        ("param('x', 1)", "number"),
        ("count(read) / 2", "number"),
        ("sum(read.credit)", "number"),
        ("distinct(read.peer) - repeat(read.peer)", "number"),
        ("unanswered(message_sent, where=not known)", "number"),
        ("share(count(read), of=count(delivered), at_least=5)", "share"),
        ("share(count(read), of=count(delivered), at_least=5) * 100", "number"),
        ("age(account)", "duration"),
        ("since(read)", "duration"),
        ("'text'", "text"),
        ("peer", "text"),
        ("first(read.peer)", "text"),
        ("last(read.credit)", "number"),
        ("last(read.known)", "truth"),
        ("true", "truth"),
        ("known", "truth"),
        ("has(peer)", "truth"),
        ("not known and (known or has(peer))", "truth"),
        ("peer in ('a', 'b')", "truth"),
        ("peer == 'a'", "truth"),
        ("known != true", "truth"),
        ("age(account) < '7d'", "truth"),
        ("'7d' >= since(read)", "truth"),
        ("age(account) > since(read)", "truth"),
        ("credit >= 5", "truth"),
        ("share(count(read), of=count(read), at_least=1) < 0.2", "truth"),
        ("in_list(peer, 'l')", "truth"),
        ("near(peer, 'l')", "truth"),
        ("strikes() + sanctions('ban') + linked(device, 'ban') > 2", "truth"),
    ],
)
def test_a_type_fits(written: str, found: Type) -> None:
    assert typed(written) == (found, [])


@pytest.mark.parametrize(
    ("written", "problem", "caret"),
    [
        ("known and credit", "`credit` is a number, and a truth is needed here", "credit"),
        ("not peer", "`peer` is a text, and a truth is needed here", "peer"),
        ("count(read, where=credit) > 1", "`credit` is a number, and a truth is needed here", "credit"),
        ("known + 1", "`known` is a truth, and a number is needed here", "known"),
        ("1 - '24h'", '`"24h"` is a text, and a number is needed here', "'24h'"),
        ("-known", "`known` is a truth, and a number is needed here", "known"),
        ("share(known, of=count(read), at_least=5)", "`known` is a truth, and a number is needed here", "known"),
        ("credit in ('a', 'b')", "`credit` is a number, and a text is needed here", "credit"),
        ("credit > peer", "a number cannot be compared with a text", "credit > peer"),
        ("age(account) > 7", "a duration cannot be compared with a number", "age(account) > 7"),
        ("peer > 'a'", "a text has no order; `>` cannot be used", "peer > 'a'"),
        ("known <= true", "a truth has no order; `<=` cannot be used", "known <= true"),
        ("age(account) > 'a week'", "`a week` is not a duration", "'a week'"),
        ("age(account) > peer", "`peer` is a text, and a duration is needed here", "peer"),
        (
            "share(count(read), of=count(read), at_least=5) > 20",
            "`share(count(read), of=count(read), at_least=5)` lies between 0 and 1; 20 is never reached",
            "20",
        ),
    ],
)
def test_a_type_that_does_not_fit_is_told_where_it_stands(written: str, problem: str, caret: str) -> None:
    _, (fault,) = typed(written)
    assert fault.code == "type"
    assert fault.problem.startswith(problem)
    assert written[fault.span.start : fault.span.end] == caret


def test_every_type_that_does_not_fit_is_told() -> None:
    _, faults = typed("known + 1 > 2 and peer and credit in ('a',)")
    assert len(faults) == 3


def test_a_signal_has_the_type_of_what_it_means() -> None:
    named = nodes.Named("young", parse_text("age(account) < '7d'"))
    assert type_of(named, COLUMNS, Faults()) == "truth"
    assert type_of(nodes.Named("rate", nodes.Column("x_rate")), COLUMNS, Faults()) == "number"


@given(expressions)
def test_every_expression_has_a_type(node: Node) -> None:
    faults = Faults()
    assert type_of(node, COLUMNS, faults) in ("truth", "number", "share", "duration", "text")
    assert not faults  # nodes without a place cannot be told of
