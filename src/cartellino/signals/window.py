"""A window is made of panes: equal stretches of time that start at round instants, so that forgetting is cheap.

A window of P panes counts the current pane and the P-1 before it, so it covers between W - W/P and W: a signal never
counts an event that is older than its window, and may miss those of the last W/P. There are 10 to 60 panes.

Source: the tiles of Airbnb's Chronon and Stripe, and panes in Li et al., "No Pane, No Gain" (SIGMOD Record 2005).

>>> window(duration("24h"))
Window(pane=3600000, panes=24)
>>> window(duration("24h")).holds(now=90_000_000, time=3_600_000), window(duration("24h")).holds(90_000_000, 7_200_000)
(False, True)
"""

from __future__ import annotations

from dataclasses import dataclass

from cartellino.vocabulary.times import DAY, HOUR, MINUTE, SECOND, Duration, Instant, duration, show_duration

PANES: tuple[Duration, ...] = (SECOND, 5 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY)
FEWEST, MOST = 10, 60


@dataclass(frozen=True)
class Window:
    """`panes` panes of `pane` milliseconds."""

    pane: Duration
    panes: int

    @property
    def length(self) -> Duration:
        """The whole window in milliseconds."""
        return self.pane * self.panes

    def oldest(self, now: Instant) -> int:
        """Number of the oldest pane that counts at `now`."""
        return now // self.pane - self.panes + 1

    def holds(self, now: Instant, time: Instant) -> bool:
        """Say whether an event of `time` counts at `now`."""
        return time // self.pane >= self.oldest(now)


def window(length: Duration) -> Window:
    """Return the window of that length, with the largest panes of which it has at least ten.

    Raises `ValueError` that names the nearest lengths which are allowed.
    """
    for pane in reversed(PANES):
        if length % pane == 0 and FEWEST <= length // pane <= MOST:
            return Window(pane, length // pane)
    near = ", ".join(f'"{show_duration(neighbour)}"' for neighbour in nearest(length))
    raise ValueError(f"a window of {show_duration(length)} cannot be cut into 10 to 60 panes; nearest that can: {near}")


def nearest(length: Duration) -> list[Duration]:
    """Return the longest allowed window below `length` and the shortest above it, as far as they exist."""
    allowed = sorted({pane * panes for pane in PANES for panes in range(FEWEST, MOST + 1)})
    below = [candidate for candidate in allowed if candidate < length][-1:]
    return below + [candidate for candidate in allowed if candidate > length][:1]


__all__ = ["FEWEST", "MOST", "PANES", "Window", "duration", "nearest", "window"]
