"""The town: a discrete-event simulation with a clock, a queue of future acts, and the resulting events.

Residents schedule their acts with `at`, and acts call `emit`. All randomness comes from the seed, so that the same seed
yields exactly the same events. With a judge, the town is a closed loop: decisions restrict residents (`may`) and are
passed to listeners, so that an attacker can adapt.

>>> town = Town(seed=1, start=0, days=1)
>>> town.at(5_000, lambda: town.emit("connected", "a1"))
>>> [(event.id, event.time, event.kind) for event in town.run()]
[('t0', 5000, 'connected')]
"""

from __future__ import annotations

from collections import Counter
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
from cartellino.simulator.resident import Resident
from cartellino.vocabulary.times import DAY, Instant

Judge = Callable[[Event], list[Decision]]
"""A function that processes an event as the service would, and returns the decisions."""

Heard = Callable[[Decision], None]

EXCLUDES = ("suspension", "ban", "challenge")
"""Actions under which nothing works except the account page and the appeal."""


class Town:
    """Time, events, and the decisions of the service. `start` is in ms since 1970; the town lasts for `days` days."""

    def __init__(self, seed: int, start: Instant, days: int, judge: Judge | None = None) -> None:
        """Without a judge nobody is ever restricted."""
        self.seed = seed
        self.start = start
        self.end = start + days * DAY
        self.now = start
        self.neighbours = Neighbours()
        self.labels: list[Label] = []
        self.residents: dict[str, Resident] = {}
        self.powerless: set[str] = set()
        self.wishes: Counter[str] = Counter()
        """What each account wished to do: messages, members of groups, look-ups."""
        self.refused: Counter[str] = Counter()
        """What of it was refused: the harm, if the account is honest."""
        self.strain = 1.0
        """By how much people mind the honest more, and attackers less, than the habits assume."""
        self._judge = judge
        self._queue: list[tuple[Instant, int, Callable[[], object]]] = []
        self._order = count()
        self._ids = count()
        self._out: list[Event] = []
        self._actions: dict[str, list[Action]] = {}
        self._listeners: dict[str, Heard] = {}

    def random(self, name: str) -> Random:
        """Return a random generator that depends only on the seed and a name, such as that of a resident."""
        return Random(f"{self.seed}/{name}")

    def at(self, time: Instant, do: Callable[[], object]) -> None:
        """Schedule an act; it is dropped if its time is past or not before the end of the town."""
        if self.now <= time < self.end:
            heappush(self._queue, (time, next(self._order), do))

    def after(self, delay: float, do: Callable[[], object]) -> None:
        """Schedule an act `delay` ms from now."""
        self.at(self.now + max(0, int(delay)), do)

    def emit(self, kind: str, account: str, **columns: Any) -> None:
        """Add an event at the present time, and let the judge decide on it."""
        event = Event(id=f"t{next(self._ids)}", time=self.now, kind=kind, account=account, **columns)
        self._out.append(event)
        if self._judge is not None:
            for decision in self._judge(event):
                self._decided(decision)

    def note_wish(self, account: str, *, refused: bool) -> None:
        """Count what an account wished to do, and whether it was refused."""
        self.wishes[account] += 1
        self.refused[account] += refused

    def listen(self, account: str, heard: Heard) -> None:
        """Call `heard` with every decision on an account."""
        self._listeners[account] = heard

    def may(self, account: str, *abilities: str) -> bool:
        """Return whether an account may use all these abilities (scopes) now; without any, if it may act at all."""
        actions = self._actions.get(account)
        return actions is None or not any(self._forbids(action, abilities) for action in actions)

    def run(self) -> Iterator[Event]:
        """Run the simulation, and yield its events in order of time."""
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
