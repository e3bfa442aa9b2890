"""The throughput: events a second, from a reading of the log's last number every second.

>>> pulse = Throughput()
>>> for second, number in ((0.0, 0), (1.0, 500), (1.4, 600), (2.0, 900)):
...     pulse.note(second, number)
>>> pulse.rates(), pulse.rate
([(1.0, 500.0), (2.0, 400.0)], 450.0)
"""

from __future__ import annotations

from collections import deque
from itertools import pairwise

KEPT = 300
"""Number of readings that are kept: five minutes of them."""

RECENT = 10
"""Number of readings over which the current rate is averaged."""


class Throughput:
    """The readings of the last minutes."""

    def __init__(self) -> None:
        """Start without readings."""
        self._readings: deque[tuple[float, int]] = deque(maxlen=KEPT)

    def note(self, second: float, number: int) -> None:
        """Add a reading, unless it comes within a second of the last one."""
        if not self._readings or second - self._readings[-1][0] >= 1:
            self._readings.append((second, number))

    def forget(self) -> None:
        """Drop all readings, when they were not of ordinary operation."""
        self._readings.clear()

    def rates(self) -> list[tuple[float, float]]:
        """Return events a second at each reading."""
        readings = list(self._readings)
        return [(later, (last - first) / (later - since)) for (since, first), (later, last) in pairwise(readings)]

    @property
    def rate(self) -> float:
        """The mean of events a second over the last readings."""
        readings = list(self._readings)[-RECENT - 1 :]
        return (readings[-1][1] - readings[0][1]) / (readings[-1][0] - readings[0][0]) if len(readings) > 1 else 0.0
