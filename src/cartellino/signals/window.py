"""Windows of time. A window is divided into panes: equal periods that begin at round instants, which are dropped whole.

A window of length W has P panes (10 to 60) and counts the current one and the P-1 before it. So it covers between
W - W/P and W: a signal never counts an event that is older than its window, but may miss events of its oldest W/P.

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
    """A window of `panes` panes of `pane` milliseconds each."""

    pane: Duration
    panes: int

    @property
    def length(self) -> Duration:
        """The length of the window in milliseconds."""
        return self.pane * self.panes

    def oldest(self, now: Instant) -> int:
        """Return the number of the oldest pane that counts at `now`; pane 0 begins in 1970."""
        return now // self.pane - self.panes + 1

    def holds(self, now: Instant, time: Instant) -> bool:
        """Return whether an event at `time` counts at `now`."""
        return time // self.pane >= self.oldest(now)


def window(length: Duration) -> Window:
    """Return the window of a length, with the largest possible panes of which there are at least ten.

    Raises `ValueError`, whose message names the nearest allowed lengths.
    """
    for pane in reversed(PANES):
        if length % pane == 0 and FEWEST <= length // pane <= MOST:
            return Window(pane, length // pane)
    near = ", ".join(f'"{show_duration(neighbour)}"' for neighbour in nearest(length))
    raise ValueError(f"a window of {show_duration(length)} cannot be cut into 10 to 60 panes; nearest that can: {near}")


def nearest(length: Duration) -> list[Duration]:
    """Return the longest allowed length below `length` and the shortest above it, as far as they exist."""
    allowed = sorted({pane * panes for pane in PANES for panes in range(FEWEST, MOST + 1)})
    below = [candidate for candidate in allowed if candidate < length][-1:]
    return below + [candidate for candidate in allowed if candidate > length][:1]


__all__ = ["FEWEST", "MOST", "PANES", "Window", "duration", "nearest", "window"]
