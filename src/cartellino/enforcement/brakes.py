"""Brakes: a rule that suddenly acts on many accounts is held until a person has looked (law 7).

In each service, a rule may act on max(20, 2 % of the accounts active in the last 24 h) accounts a day, and on no more
than ten times what its backtest promised. Accounts younger than a day have a budget of their own, so that a flood of
fresh accounts can neither use the brake as a shield for old ones nor be shielded by them. What is above is held, never
dropped, and so is everything after it until a person has released or discarded what is held.

>>> brakes = Brakes()
>>> [brakes.hold("main", "p/r", young=False, active=100, now=n) for n in range(22)].count(True)
2
"""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heappop, heappush

from cartellino.vocabulary.times import DAY, Instant

FEWEST = 20
SHARE = 0.02
ABOVE_BACKTEST = 10

Brake = tuple[str, str, bool]
"""Service, rule, and whether it is the one for young accounts."""


class Brakes:
    """Counts what each rule wishes in the last 24 h, by service, and by young and older accounts apart."""

    def __init__(self, promised: Mapping[str, float] | None = None) -> None:
        """`promised` is how many accounts a day a rule acted on in its backtest."""
        self._promised = dict(promised or {})
        self._wishes: dict[Brake, list[Instant]] = {}
        self.tripped: set[Brake] = set()

    def promise(self, promised: Mapping[str, float]) -> None:
        """From now on, rules promise these rates: other policies decide."""
        self._promised = dict(promised)

    def hold(self, service: str, rule: str, *, young: bool, active: int, now: Instant) -> bool:
        """Note a wish, and say whether it is held: it is one too many, or nobody has looked since one was."""
        brake = (service, rule, young)
        if self._count(brake, now) > self.budget(rule, active):
            self.tripped.add(brake)
        return brake in self.tripped

    def recall(self, brake: Brake, at: Instant) -> None:
        """Count a wish of the past; they come in their order."""
        self._count(brake, at)

    def trip(self, brake: Brake) -> None:
        """Something is held by a brake, and nobody has looked yet."""
        self.tripped.add(brake)

    def _count(self, brake: Brake, now: Instant) -> int:
        """Count a wish, and return how many there are now: those that are a day older are forgotten."""
        wishes = self._wishes.setdefault(brake, [])
        heappush(wishes, now)
        while wishes[0] <= now - DAY:
            heappop(wishes)
        return len(wishes)

    def reset(self, rule: str) -> None:
        """A person has looked at what is held of a rule, and its budget begins anew."""
        self._wishes = {brake: wishes for brake, wishes in self._wishes.items() if brake[1] != rule}
        self.tripped = {brake for brake in self.tripped if brake[1] != rule}

    def budget(self, rule: str, active: int) -> float:
        """Return how many accounts the rule may act on in 24 h."""
        budget = max(FEWEST, SHARE * active)
        promised = self._promised.get(rule)
        return budget if promised is None else max(FEWEST, min(budget, ABOVE_BACKTEST * promised))


class Released(Brakes):
    """Brakes that never hold: for judging policies on the past, where nobody is harmed by a decision."""

    def hold(self, service: str, rule: str, *, young: bool, active: int, now: Instant) -> bool:
        """Never hold."""
        return False
