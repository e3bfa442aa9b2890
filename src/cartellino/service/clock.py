"""The clock of the service: the machine's wall clock, checked against the time that has really passed.

A wall clock can be set, by hand, by NTP or by whoever restores a virtual machine; elapsed time (`CLOCK_BOOTTIME`, see
clock_gettime(2)) cannot, and goes on while the machine sleeps. The service goes by the wall clock as long as the two
agree within a minute, and never tells an earlier time than before. A wall clock that departs is in doubt: the service
goes on from the last time that it told, by elapsed time, and follows the wall clock (`follow`) once the departure has
lasted five minutes or an operator confirms it. The writer decides when to follow, so that sanctions and deadlines are
adjusted in the same step (see `timekeeping`).

>>> wall, passed = iter([1_000_000, 1_001_000, 9_000_000]), iter([0, 1_000, 2_000])
>>> clock = Clock(lambda: next(wall), lambda: next(passed))
>>> clock.now(), clock.read()
(1001000, Reading(service=1002000, machine=9000000, certainty=<Certainty.DEPARTED: 'departed'>, lasts=0))
"""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum
from threading import Lock
from typing import NamedTuple

from cartellino.vocabulary.times import DAY, EARLIEST, LATEST, MINUTE, Duration, Instant, rough_duration, show_instant

TOLERANCE: Duration = MINUTE
"""By how much the wall clock may differ from elapsed time, and at the start may be behind the time last seen."""

LASTING: Duration = 5 * MINUTE
"""How long a departure lasts until it is followed. While the clocks agree, they are compared anew as often."""

LONGEST_STOP: Duration = 30 * DAY
"""How far the clock may be ahead of the time last seen at the start: as long as a service may be stopped."""


class Certainty(Enum):
    """Whether the machine's clock is believed, and if not, why."""

    SURE = "sure"
    DEPARTED = "departed"
    """It was set by more than a minute while the service ran."""
    BEHIND = "behind"
    """At the start it was more than a minute before the time last seen."""
    AHEAD = "ahead"
    """At the start it was more than thirty days after the time last seen."""


class Seen(NamedTuple):
    """The latest times of an earlier run: that of the service in the database, and that of an event in the log."""

    database: Instant = 0
    log: Instant = 0

    @property
    def latest(self) -> Instant:
        """The later of both; 0 at the first start."""
        return max(self.database, self.log)

    @property
    def reached(self) -> Instant:
        """A time that has certainly passed: an event may be a minute ahead of the clock by which it was accepted."""
        return max(self.database, self.log - TOLERANCE)


class Reading(NamedTuple):
    """The time of the service, that of the machine, and for how long (ms) they have disagreed."""

    service: Instant
    machine: Instant
    certainty: Certainty
    lasts: Duration = 0

    @property
    def departure(self) -> Duration:
        """By how much the machine's clock is ahead of the service's; 0 while it is believed."""
        return 0 if self.is_sure else self.machine - self.service

    @property
    def is_sure(self) -> bool:
        """Whether the machine's clock is believed."""
        return self.certainty is Certainty.SURE

    @property
    def takes_events(self) -> bool:
        """Whether events can be judged: after a doubtful start the time of the service may be days too early."""
        return self.certainty in (Certainty.SURE, Certainty.DEPARTED)

    @property
    def lasted(self) -> bool:
        """Whether the departure has lasted long enough to be followed."""
        return self.certainty is Certainty.DEPARTED and self.lasts >= LASTING

    @property
    def sentence(self) -> str:
        """What is wrong and what to do; empty while the clock is believed."""
        if self.is_sure:
            return ""
        side = "ahead of" if self.departure > 0 else "behind"
        shows = f"the machine's clock shows {shown(self.machine)}, {rough_duration(abs(self.departure))} {side}"
        if self.certainty is Certainty.DEPARTED:
            return (
                f"{shows} the time that has passed; the service goes on by its own time, {shown(self.service)}, "
                "until the machine's is set right, has lasted five minutes, or is confirmed (POST /v1/clock/confirm)"
            )
        return (
            f"{shows} what was last seen here, {shown(self.service)}; no events are taken until it is set "
            "right, or confirmed: POST /v1/clock/confirm, or start once with `cartellino serve --clock-is-right`"
        )


def machine() -> Instant:
    """Return the time by the machine's wall clock, in ms."""
    return time.time_ns() // 1_000_000


def passed() -> Duration:
    """Return the time in ms since a fixed moment. Nobody can set it, and it counts sleep where the system can."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)) // 1_000_000


def shown(at: Instant) -> str:
    """Return a time in the format of RFC 3339, clamped to the times that it can express."""
    return show_instant(min(max(EARLIEST, at), LATEST))


def judged(wall: Instant, seen: Seen) -> Certainty:
    """Judge the machine's clock at the start by the times of an earlier run; at the first start it is believed."""
    if wall < seen.latest - TOLERANCE:
        return Certainty.BEHIND
    return Certainty.AHEAD if seen.latest and wall > seen.latest + LONGEST_STOP else Certainty.SURE


