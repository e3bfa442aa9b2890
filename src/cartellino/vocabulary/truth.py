"""Arithmetic and logic with unknown values: intervals, and three-valued truth.

Unknown is not zero (law 1). The value of a signal is `Interval(least, most)`: `least` counts only what is certain,
`most` also what is possible. A comparison is true if it holds for every value in the interval, false if it holds for
none, and otherwise `None` (unknown).

>>> greater(Interval(131, 131), exactly(100)), greater(Interval(80, 131), exactly(100))
(True, None)
>>> both(None, False), both(None, True), either(None, True), negation(None)
(False, None, True, None)
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple

Truth = bool | None
"""True, false, or unknown (`None`); Kleene's strong three-valued logic."""


class Interval(NamedTuple):
    """All values that a number (a count, ratio or number of milliseconds) may have: `least <= value <= most`."""

    least: float
    most: float


ANYTHING = Interval(-inf, inf)
ZERO = Interval(0, 0)


def exactly(value: float) -> Interval:
    """Return the interval of a known number."""
    return Interval(value, value)


def greater(left: Interval, right: Interval) -> Truth:
    """Return whether `left > right`."""
    if left.least > right.most:
        return True
    return False if left.most <= right.least else None


def at_least(left: Interval, right: Interval) -> Truth:
    """Return whether `left >= right`."""
    if left.least >= right.most:
        return True
    return False if left.most < right.least else None


def equal(left: Interval, right: Interval) -> Truth:
    """Return whether `left == right`; true only if both are single numbers."""
    if left.least == left.most == right.least == right.most:
        return True
    return False if left.least > right.most or left.most < right.least else None


def both(left: Truth, right: Truth) -> Truth:
    """Return `left and right`; false if one is false, whatever the other is."""
    if left is False or right is False:
        return False
    return True if left and right else None


def either(left: Truth, right: Truth) -> Truth:
    """Return `left or right`; true if one is true, whatever the other is."""
    if left or right:
        return True
    return False if left is False and right is False else None


def negation(value: Truth) -> Truth:
    """Return `not value`; unknown stays unknown."""
    return None if value is None else not value


def plus(left: Interval, right: Interval) -> Interval:
    """Return the sum of two intervals."""
    return Interval(left.least + right.least, left.most + right.most)


def minus(left: Interval, right: Interval) -> Interval:
    """Return the difference of two intervals, from smallest minus largest to largest minus smallest."""
    least, most = left.least - right.most, left.most - right.least
    return Interval(-inf if least != least else least, inf if most != most else most)


def times(left: Interval, right: Interval) -> Interval:
    """Return the product of two intervals, whose bounds are among the products of their ends."""
    products = [_product(a, b) for a in left for b in right]
    return Interval(min(products), max(products))


def over(left: Interval, right: Interval) -> Interval:
    """Return the quotient of two intervals, which is unknown if the divisor may be zero."""
    if right.least <= 0 <= right.most:
        return ANYTHING
    quotients = [_quotient(a, b) for a in left for b in right]
    return Interval(min(quotients), max(quotients))


def share(part: Interval, whole: Interval) -> Interval:
    """Return the share of a part in a whole of at least 1; shares above 1 become 1.

    A positive part has its largest share in the smallest whole, a negative part in the largest one.
    """
    least = part.least / (whole.most if part.least >= 0 else whole.least)
    most = part.most / (whole.least if part.most >= 0 else whole.most)
    return Interval(min(least, 1), min(most, 1))


def _product(left: float, right: float) -> float:
    return 0.0 if left == 0 or right == 0 else left * right


def _quotient(left: float, right: float) -> float:
    """Return the quotient of two ends, 0 for an infinite divisor. (`left * (1 / right)` would make 49 / 49 inexact.)"""
    return 0.0 if left == 0 or right in (inf, -inf) else left / right
