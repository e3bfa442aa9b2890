from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from math import inf, isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartellino.vocabulary import truth
from cartellino.vocabulary.truth import ANYTHING, ZERO, Interval, Truth, exactly

TRUTHS: tuple[Truth, ...] = (True, False, None)

numbers = st.integers(-(10**6), 10**6).map(float) | st.floats(-1e6, 1e6) | st.sampled_from([0.0, 1.0, -1.0])
"""What counts, shares and milliseconds are like."""


@st.composite
def intervals(draw: st.DrawFn) -> tuple[Interval, float]:
    """An interval, and a value inside it: what the number really is."""
    value = draw(numbers)
    others = draw(st.lists(numbers | st.sampled_from([inf, -inf]), max_size=3))
    return Interval(min([value, *others]), max([value, *others])), value


@pytest.mark.parametrize(
    ("compare", "really"),
    [
        (truth.greater, lambda a, b: a > b),
        (truth.at_least, lambda a, b: a >= b),
        (truth.equal, lambda a, b: a == b),
    ],
)
@given(intervals(), intervals())
def test_a_comparison_is_never_surer_than_what_is_known(
    compare: Callable[[Interval, Interval], Truth],
    really: Callable[[float, float], bool],
    left: tuple[Interval, float],
    right: tuple[Interval, float],
) -> None:
    said = compare(left[0], right[0])
    assert said is None or said is really(left[1], right[1])
    assert compare(exactly(left[1]), exactly(right[1])) is really(left[1], right[1])


@given(intervals(), intervals())
def test_a_comparison_is_unknown_only_where_both_answers_are_possible(
    left: tuple[Interval, float], right: tuple[Interval, float]
) -> None:
    if truth.greater(left[0], right[0]) is None:
        assert left[0].most > right[0].least  # so it may be true
        assert left[0].least <= right[0].most  # and it may be false
    if truth.at_least(left[0], right[0]) is None:
        assert left[0].most >= right[0].least
        assert left[0].least < right[0].most


@pytest.mark.parametrize(
    ("operation", "really"),
    [
        (truth.plus, lambda a, b: Fraction(a) + Fraction(b)),
        (truth.minus, lambda a, b: Fraction(a) - Fraction(b)),
        (truth.times, lambda a, b: Fraction(a) * Fraction(b)),
        (truth.over, lambda a, b: Fraction(a) / Fraction(b) if b else None),
    ],
)
@given(intervals(), intervals())
def test_arithmetic_holds_the_true_result(
    operation: Callable[[Interval, Interval], Interval],
    really: Callable[[float, float], Fraction | None],
    left: tuple[Interval, float],
    right: tuple[Interval, float],
) -> None:
    least, most = operation(left[0], right[0])
    result = really(left[1], right[1])
    assert not isnan(least)
    assert not isnan(most)
    assert least <= most
    if result is not None:
        try:
            rounded = float(result)  # to the nearest, as the ends are
        except OverflowError:
            rounded = inf if result > 0 else -inf
        assert least <= rounded <= most


@given(st.integers(1, 10**6))
def test_a_number_divided_by_itself_is_one(count: int) -> None:
    """`count / count >= 1` must hold; multiplied by the inverse, 49 / 49 would fall short of it."""
    assert truth.over(exactly(count), exactly(count)) == exactly(1)


@given(intervals())
def test_division_by_what_may_be_zero_is_unknown(left: tuple[Interval, float]) -> None:
    for divisor in (ZERO, Interval(-1, 1), Interval(0, 5), Interval(-5, 0), ANYTHING):
        assert truth.over(left[0], divisor) == ANYTHING
    assert truth.over(exactly(6), exactly(3)) == exactly(2)
    assert truth.over(exactly(6), Interval(3, inf)) == Interval(0, 2)
    assert truth.over(exactly(6), Interval(-inf, -3)) == Interval(-2, 0)


def test_what_is_added_to_anything_is_anything() -> None:
    assert truth.plus(ANYTHING, ANYTHING) == truth.minus(ANYTHING, ANYTHING) == ANYTHING
    assert truth.times(ANYTHING, ZERO) == ZERO
    assert truth.times(ANYTHING, exactly(2)) == ANYTHING


@pytest.mark.parametrize(
    ("left", "right", "conjunction", "disjunction"),
    [
        (True, True, True, True),
        (True, False, False, True),
        (True, None, None, True),
        (False, True, False, True),
        (False, False, False, False),
        (False, None, False, None),
        (None, True, None, True),
        (None, False, False, None),
        (None, None, None, None),
    ],
)
def test_and_and_or_follow_kleene(left: Truth, right: Truth, conjunction: Truth, disjunction: Truth) -> None:
    assert truth.both(left, right) is conjunction
    assert truth.either(left, right) is disjunction


def test_not_keeps_the_unknown_unknown() -> None:
    assert [truth.negation(one) for one in TRUTHS] == [False, True, None]


def test_de_morgan_holds_with_the_unknown() -> None:
    for left, right in product(TRUTHS, TRUTHS):
        assert truth.negation(truth.both(left, right)) is truth.either(truth.negation(left), truth.negation(right))


def test_a_truth_is_told_only_if_it_holds_whatever_the_unknown_is() -> None:
    def possible(value: Truth) -> tuple[bool, ...]:
        return (True, False) if value is None else (value,)

    for left, right in product(TRUTHS, TRUTHS):
        results = {a and b for a in possible(left) for b in possible(right)}
        assert truth.both(left, right) is (results.pop() if len(results) == 1 else None)