class Clock:
    """The time of the service. Threads may share it."""

    def __init__(self, wall: Callable[[], Instant] = machine, elapsed: Callable[[], Duration] | None = None) -> None:
        """`wall` returns the time, `elapsed` the time since a fixed moment, both in ms.

        A custom `wall` without `elapsed` is believed as long as it goes forward.
        """
        self._wall = wall
        self._elapsed = passed if elapsed is None and wall is machine else elapsed
        self._lock = Lock()
        self._highest, self._own = 0, 0
        self._begun = False
        self._certainty = Certainty.SURE
        self._followed: Duration | None = None
        self._agree(*self._measure())

    def now(self) -> Instant:
        """Return the time, in ms."""
        return self.read().service

    def read(self) -> Reading:
        """Return the state of the clocks."""
        with self._lock:
            wall, elapsed = self._measure()
            if self._is_plausible(wall, elapsed):
                self._believe(wall, elapsed)
            else:
                self._doubt(wall, elapsed)
            lasts = 0 if self._certainty is Certainty.SURE else elapsed - self._since
            return Reading(self._told, wall, self._certainty, lasts)

    def begin(self, seen: Seen) -> None:
        """Compare with the times of an earlier run, once, at the start. In doubt the service goes on from there."""
        with self._lock:
            if self._begun:
                return
            self._begun = True
            wall, elapsed = self._measure()
            self._agree(wall, elapsed)
            self._certainty = judged(wall, seen)
            if self._certainty is Certainty.SURE:
                self._told = max(wall, seen.database)
            else:
                self._told, self._agreed = seen.reached, seen.latest
                self._since, self._departed_by = elapsed, wall - seen.latest

    def follow(self, *, confirmed: bool) -> Duration:
        """Believe the machine's clock from now on, even if it goes back; return by how much the time changes.

        `confirmed` means that a person has confirmed the clock. Nothing happens while it is believed anyway.
        """
        before = self.read()
        if before.is_sure:
            return 0
        with self._lock:
            wall, elapsed = self._measure()
            self._agree(wall, elapsed)
            self._followed = None if confirmed else elapsed
            return wall - before.service

    @property
    def is_settled(self) -> bool:
        """Whether irreversible work may rely on it: it is believed, and has been for a day if nobody confirmed it."""
        if not self.read().is_sure:
            return False
        with self._lock:
            return self._followed is None or self._measure()[1] - self._followed >= DAY

    def _measure(self) -> tuple[Instant, Duration]:
        """Read both clocks. Elapsed time never goes back, even if the wall clock stands in for it."""
        wall = self._wall()
        own = wall if self._elapsed is None else self._elapsed()
        self._highest += max(0, own - self._own)
        self._own = own
        return wall, self._highest

    def _agree(self, wall: Instant, elapsed: Duration) -> None:
        """Take the two clocks as agreeing from here on."""
        self._told = self._agreed = wall
        self._told_at = self._agreed_at = elapsed
        self._certainty = Certainty.SURE

    def _departure(self, wall: Instant, elapsed: Duration) -> Duration:
        return wall - (self._agreed + elapsed - self._agreed_at)

    def _is_plausible(self, wall: Instant, elapsed: Duration) -> bool:
        most = LONGEST_STOP if self._certainty in (Certainty.BEHIND, Certainty.AHEAD) else TOLERANCE
        return -TOLERANCE <= self._departure(wall, elapsed) <= most

    def _believe(self, wall: Instant, elapsed: Duration) -> None:
        """Use the wall clock; if it is slightly behind, the time stands still until it has caught up."""
        if self._certainty in (Certainty.BEHIND, Certainty.AHEAD) or elapsed - self._agreed_at >= LASTING:
            self._agreed, self._agreed_at = wall, elapsed
        self._told, self._told_at = max(self._told, wall), elapsed
        self._certainty = Certainty.SURE

    def _doubt(self, wall: Instant, elapsed: Duration) -> None:
        """Go on from the last time by elapsed time. If the departure changes, its duration starts anew."""
        departure = self._departure(wall, elapsed)
        if self._certainty is Certainty.SURE:
            self._certainty, self._since, self._departed_by = Certainty.DEPARTED, elapsed, departure
        elif abs(departure - self._departed_by) > TOLERANCE:
            self._since, self._departed_by = elapsed, departure
        self._told, self._told_at = self._told + elapsed - self._told_at, elapsed
