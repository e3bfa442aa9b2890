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

from collections import deque
from collections.abc import Mapping

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
        self._wishes: dict[Brake, deque[Instant]] = {}
        self.tripped: set[Brake] = set()

    def promise(self, promised: Mapping[str, float]) -> None:
        """From now on, rules promise these rates: other policies decide."""
        self._promised = dict(promised)

    def hold(self, service: str, rule: str, *, young: bool, active: int, now: Instant) -> bool:
        """Note a wish, and say whether it is held: it is one too many, or nobody has looked since one was."""
        brake = (service, rule, young)
        wishes = self._wishes.setdefault(brake, deque())
        while wishes and wishes[0] <= now - DAY:
            wishes.popleft()
        wishes.append(now)
        if len(wishes) > self.budget(rule, active):
            self.tripped.add(brake)
        return brake in self.tripped

    def recall(self, service: str, rule: str, *, young: bool, at: Instant) -> None:
        """Count a wish of the past, in their order."""
        self._wishes.setdefault((service, rule, young), deque()).append(at)

    def trip(self, service: str, rule: str) -> None:
        """Something of the rule is held, and nobody has looked yet."""
        for young in (False, True):
            self._wishes.setdefault((service, rule, young), deque())
            self.tripped.add((service, rule, young))

    def reset(self, rule: str) -> None:
        """A person has looked at what is held of a rule, and its budget begins anew."""
        for brake in [one for one in self._wishes if one[1] == rule]:
            del self._wishes[brake]
            self.tripped.discard(brake)

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
