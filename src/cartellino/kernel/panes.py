"""A counter over a window: one number a pane, and their total.

Memory: `window.panes` integers. Adding and reading take constant time, apart from clearing the panes that time has
passed.

>>> from cartellino.signals.window import window
>>> panes = Panes(window(10_000), 0)
>>> panes.add(3_500, 2)
>>> panes.read(4_000), panes.read(13_999)
(2, 0)
"""

from __future__ import annotations

from fractions import Fraction
from typing import Generic, TypeVar

from cartellino.signals.window import Window
from cartellino.vocabulary.times import Instant

Amount = TypeVar("Amount", int, Fraction)
"""Counts are integers, sums are fractions: both are added exactly, in whatever order."""


class Panes(Generic[Amount]):
    """Numbers by pane, and their `total`. `newest` is the largest pane seen; what is older is forgotten."""

    __slots__ = ("_held", "_pane", "_size", "_zero", "newest", "total")

    def __init__(self, window: Window, zero: Amount) -> None:
        """Start empty; `zero` is that of what is added."""
        self._pane = window.pane
        self._size = window.panes
        self._held: list[Amount] = [zero] * window.panes
        self.newest = -1
        self.total: Amount = zero
        self._zero: Amount = zero

    def add(self, time: Instant, amount: Amount) -> None:
        """Add to the pane of `time`, if that is still in the window."""
        pane = time // self._pane
        if pane > self.newest:
            self._advance(pane)
        elif pane <= self.newest - self._size:
            return
        self._held[pane % self._size] += amount
        self.total += amount

    def take(self, pane: int, amount: Amount) -> None:
        """Take back what was added to a pane, unless it was forgotten since."""
        if self.newest - self._size < pane <= self.newest:
            self._held[pane % self._size] -= amount
            self.total -= amount

    def read(self, now: Instant) -> Amount:
        """Return the total of the window that ends with the pane of `now`."""
        if not self.total:
            return self._zero
        pane = now // self._pane
        if pane > self.newest:
            self._advance(pane)
        return self.total

    def oldest(self, now: Instant) -> int:
        """Return the number of the oldest pane that counts once the window has moved to `now`."""
        pane = now // self._pane
        if pane > self.newest:
            self._advance(pane)
        return max(0, self.newest - self._size + 1)

    def _advance(self, pane: int) -> None:
        passed = pane - self.newest
        if passed >= self._size:
            self._held = [self._zero] * self._size
            self.total = self._zero
        else:
            for index in range(self.newest + 1, pane + 1):
                slot = index % self._size
                self.total -= self._held[slot]
                self._held[slot] = self._zero
        self.newest = pane
