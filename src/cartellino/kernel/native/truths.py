"""Interval arithmetic for compiled rules, on pairs of doubles; the same as `vocabulary.truth`.

Truth values are 0 (false), 1 (unknown) and 2 (true), so that `and` is the minimum and `or` the maximum. A comparison is
the sum of whether it holds for some, and for all, values of the intervals (`kernel.lowering` writes them).
"""

from __future__ import annotations

import numpy as np

from cartellino.kernel.native.panes import FULL_SUM
from cartellino.kernel.native.types import Flag, Int

INF = np.inf


def plus(a: float, b: float, c: float, d: float) -> tuple[float, float]:
    """Add two intervals."""
    return a + c, b + d


def minus(a: float, b: float, c: float, d: float) -> tuple[float, float]:
    """Subtract two intervals."""
    least, most = a - d, b - c
    return -INF if least != least else least, INF if most != most else most


def product(a: float, b: float) -> float:
    """Multiply two ends; 0 times infinity is 0."""
    return 0.0 if a == 0.0 or b == 0.0 else a * b


def times(a: float, b: float, c: float, d: float) -> tuple[float, float]:
    """Multiply two intervals."""
    w, x, y, z = product(a, c), product(a, d), product(b, c), product(b, d)
    return min(min(w, x), min(y, z)), max(max(w, x), max(y, z))


def quotient(a: float, b: float) -> float:
    """Divide two ends; a quotient by infinity is 0."""
    return 0.0 if a == 0.0 or b == INF or b == -INF else a / b


def over(a: float, b: float, c: float, d: float) -> tuple[float, float]:
    """Divide two intervals; a divisor that may be zero makes the quotient unknown."""
    if c <= 0.0 <= d:
        return -INF, INF
    w, x, y, z = quotient(a, c), quotient(a, d), quotient(b, c), quotient(b, d)
    return min(min(w, x), min(y, z)), max(max(w, x), max(y, z))


def share(a: float, b: float, c: float, d: float, least: float) -> tuple[float, float]:
    """Divide a part by a whole; unknown, [0, 1], unless the whole is certainly at least `least`."""
    if c < max(least, 1.0):
        return 0.0, 1.0
    return min(a / (d if a >= 0.0 else c), 1.0), min(b / (c if b >= 0.0 else d), 1.0)


def known_number(value: float) -> tuple[float, float]:
    """Return a number as an interval; NaN is unknown."""
    return (value, value) if value == value else (-INF, INF)


def summed(certain: Int, possible: Int, lost: Int, negative: Int, unknown: Int) -> tuple[float, float]:
    """Return the interval of a sum from its counters, which are in thousandths."""
    mask = FULL_SUM - 1
    sure = (certain & mask) - (lost & mask)
    least, most = (sure - (negative & mask)) / 1000.0, (sure + (possible & mask)) / 1000.0
    is_open = unknown != 0 or certain >= FULL_SUM or possible >= FULL_SUM or lost >= FULL_SUM or negative >= FULL_SUM
    return least, INF if is_open else most


def possibly(
    least: float, most: float, latest: Int, clock: Int, newest: Int, pane: Int, panes: Int
) -> tuple[float, float]:
    """Return what the events without a key may add to a key.

    That is nothing if the latest of them is older than the window, and has no upper end if the clock of the key is at
    least a pane behind that of the service, at which their own window ends.
    """
    if latest < 0 or latest // pane <= clock // pane - panes:
        return 0.0, 0.0
    return (0.0, INF) if clock // pane < newest // pane else (least, most)


def aged(clock: Int, made: Int, first_seen: Int) -> tuple[float, float]:
    """Return the age of an account, in ms."""
    if made >= 0:
        return float(max(0, clock - made)), float(max(0, clock - made))
    return float(clock - first_seen), INF


def passed(clock: Int, latest: Int, doubted: Int, made: Int, start: Int, sends: Int) -> tuple[float, float]:
    """Return the time since the latest event of a kind, in ms; without upper end if it may have been taken back."""
    if latest >= 0 and doubted != 0:
        return float(clock - latest), INF
    if latest >= 0:
        return float(clock - latest), float(clock - latest)
    if sends == 0:
        return 0.0, INF
    begins = made if made >= start and made >= 0 else start
    return float(max(0, clock - begins)), INF


def complete(clock: Int, over: Int, start: Int, made: Int, sends: Int) -> Flag:
    """Return whether the log contains every event of a window. `made` is -1 if it is unknown or irrelevant."""
    return sends != 0 and (clock - over >= start or (made >= 0 and made >= start))
