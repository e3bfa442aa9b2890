"""Admits the events of one source: no duplicates, at most a minute of disorder, nothing from the future.

Ids are remembered for the 60 s before the newest time of the source. An event that is older is late and refused, since
it can no longer be told from a retry. The newest time is the largest that was received, but at most the caller's `now`,
so that a host whose clock is ahead, or was once, does not make later events late.

>>> intake = Intake(now=100_000)
>>> first = Event(id="e1", time=90_000, kind="read", account="a")
>>> intake.refuse(first), intake.refuse(first)
(None, Fault(code='duplicate', column='id', expected='an id that this source has not used before', got='e1'))
"""

from __future__ import annotations

from collections import deque

import msgspec

from cartellino.events.event import Event
from cartellino.events.validation import Fault
from cartellino.vocabulary.times import MINUTE, Instant, show_instant

DISORDER = MINUTE
"""How far behind the newest time of its source an event may be (contract), in ms."""

AHEAD = MINUTE
"""How far ahead of the caller's `now` an event may be (contract), in ms."""


class Intake:
    """The memory of one source: its largest time, and the ids of the minute before its newest time."""

    def __init__(self, now: Instant) -> None:
        """`now` is the caller's clock, which the caller keeps up to date; nothing here reads a clock."""
        self.now = now
        self._largest = 0
        self._ids: dict[str, tuple[Instant, bytes]] = {}
        self._order: deque[tuple[Instant, str]] = deque()

    def refuse(self, event: Event) -> Fault | None:
        """Return why an event is refused, or remember it and return `None`."""
        if event.time > self.now + AHEAD:
            return future(event, self.now)
        newest = min(self._largest, self.now)
        if event.time < newest - DISORDER:
            return late(event, newest)
        before = self._ids.get(event.id)
        if before is not None and before[0] >= newest - DISORDER:
            return again(event, is_retry=before == _said(event))
        self.learn(event)
        return None

    def learn(self, event: Event) -> None:
        """Remember an event that was accepted, now or by an earlier run."""
        self._largest = max(self._largest, event.time)
        self._ids[event.id] = _said(event)
        self._order.append((event.time, event.id))
        while self._order[0][0] < min(self._largest, self.now) - DISORDER:
            time, forgotten = self._order.popleft()
            if forgotten in self._ids and self._ids[forgotten][0] == time:
                del self._ids[forgotten]


def _said(event: Event) -> tuple[Instant, bytes]:
    """Return the time and the content of an event as the source sent it: without `credit`, which we may have added."""
    return event.time, msgspec.json.encode(msgspec.structs.replace(event, credit=None), order="sorted")


def again(event: Event, *, is_retry: bool) -> Fault:
    """Return the fault of a repeated id: only an exact repetition is a retry, which may be dropped."""
    if is_retry:
        return Fault("duplicate", "id", "an id that this source has not used before", event.id)
    return Fault("id-reused", "id", "an id that this source has not used for something else", event.id)


def future(event: Event, now: Instant) -> Fault:
    """Return the fault of an event that is ahead of the caller's clock."""
    return _outside("future", f"at most 60 s after {show_instant(now)}", event.time)


def late(event: Event, largest: Instant) -> Fault:
    """Return the fault of an event that is too old to be told from a retry."""
    expected = f"at most 60 s before {show_instant(largest)} (older is a past: --history, or ?history=true)"
    return _outside("late", expected, event.time)


def _outside(code: str, expected: str, time: Instant) -> Fault:
    return Fault(code, "time", expected, show_instant(time))
