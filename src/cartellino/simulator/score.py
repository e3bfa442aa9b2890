"""How well the policies did in a town whose truth is known: harm stopped, harm done.

"Stopped" means limited or stronger. "Delivered" counts messages to people who do not have the account in their
contacts, per account, up to its first stop: what a burned number was worth to an attacker.

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
    """What became of one habit: how many accounts, by their strongest action; the median of what they delivered."""

    role: str
    abusive: bool
    accounts: int
    strongest: Counter[str]
    delivered: float
    delivered_in_all: float

    @property
    def stopped(self) -> int:
        """Accounts that were limited or more."""
        return sum(self.strongest[kind] for kind in STOPPING)


class Scoreboard:
    """Watches events and decisions."""

    def __init__(self) -> None:
        """Start empty."""
        self.strongest: dict[str, str] = {}
        self.first_stop: dict[str, Decision] = {}
        self.rules: Counter[tuple[str, str]] = Counter()
        self._delivered: Counter[str] = Counter()
        self._in_all: Counter[str] = Counter()

    def take(self, event: Event, decisions: Iterable[Decision]) -> None:
        """Watch an event and what was decided on it."""
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
