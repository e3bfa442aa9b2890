from __future__ import annotations

from typing import Any

import pytest

from cartellino.expressions import nodes
from cartellino.expressions.meaning import Meaning, lower, threshold
from cartellino.expressions.nodes import Node
from cartellino.expressions.parse import parse_text
from cartellino.expressions.types import Type
from cartellino.vocabulary.times import DAY
from cartellino.vocabulary.truth import ANYTHING, Interval, Truth, exactly

COLUMNS: dict[str, Type] = {"yes": "truth", "no": "truth", "maybe": "truth", "peer": "text", "nobody": "text"}
HELD: dict[str, Any] = {"yes": True, "no": False, "maybe": None, "peer": "b", "nobody": None}
COUNTS = {"some": Interval(80, 131), "many": exactly(131), "few": exactly(2), "none": exactly(0), "any": Interval(0, 5)}


def leaf(node: Node) -> Meaning:
    match node:
        case nodes.Name(name):
            return lambda _: HELD[name]
        case nodes.Count(kind):
            return lambda _: COUNTS[kind]
        case nodes.Age():
            return lambda moment: exactly(moment)
    raise AssertionError(node)


def meant(written: str, moment: float = 0) -> Any:  # noqa: ANN401 - whatever the expression gives
    return lower(parse_text(written), COLUMNS, leaf)(moment)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("yes and maybe", None),
        ("no and maybe", False),
        ("maybe and no", False),
        ("yes or maybe", True),
        ("maybe or yes", True),
        ("maybe or no", None),
        ("not maybe", None),
        ("not no", True),
        ("yes and not no", True),
        ("count(many) > 100", True),
        ("count(some) > 100", None),
        ("count(some) > 131", False),
        ("count(some) >= 80", True),
        ("100 < count(many)", True),
        ("count(some) <= 79", False),
        ("count(few) == 2", True),
        ("count(some) == 2", False),
        ("count(some) == 100", None),
        ("count(some) != 100", None),
        ("count(few) != 3", True),
        ("peer == 'b'", True),
        ("peer != 'b'", False),
        ("nobody == 'b'", None),
        ("nobody != 'b'", None),
        ("peer in ('a', 'b')", True),
        ("nobody in ('a', 'b')", None),
        ("peer not in ('a', 'b')", False),
        ("nobody not in ('a',)", None),
        ("yes == true", True),
        ("maybe == true", None),
        ("yes != no", True),
        ("count(many) / count(none) > 0", None),
        ("count(many) / count(any) > 0", None),
        ("count(some) - count(some) == 0", None),
        ("-count(few) + 3 == 1", True),
        ("count(few) * count(none) == 0", True),
        ("count(few) / 2 >= 1", True),
    ],
)
def test_an_expression_means(written: str, said: Truth) -> None:
    assert meant(written) is said


def test_a_text_beside_a_duration_is_a_duration() -> None:
    assert meant("age(account) < '7d'", 6 * DAY) is True
    assert meant("age(account) < '7d'", 7 * DAY) is False
    assert meant("'7d' <= age(account)", 7 * DAY) is True
    assert threshold(nodes.Text("24h")) == nodes.Number(DAY)
    assert threshold(nodes.Age()) == nodes.Age()


@pytest.mark.parametrize(
    ("written", "share"),
    [
        ("share(count(few), of=count(many), at_least=20)", exactly(2 / 131)),
        ("share(count(few), of=count(many), at_least=132)", Interval(0, 1)),
        ("share(count(few), of=count(some), at_least=20)", Interval(2 / 131, 2 / 80)),
        ("share(count(few), of=count(some), at_least=81)", Interval(0, 1)),
        ("share(count(some), of=count(many), at_least=20)", Interval(80 / 131, 1)),
        ("share(count(many), of=count(few), at_least=1)", exactly(1)),
        ("share(count(none), of=count(none), at_least=0)", Interval(0, 1)),
    ],
)
def test_a_share_is_unknown_below_its_least_and_never_above_one(written: str, share: Interval) -> None:
    assert meant(written) == share


def test_division_by_zero_is_unknown_and_does_not_crash() -> None:
    assert meant("count(many) / count(none)") == ANYTHING
    assert meant("1 / 0") == ANYTHING


def test_constants_and_parameters_are_known() -> None:
    assert meant("param('x', 5) + 1") == exactly(6)
    assert meant("true") is True
    assert meant("'text'") == "text"


def test_a_named_signal_means_what_it_stands_for() -> None:
    named = nodes.Named("n", parse_text("count(many) > 100"))
    assert lower(nodes.Not(named), COLUMNS, leaf)(0) is False
