"""The town: a clock, a queue of what happens next, and the log that comes out of it.

Residents schedule what they do with `at`; what they do calls `emit`. Nothing here draws on anything but the
seed, so the same seed gives the same town to the last event. With a judge, the town is a closed loop: decisions
hold people back (`may`) and are told to those who listen, so that an attacker can adapt.

>>> town = Town(seed=1, start=0, days=1)
>>> town.at(5_000, lambda: town.emit("connected", "a1"))
>>> [(event.id, event.time, event.kind) for event in town.run()]
[('t0', 5000, 'connected')]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any

from cartellino.enforcement.action import Action
from cartellino.enforcement.decision import Decision
from cartellino.events.event import Event
from cartellino.simulator.label import Label
from cartellino.simulator.neighbours import Neighbours
from cartellino.vocabulary.times import DAY, Instant

Judge = Callable[[Event], list[Decision]]
"""Takes an event as the service would, and returns what was decided."""

Heard = Callable[[Decision], None]

EXCLUDES = ("suspension", "ban", "challenge")
"""Under these nothing works but the account page and the appeal."""


class Town:
    """Time, events, and what the service does about them. `start` is ms since 1970; the town lasts `days` days."""

    def __init__(self, seed: int, start: Instant, days: int, judge: Judge | None = None) -> None:
        """Without a judge nobody is ever held back."""
        self.seed = seed
        self.start = start
        self.end = start + days * DAY
        self.now = start
        self.neighbours = Neighbours()
        self.labels: list[Label] = []
        self.powerless: set[str] = set()
        self._judge = judge
        self._queue: list[tuple[Instant, int, Callable[[], object]]] = []
        self._order = count()
        self._ids = count()
        self._out: list[Event] = []
        self._actions: dict[str, list[Action]] = {}
        self._listeners: dict[str, Heard] = {}

    def random(self, name: str) -> Random:
        """Return the randomness of one resident: it depends on the seed and the name alone."""
        return Random(f"{self.seed}/{name}")

    def at(self, time: Instant, do: Callable[[], object]) -> None:
        """Do something at a time; what is past, or would come after the end, does not come."""
        if self.now <= time < self.end:
            heappush(self._queue, (time, next(self._order), do))

    def after(self, delay: float, do: Callable[[], object]) -> None:
        """Do something `delay` ms from now."""
        self.at(self.now + max(0, int(delay)), do)

    def emit(self, kind: str, account: str, **columns: Any) -> None:
        """Let something happen now: it enters the log, and the service decides."""
        event = Event(id=f"t{next(self._ids)}", time=self.now, kind=kind, account=account, **columns)
        self._out.append(event)
        if self._judge is not None:
            for decision in self._judge(event):
                self._decided(decision)

    def listen(self, account: str, heard: Heard) -> None:
        """Tell `heard` of every decision on an account."""
        self._listeners[account] = heard

    def may(self, account: str, *abilities: str) -> bool:
        """Say whether the service lets an account use all these abilities now: scopes, or anything else that lives."""
        actions = self._actions.get(account)
        return actions is None or not any(self._forbids(action, abilities) for action in actions)

    def run(self) -> Iterator[Event]:
        """Let the town live, and yield its events in the order of time."""
        while self._queue:
            self.now, _, do = heappop(self._queue)
            do()
            if self._out:
                yield from self._out
                self._out.clear()

    def _decided(self, decision: Decision) -> None:
        action = {"live": decision.action, "held": decision.meanwhile}.get(decision.mode)
        if action is not None:
            self._actions.setdefault(decision.account, []).append(action)
        if decision.account in self._listeners:
            self._listeners[decision.account](decision)

    def _forbids(self, action: Action, abilities: tuple[str, ...]) -> bool:
        if action.ends_at is not None and self.now >= action.ends_at:
            return False
        return action.kind in EXCLUDES or any(ability in action.scope for ability in abilities)
