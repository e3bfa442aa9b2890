"""What can be said of something that is not fully known: an interval, and a truth with three values.

Unknown is not zero (law 1). A signal is `Interval(least, most)`: `least` counts what is certain, `most` adds what may
be. A comparison is true if it holds for every value between, false if it holds for none, and `None` (unknown) else.

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
    """All values that a number may have: `least <= value <= most`. Counts, ratios or milliseconds."""

    least: float
    most: float


ANYTHING = Interval(-inf, inf)
ZERO = Interval(0, 0)


def exactly(value: float) -> Interval:
    """Return the interval of one number that is known."""
    return Interval(value, value)


def greater(left: Interval, right: Interval) -> Truth:
    """Compare `left > right`."""
    if left.least > right.most:
        return True
    return False if left.most <= right.least else None


def at_least(left: Interval, right: Interval) -> Truth:
    """Compare `left >= right`."""
    if left.least >= right.most:
        return True
    return False if left.most < right.least else None


def equal(left: Interval, right: Interval) -> Truth:
    """Compare `left == right`; true only when both are known to the last digit."""
    if left.least == left.most == right.least == right.most:
        return True
    return False if left.least > right.most or left.most < right.least else None


def both(left: Truth, right: Truth) -> Truth:
    """`and`: one false decides, whatever the other is."""
    if left is False or right is False:
        return False
    return True if left and right else None


def either(left: Truth, right: Truth) -> Truth:
    """`or`: one true decides, whatever the other is."""
    if left or right:
        return True
    return False if left is False and right is False else None


def negation(value: Truth) -> Truth:
    """`not`: unknown stays unknown."""
    return None if value is None else not value


def plus(left: Interval, right: Interval) -> Interval:
    """Add two intervals."""
    return Interval(left.least + right.least, left.most + right.most)


def minus(left: Interval, right: Interval) -> Interval:
    """Subtract two intervals: the smallest less the largest, and the largest less the smallest."""
    least, most = left.least - right.most, left.most - right.least
    return Interval(-inf if least != least else least, inf if most != most else most)


def times(left: Interval, right: Interval) -> Interval:
    """Multiply two intervals: the extremes are among the products of the ends."""
    products = [_product(a, b) for a in left for b in right]
    return Interval(min(products), max(products))


def over(left: Interval, right: Interval) -> Interval:
    """Divide two intervals. A divisor that may be zero makes the quotient unknown; it never crashes."""
    if right.least <= 0 <= right.most:
        return ANYTHING
    quotients = [_quotient(a, b) for a in left for b in right]
    return Interval(min(quotients), max(quotients))


def share(part: Interval, whole: Interval) -> Interval:
    """Divide a part by a whole of at least 1; of what is less than nought, the larger whole makes the larger share."""
    least = part.least / (whole.most if part.least >= 0 else whole.least)
    most = part.most / (whole.least if part.most >= 0 else whole.most)
    return Interval(min(least, 1), min(most, 1))


def _product(left: float, right: float) -> float:
    return 0.0 if left == 0 or right == 0 else left * right


def _quotient(left: float, right: float) -> float:
    """Divide two ends; divided by an infinite one nothing remains. Never `left * (1 / right)`: 49 / 49 is 1."""
    return 0.0 if left == 0 or right in (inf, -inf) else left / right
