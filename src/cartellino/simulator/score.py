"""Scores policies in a town whose truth is known: the abuse that they stop, and the harm that they do.

"Stopped" means a challenge or a severer action. "Delivered" counts the messages of an account to people who do not have
it in their contacts, up to its first stop: what the account was worth to an attacker.

>>> board = Scoreboard()
>>> board.take(Event(id="e", time=0, kind="message_sent", account="a", known=False), ())
>>> board.of_role([Label("a", True, "bulk-fast")])[0].delivered
1
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from cartellino.enforcement.decision import Decision
from cartellino.events.event import Event
from cartellino.policies.ladder import SEVERITY
from cartellino.simulator.label import Label

STOPPING = frozenset({"challenge", "restriction", "suspension", "ban"})


@dataclass(frozen=True)
class Role:
    """The score of one role: the number of accounts, counts by their severest action (`strongest`), and the median of
    messages delivered before the first stop, and in all."""

    role: str
    abusive: bool
    accounts: int
    strongest: Counter[str]
    delivered: float
    delivered_in_all: float

    @property
    def stopped(self) -> int:
        """The number of accounts that were stopped."""
        return sum(self.strongest[kind] for kind in STOPPING)


class Scoreboard:
    """Collects the scores from events and decisions."""

    def __init__(self) -> None:
        """Begin without any event."""
        self.strongest: dict[str, str] = {}
        self.first_stop: dict[str, Decision] = {}
        self.rules: Counter[tuple[str, str]] = Counter()
        self._delivered: Counter[str] = Counter()
        self._in_all: Counter[str] = Counter()

    def take(self, event: Event, decisions: Iterable[Decision]) -> None:
        """Count an event and the decisions on it."""
        if event.kind == "message_sent" and event.known is False:
            self._in_all[event.account] += 1
            self._delivered[event.account] += event.account not in self.first_stop
        elif event.kind == "broadcast_sent" and event.unknown_recipients is not None:
            self._in_all[event.account] += event.unknown_recipients
            self._delivered[event.account] += event.unknown_recipients * (event.account not in self.first_stop)
        for decision in decisions:
            if decision.mode == "live" and decision.action.kind not in ("review", "diagnosis"):
                self._decided(decision)

    def of_role(self, labels: Sequence[Label]) -> list[Role]:
        """Return the score of every role, attacks first."""
        roles = sorted({(not label.abusive, label.role) for label in labels})
        return [
            self._role(role, [label for label in labels if label.role == role and label.abusive is not honest])
            for honest, role in roles
        ]

    def _role(self, role: str, labels: Sequence[Label]) -> Role:
        names = [label.account for label in labels]
        strongest = Counter(self.strongest[name] for name in names if name in self.strongest)
        delivered = median(self._delivered[name] for name in names)
        return Role(
            role, labels[0].abusive, len(names), strongest, delivered, median(self._in_all[name] for name in names)
        )

    def _decided(self, decision: Decision) -> None:
        before = self.strongest.get(decision.account)
        if before is None or SEVERITY[decision.action.kind] > SEVERITY[before]:
            self.strongest[decision.account] = decision.action.kind
        if decision.action.kind in STOPPING:
            self.first_stop.setdefault(decision.account, decision)
        self.rules[(decision.account, decision.rule)] += 1
