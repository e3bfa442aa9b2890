"""Brakes hold the decisions of a rule that suddenly acts on many accounts, until an operator has looked (law 7).

In each service, a rule may act on max(20, 2 % of the accounts active in the last 24 h) accounts a day, and on at most
ten times as many as in its backtest. Accounts younger than a day have a budget of their own, so that a flood of new
accounts can neither use up the budget for old ones nor hide behind it. Decisions above the budget are held, never
dropped, and so are all later ones until an operator has released or discarded the held decisions.

>>> brakes = Brakes()
>>> [brakes.hold("main", "p/r", young=False, active=100, now=n) for n in range(22)].count(True)
2
"""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heappop, heappush

from cartellino.vocabulary.times import DAY, Instant

FEWEST = 20
"""The smallest budget, in accounts a day."""

SHARE = 0.02
"""The budget as a share of the active accounts."""

ABOVE_BACKTEST = 10
"""The budget as a multiple of the rate in the backtest."""

Brake = tuple[str, str, bool]
"""Service, rule, and whether it is the brake for accounts younger than a day."""


class Brakes:
    """Counts the wishes of each rule in the last 24 h, by service, and apart for accounts younger than a day."""

    def __init__(self, promised: Mapping[str, float] | None = None) -> None:
        """`promised` is the number of accounts a day on which each rule acted in its backtest."""
        self._promised = dict(promised or {})
        self._wishes: dict[Brake, list[Instant]] = {}
        self.tripped: set[Brake] = set()

    def promise(self, promised: Mapping[str, float]) -> None:
        """Replace the rates of the backtests, as other policies decide from now on."""
        self._promised = dict(promised)

    def hold(self, service: str, rule: str, *, young: bool, active: int, now: Instant) -> bool:
        """Count a wish; return whether it is held: the budget is exceeded, or was and no operator has looked since."""
        brake = (service, rule, young)
        if self._count(brake, now) > self.budget(rule, active):
            self.tripped.add(brake)
        return brake in self.tripped

    def recall(self, brake: Brake, at: Instant) -> None:
        """Count a wish of the past, in the order of time."""
        self._count(brake, at)

    def trip(self, brake: Brake) -> None:
        """Mark a brake as tripped: it holds decisions at which no operator has looked yet."""
        self.tripped.add(brake)

    def _count(self, brake: Brake, now: Instant) -> int:
        """Count a wish, and return the number in the last 24 h; older ones are removed."""
        wishes = self._wishes.setdefault(brake, [])
        heappush(wishes, now)
        while wishes[0] <= now - DAY:
            heappop(wishes)
        return len(wishes)

    def reset(self, rule: str) -> None:
        """Reset the brakes of a rule, since an operator has released or discarded its held decisions."""
        self._wishes = {brake: wishes for brake, wishes in self._wishes.items() if brake[1] != rule}
        self.tripped = {brake for brake in self.tripped if brake[1] != rule}

    def budget(self, rule: str, active: int) -> float:
        """Return the number of accounts on which a rule may act in 24 h."""
        budget = max(FEWEST, SHARE * active)
        promised = self._promised.get(rule)
        return budget if promised is None else max(FEWEST, min(budget, ABOVE_BACKTEST * promised))


class Released(Brakes):
    """Brakes that never hold, for backtests, whose decisions have no effect on anybody."""

    def hold(self, service: str, rule: str, *, young: bool, active: int, now: Instant) -> bool:
        """Return false."""
        return False
