"""A counter over a sliding window: one number for each pane, and their total.

Memory: `window.panes` integers. Adding and reading take constant time, apart from clearing the panes that have left the
window. A pane that would exceed its cap is full: the excess is not counted.

>>> from cartellino.signals.window import window
>>> panes = Panes(window(10_000), cap=3)
>>> panes.add(3_500, 2)
>>> panes.read(4_000), panes.read(13_999)
(2, 0)
"""

from __future__ import annotations

from cartellino.signals.window import Window
from cartellino.vocabulary.times import Instant


class Panes:
    """Numbers by pane, and their `total`. `newest` is the number of the latest pane; older panes leave the window."""

    __slots__ = ("_amounts", "_cap", "_full", "_pane", "_size", "newest", "total")

    def __init__(self, window: Window, cap: int | None = None) -> None:
        """Start empty. `cap` is the largest number of a pane; `None` if unlimited."""
        self._pane = window.pane
        self._size = window.panes
        self._cap = cap
        self._amounts = [0] * window.panes
        self._full: set[int] = set()
        self.newest = -1
        self.total = 0

    def add(self, time: Instant, amount: int) -> None:
        """Add to the pane of `time`, if it is still in the window."""
        pane = time // self._pane
        if pane > self.newest:
            self._move_to(pane)
        elif pane <= self.newest - self._size:
            return
        slot = pane % self._size
        if self._cap is not None and self._amounts[slot] + amount > self._cap:
            amount = self._cap - self._amounts[slot]
            self._full.add(slot)
        self._amounts[slot] += amount
        self.total += amount

    def subtract(self, time: Instant) -> None:
        """Subtract one from the pane of `time`, if it is in the window and not 0."""
        pane = time // self._pane
        if self.newest - self._size < pane <= self.newest and self._amounts[pane % self._size]:
            self._amounts[pane % self._size] -= 1
            self.total -= 1

    def read(self, now: Instant) -> int:
        """Return the total of the window that ends with the pane of `now`."""
        if not self.total and not self._full:
            return 0
        pane = now // self._pane
        if pane > self.newest:
            self._move_to(pane)
        return self.total

    def is_full(self, now: Instant) -> bool:
        """Return whether any pane of the window that ends with the pane of `now` is full."""
        self.read(now)
        return bool(self._full)

    def advance(self, now: Instant) -> None:
        """Move the window to `now`, dropping the panes that have left it."""
        pane = now // self._pane
        if pane > self.newest:
            self._move_to(pane)

    def oldest(self, now: Instant) -> int:
        """Move the window to `now`, and return the number of its oldest pane."""
        self.advance(now)
        return max(0, self.newest - self._size + 1)

    def since(self, now: Instant) -> Instant:
        """Move the window to `now`, and return the instant at which it begins."""
        return self.oldest(now) * self._pane

    def is_later(self, time: Instant, than: Instant) -> bool:
        """Return whether the pane of `time` is later than that of `than`."""
        return time // self._pane > than // self._pane

    def _move_to(self, pane: int) -> None:
        passed = pane - self.newest
        if passed >= self._size:
            self._amounts = [0] * self._size
            self._full = set()
            self.total = 0
        else:
            for index in range(self.newest + 1, pane + 1):
                slot = index % self._size
                self.total -= self._amounts[slot]
                self._amounts[slot] = 0
                self._full.discard(slot)
        self.newest = pane
