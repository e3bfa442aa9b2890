"""A town that has been lived, sorted by account and role, for tests to look at."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random

from cartellino.enforcement.action import Action
from cartellino.enforcement.decision import Decision
from cartellino.events.event import Event
from cartellino.policies.ladder import ActionKind
from cartellino.simulator.habit import Habit
from cartellino.simulator.label import Label
from cartellino.simulator.population import move_in
from cartellino.simulator.run import START, simulate
from cartellino.simulator.town import Judge, Town
from cartellino.vocabulary.ids import DecisionId, PolicyVersion, RuleId, SanctionId
from cartellino.vocabulary.times import Duration


@dataclass
class Lives:
    """All events, the labels, and the events of each account."""

    events: list[Event]
    labels: list[Label]
    of: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for event in self.events:
            self.of[event.account].append(event)

    def role(self, role: str) -> list[list[Event]]:
        """The events of each account in that role; the test fails if there is none."""
        found = [self.of[label.account] for label in self.labels if label.role == role and label.account in self.of]
        assert found, f"nobody lives as {role}"
        return found


def live(accounts: int, days: int, seed: int, abusive: float, judge: Judge | None = None) -> Lives:
    events, labels = simulate(accounts, days, seed, abusive=abusive, judge=judge)
    return Lives(list(events), labels)


def live_as(habits: list[Habit], days: int, seed: int = 1, judge: Judge | None = None) -> Lives:
    """A town of exactly these."""
    town = Town(seed, START, days, judge)
    move_in(town, habits)
    return Lives(list(town.run()), town.labels)


def of_kind(events: Iterable[Event], *kinds: str) -> list[Event]:
    return [event for event in events if event.kind in kinds]


def strangers(events: Iterable[Event]) -> set[str]:
    """Whom the account wrote to who does not have it in the contacts."""
    return {event.peer for event in of_kind(events, "message_sent") if event.known is False and event.peer}


def answered(events: Iterable[Event]) -> set[str]:
    return {event.peer for event in of_kind(events, "reply_received") if event.peer}


def densest(events: Sequence[Event], window: Duration) -> int:
    """The most events within any such time."""
    times = [event.time for event in events]
    return max((bisect_left(times, start + window) - at for at, start in enumerate(times)), default=0)


class Strict:
    """A judge that takes a step against an account on every n-th message of it to strangers."""

    def __init__(self, kind: ActionKind, every: int) -> None:
        self.kind, self.every = kind, every
        self.seen: Counter[str] = Counter()
        self.first: dict[str, Event] = {}
        self.numbers = count(1)

    def __call__(self, event: Event) -> list[Decision]:
        if event.kind != "message_sent" or event.known is not False:
            return []
        self.seen[event.account] += 1
        if self.seen[event.account] % self.every:
            return []
        self.first.setdefault(event.account, event)
        scope = ("new_chats",) if self.kind == "restriction" else ()
        return [decision(event, Action(self.kind, scope), next(self.numbers))]


def decision(event: Event, action: Action, number: int) -> Decision:
    return Decision(
        id=DecisionId(f"d_{number}"),
        sanction=SanctionId(f"s_{number}"),
        account=event.account,
        service="main",
        at=event.time,
        sequence=number,
        event=event.id,
        policy="strict",
        version=PolicyVersion("sha256:0"),
        rule=RuleId("strict/strangers"),
        code=1,
        action=action,
        still_works=(),
        evidence=(),
        strike=1,
        rung=1,
        next_step=None,
        mode="live",
    )


def rng() -> Random:
    return Random(5)
