"""The last day of every series, a quarter of an hour after the other: reports, what is usual, and the level.

>>> day = Day()
>>> day.add(7, np.array([3.0]), np.array([0.0]), np.array([2], np.int8))
>>> day.series(0)
[Quarter(time=6300000, reports=3, expected=None, level='warning')]
>>> day.series(1)
[Quarter(time=6300000, reports=0, expected=None, level='unknown')]
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import numpy as np

from cartellino.availability.baseline import BUCKET, PER_DAY
from cartellino.availability.board import LEVELS, Levels
from cartellino.availability.cells import Floats
from cartellino.vocabulary.times import Instant


class Quarter(NamedTuple):
    """A quarter of an hour of a series; `expected` is nothing where we do not know what is usual."""

    time: Instant
    reports: int
    expected: float | None
    level: str


class Day:
    """The last day; a caller in another thread sees whole quarters."""

    def __init__(self) -> None:
        self._quarters: deque[tuple[int, Floats, Floats, Levels]] = deque(maxlen=PER_DAY)

    def add(self, bucket: int, counts: Floats, usual: Floats, levels: Levels) -> None:
        """Add a quarter that has ended."""
        self._quarters.append((bucket, counts.astype(np.float32), usual.astype(np.float32), levels.copy()))

    def series(self, number: int) -> list[Quarter]:
        """Return the quarters of a series, the earliest first."""
        return [
            Quarter(
                bucket * BUCKET,
                int(counts[number]) if number < len(counts) else 0,
                float(usual[number]) if number < len(usual) and usual[number] > 0 else None,
                LEVELS[levels[number]] if number < len(levels) else "unknown",
            )
            for bucket, counts, usual, levels in self._quarters.copy()
        ]
